/** The configuration in force, for people and for `/api/v1/status/config`; secrets are never in it. */
import { settings } from './keys.ts';
import type { LoadedConfig, Origin } from './load.ts';

const HIDDEN = '<secret>';
/** Keys inside `scrape_configs` whose values are secrets, as in Prometheus. */
const SECRET_KEYS = /^(password|credentials|token|bearer_token|client_secret|secret|api_key)$/;

/** Values as they were written, by key, with the secrets hidden. */
export function visibleOrigins(loaded: LoadedConfig): Map<string, Origin> {
  const visible = new Map<string, Origin>();
  for (const setting of settings) {
    const origin = loaded.origins.get(setting.key);
    if (origin === undefined) continue;
    const value = setting.secret ? HIDDEN : withoutSecrets(origin.value);
    visible.set(setting.key, { ...origin, value });
  }
  return visible;
}

/** `places`: with a comment that says where each value comes from. */
export async function configYaml(loaded: LoadedConfig, places: boolean): Promise<string> {
  const { Document, isMap, isScalar } = await import('yaml');
  const origins = visibleOrigins(loaded);
  const tree: Record<string, unknown> = {};
  for (const { key, path } of settings) {
    const origin = origins.get(key);
    if (origin === undefined) continue;
    const [first = '', second] = path;
    if (second === undefined) {
      tree[first] = origin.value;
      continue;
    }
    const section = tree[first];
    const isSection = typeof section === 'object' && section !== null;
    tree[first] = isSection ? { ...section, [second]: origin.value } : { [second]: origin.value };
  }
  const document = new Document(tree);
  for (const { key, path } of places ? settings : []) {
    const node = document.getIn(path, true);
    const place = origins.get(key)?.place;
    if (place === undefined) continue;
    if (isScalar(node)) node.comment = ` ${place}`;
    else if (isMap(node)) node.commentBefore = ` ${place}`;
  }
  return document.toString({ lineWidth: 0 });
}

function withoutSecrets(value: unknown, depth = 0): unknown {
  if (Array.isArray(value)) return value.map((item) => withoutSecrets(item, depth + 1));
  if (typeof value !== 'object' || value === null || depth > 20) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) =>
      SECRET_KEYS.test(key) && typeof inner !== 'object'
        ? [key, HIDDEN]
        : [key, withoutSecrets(inner, depth + 1)],
    ),
  );
}
