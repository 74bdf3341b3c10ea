/** Names of labels made from keys that senders chose. */

const PLAIN = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** Keys repeat from line to line; past this many the memory begins anew. */
const MAX_KNOWN = 4096;
/** Longer keys are not worth remembering. */
const MAX_KEY = 128;
const known = new Map<string, string>();

/** Everything but letters, digits and underscores becomes an underscore; a digit at the front gets one before it. */
export function labelName(key: string): string {
  let name = known.get(key);
  if (name !== undefined) return name;
  name = key;
  if (!PLAIN.test(key)) {
    name = key.trim().replaceAll(/[^A-Za-z0-9_]/g, '_');
    if (/^[0-9]/.test(name)) name = `_${name}`;
  }
  if (key.length > MAX_KEY) return name;
  if (known.size >= MAX_KNOWN) known.clear();
  known.set(key, name);
  return name;
}
