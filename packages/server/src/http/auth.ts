/**
 * One shared token guards everything but the health checks.
 *
 * Model: the token comes as `Authorization: Bearer TOKEN`, as the password of Basic (Prometheus, Grafana), or once as `?token=TOKEN`
 * or by the login form, which sets a session cookie. The cookie holds an expiry signed with a key derived from the token: it does not
 * reveal the token, and a new token ends every session.
 *
 * Invariants: comparisons take the same time whatever the guess; without a token only a Host that cannot be rebound to us by a
 * foreign page's DNS is served.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { isIP } from 'node:net';
import { hostname } from 'node:os';

const COOKIE = 'sightline_session';
const SESSION_MS = 30 * 86_400_000;

/** Paths that answer without the token. */
export const OPEN_PATHS: ReadonlySet<string> = new Set([
  '/healthz',
  '/-/healthy',
  '/readyz',
  '/-/ready',
  '/login',
]);

export class TokenGuard {
  readonly #key: Buffer;
  readonly #wanted: Buffer;

  constructor(token: string) {
    this.#key = createHmac('sha256', token).update('sightline session key').digest();
    this.#wanted = this.#digest(token);
  }

  /** Whether one of the headers carries the token or a session that still holds. */
  admits(authorization: string | undefined, cookie: string | undefined, nowMs: number): boolean {
    const given = authorization === undefined ? undefined : tokenOf(authorization);
    if (given !== undefined) return this.isToken(given);
    return cookie !== undefined && this.#isSession(cookieValue(cookie), nowMs);
  }

  isToken(given: string): boolean {
    return timingSafeEqual(this.#digest(given), this.#wanted);
  }

  /** Value of a Set-Cookie header for a new session. `secure`: the page came by TLS. */
  sessionCookie(nowMs: number, secure: boolean): string {
    const expiry = String(nowMs + SESSION_MS);
    const value = `${expiry}.${this.#sign(expiry)}`;
    const attributes = `Path=/; Max-Age=${SESSION_MS / 1000}; HttpOnly; SameSite=Lax`;
    return `${COOKIE}=${value}; ${attributes}${secure ? '; Secure' : ''}`;
  }

  #isSession(value: string | undefined, nowMs: number): boolean {
    const [expiry = '', signature = ''] = value?.split('.') ?? [];
    const wanted = Buffer.from(this.#sign(expiry));
    const given = Buffer.from(signature);
    return (
      given.length === wanted.length && timingSafeEqual(given, wanted) && Number(expiry) > nowMs
    );
  }

  #sign(expiry: string): string {
    return createHmac('sha256', this.#key).update(expiry).digest('hex');
  }

  /** Tokens are compared by digest: equal lengths, and nothing about the token in the time taken. */
  #digest(text: string): Buffer {
    return createHmac('sha256', this.#key).update(text).digest();
  }
}

function tokenOf(authorization: string): string | undefined {
  const [, scheme = '', credentials = ''] = /^(\S+)\s+(.*)$/.exec(authorization) ?? [];
  if (scheme.toLowerCase() === 'bearer') return credentials.trim();
  if (scheme.toLowerCase() !== 'basic') return undefined;
  const pair = Buffer.from(credentials, 'base64').toString('utf8');
  const colon = pair.indexOf(':');
  return colon < 0 ? undefined : pair.slice(colon + 1);
}

function cookieValue(header: string): string | undefined {
  for (const part of header.split(';')) {
    const [name = '', value] = part.trim().split('=');
    if (name === COOKIE) return value;
  }
  return undefined;
}

/** Names that no public DNS can hold: RFC 6761 and 6762, RFC 8375, ICANN's `internal` (which container engines use for the host). */
const PRIVATE_NAME = /\.(localhost|local|internal|home\.arpa|test)$/;

/**
 * Whether a process without a token answers under this Host: a name that a foreign page could point at a loopback address (DNS
 * rebinding) must be allowed by the configuration. Names without a dot cannot be in the public DNS.
 */
export function isTrustedHost(host: string | undefined, allowed: readonly string[]): boolean {
  // HTTP/1.0 clients and health checks may send none; a browser always does.
  if (host === undefined || host === '') return true;
  const name = host
    .replace(/:\d+$/, '')
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '')
    .toLowerCase();
  if (isIP(name) !== 0 || !name.includes('.') || PRIVATE_NAME.test(name)) return true;
  if (name === hostname().toLowerCase()) return true;
  return allowed.some((entry) => entry === '*' || entry.toLowerCase() === name);
}
