/**
 * Label names in a path: `U__` marks a name in which `__` stands for `_` and `_HEX_` for a character
 * (prometheus/common model.UnescapeName, ValueEncodingEscaping). What does not follow that form is taken as it is.
 */
const MARK = 'U__';
const MAX_HEX_DIGITS = 6;

export function unescapeLabelName(escaped: string): string {
  if (!escaped.startsWith(MARK)) return escaped;
  let name = '';
  for (let i = MARK.length; i < escaped.length; i++) {
    const character = escaped[i] ?? '';
    if (character !== '_') {
      name += character;
      continue;
    }
    if (escaped[i + 1] === '_') {
      name += '_';
      i++;
      continue;
    }
    const end = escaped.indexOf('_', i + 1);
    const hex = end < 0 ? '' : escaped.slice(i + 1, end);
    const code = Number.parseInt(hex, 16);
    const isCode = /^[0-9a-fA-F]+$/.test(hex) && hex.length <= MAX_HEX_DIGITS;
    if (!isCode || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return escaped;
    name += String.fromCodePoint(code);
    i = end;
  }
  return name;
}
