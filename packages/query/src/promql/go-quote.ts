/**
 * Go's quoting of strings and runes, because Prometheus' texts and printed queries use `%q`.
 *
 * Model: text is a JavaScript string; a byte that is not valid UTF-8 (only a Go escape like `\xc5` can bring one) is kept as the
 * lone surrogate U+DC00 + byte, so that it survives, prints back as `\xc5`, and makes the string ill-formed (`isWellFormed`).
 */

const ESCAPES: Readonly<Record<string, string>> = {
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
};

/** What Go's `strconv.IsPrint` accepts: letters, marks, numbers, punctuation, symbols and the ASCII space. */
const PRINTABLE = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u;

/** Offset of the lone surrogate that stands for an invalid byte. */
const INVALID_BYTE = 0xdc00;

function quoteChar(char: string, quote: string): string {
  if (char === quote) return `\\${quote}`;
  const named = ESCAPES[char];
  if (named !== undefined) return named;
  if (PRINTABLE.test(char)) return char;
  const code = char.codePointAt(0) ?? 0;
  if (code >= INVALID_BYTE + 0x80 && code <= INVALID_BYTE + 0xff)
    return `\\x${hex(code & 0xff, 2)}`;
  if (code < 0x80) return `\\x${hex(code, 2)}`;
  if (code >= 0xd800 && code < 0xe000) return '\\ufffd';
  return code < 0x10000 ? `\\u${hex(code, 4)}` : `\\U${hex(code, 8)}`;
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}

/** `strconv.Quote`. */
export function quote(text: string): string {
  let quoted = '"';
  for (const char of text) quoted += quoteChar(char, '"');
  return `${quoted}"`;
}

/** `strconv.QuoteRune`; the end of input ('') is an invalid rune, which Go prints as U+FFFD. */
export function quoteRune(char: string): string {
  return `'${quoteChar(char === '' ? '\ufffd' : char, "'")}'`;
}

/** `%#U`: `U+0071 'q'`. */
export function unicodeRune(char: string): string {
  const code = (char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
  return PRINTABLE.test(char) ? `U+${code} '${char}'` : `U+${code}`;
}

/** Decodes UTF-8, keeping each invalid byte as a lone surrogate. */
function decodeKeepingBytes(bytes: readonly number[]): string {
  let text = '';
  for (let i = 0; i < bytes.length; ) {
    const length = sequenceLength(bytes, i);
    if (length === 0) {
      text += String.fromCharCode(INVALID_BYTE + (bytes[i] ?? 0));
      i++;
      continue;
    }
    let code = length === 1 ? (bytes[i] ?? 0) : (bytes[i] ?? 0) & (0x7f >> length);
    for (let k = 1; k < length; k++) code = (code << 6) | ((bytes[i + k] ?? 0) & 0x3f);
    text += String.fromCodePoint(code);
    i += length;
  }
  return text;
}

/** Bytes of the UTF-8 sequence at `i`, 0 when it is not valid (overlong, surrogate, truncated). */
function sequenceLength(bytes: readonly number[], i: number): number {
  const first = bytes[i] ?? 0;
  if (first < 0x80) return 1;
  const length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4) return 0;
  const second = bytes[i + 1] ?? 0;
  const low = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  const high = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
  if (second < low || second > high) return 0;
  for (let k = 2; k < length; k++) {
    const next = bytes[i + k] ?? 0;
    if (next < 0x80 || next > 0xbf) return 0;
  }
  return length;
}

const SIMPLE: Readonly<Record<string, number>> = {
  a: 7,
  b: 8,
  f: 12,
  n: 10,
  r: 13,
  t: 9,
  v: 11,
  '\\': 92,
  "'": 39,
  '"': 34,
};

const encoder = new TextEncoder();

/** The value of a quoted string whose escapes the lexer has checked; back quotes keep everything but carriage returns. */
export function unquote(quoted: string): string {
  const body = quoted.slice(1, -1);
  if (quoted[0] === '`') return body.includes('\r') ? body.replaceAll('\r', '') : body;
  if (!body.includes('\\')) return body;
  const bytes: number[] = [];
  for (let i = 0; i < body.length; ) {
    const char = String.fromCodePoint(body.codePointAt(i) ?? 0);
    if (char !== '\\') {
      bytes.push(...encoder.encode(char));
      i += char.length;
      continue;
    }
    const kind = body[i + 1] ?? '';
    const simple = SIMPLE[kind];
    if (simple !== undefined) {
      bytes.push(simple);
      i += 2;
    } else if (kind === 'x') {
      bytes.push(Number.parseInt(body.slice(i + 2, i + 4), 16));
      i += 4;
    } else if (kind === 'u' || kind === 'U') {
      const digits = kind === 'u' ? 4 : 8;
      const code = Number.parseInt(body.slice(i + 2, i + 2 + digits), 16);
      bytes.push(...encoder.encode(String.fromCodePoint(code)));
      i += 2 + digits;
    } else {
      bytes.push(Number.parseInt(body.slice(i + 1, i + 4), 8));
      i += 4;
    }
  }
  return decodeKeepingBytes(bytes);
}
