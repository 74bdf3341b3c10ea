/**
 * The tenant of a request: header `X-Scope-OrgID`, `default` without one.
 *
 * Names follow Mimir (grafana/dskit tenant/tenant.go): letters, digits and `! - _ . * ' ( )`, at most 150 bytes, not `.` or `..`,
 * not `__mimir_cluster`. So a name is always safe as the name of a folder.
 */
export const DEFAULT_TENANT = 'default';
export const TENANT_HEADER = 'x-scope-orgid';

const MAX_LENGTH = 150;
const UNSUPPORTED = /[^a-zA-Z0-9!\-_.*'()]/u;
const RESERVED = new Set(['__mimir_cluster']);

export type TenantResult = { tenant: string } | { problem: string };

/** From the value of the header, undefined when it is absent. */
export function tenantFromHeader(header: string | string[] | undefined): TenantResult {
  const name = Array.isArray(header) ? header.join(', ') : header;
  if (name === undefined || name === '') return { tenant: DEFAULT_TENANT };
  if (name.length > MAX_LENGTH) {
    return { problem: `tenant ID is too long: max ${MAX_LENGTH} characters` };
  }
  const character = UNSUPPORTED.exec(name)?.[0];
  if (character !== undefined) {
    return { problem: `tenant ID '${name}' contains unsupported character '${character}'` };
  }
  if (name === '.' || name === '..') return { problem: "tenant ID is '.' or '..'" };
  if (RESERVED.has(name)) return { problem: `tenant ID '${name}' is reserved` };
  return { tenant: name };
}
