/** Paths into JSON: `servers[0].name`, `request["user agent"]`. */

const PART = /(?:^|\.)([A-Za-z_][A-Za-z0-9_-]*)|\[(\d{1,9})\]|\["((?:[^"\\]|\\.)*)"\]/y;

/** Keys as strings, places in arrays as numbers. Throws an Error that says what is wrong. */
export function parseJsonPath(text: string): (string | number)[] {
  const path: (string | number)[] = [];
  let at = 0;
  while (at < text.length) {
    PART.lastIndex = at;
    const match = PART.exec(text);
    if (match === null) throw new Error(`cannot parse expression [${text}]: syntax error`);
    const [whole, key, index, quoted = ''] = match;
    if (key !== undefined) path.push(key);
    else if (index !== undefined) path.push(Number(index));
    else path.push(quoted.replaceAll(/\\(.)/g, '$1'));
    at += whole.length;
  }
  if (path.length === 0) throw new Error(`cannot parse expression [${text}]: empty expression`);
  return path;
}
