/**
 * The labels of a stream as Loki's clients write them: `{a="b", c="d"}`, by the rules of Prometheus' parser.
 *
 * Names are `[a-zA-Z_][a-zA-Z0-9_]*` or quoted; values are quoted as in Go: `"` and `'` with escapes, backquotes without. A trailing
 * comma is allowed. Throws LineProblem for anything else.
 */
import { LineProblem } from '../exposition/labels.ts';

const MAX_LABELS = 4096;
const NAME = /[a-zA-Z_][a-zA-Z0-9_]*/y;
const BLANKS = /[ \t\r\n]*/y;
/** What stands between quotes, by the quote. */
const QUOTED: Readonly<Record<string, RegExp>> = {
  '"': /"((?:[^"\\\n]|\\[^\n])*)"/y,
  "'": /'((?:[^'\\\n]|\\[^\n])*)'/y,
  '`': /`([^`]*)`/y,
};
const ESCAPES = /(?:\\x[0-9a-fA-F]{2}|\\[0-7]{3})+|\\u[0-9a-fA-F]{4}|\\U[0-9a-fA-F]{8}|\\[\s\S]/g;
const SIMPLE: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  '"': '"',
  "'": "'",
};

/** Names and values in turn, in the order of the text. */
export function parseLabelsText(text: string): string[] {
  const pairs: string[] = [];
  let at = 0;
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found === null) return undefined;
    at = pattern.lastIndex;
    return found[1] ?? found[0];
  };
  const expect = (character: string): void => {
    match(BLANKS);
    if (text[at] !== character) throw new LineProblem(`expected "${character}" in labels`);
    at++;
  };
  const quoted = (): string | undefined => {
    const quote = text[at];
    const pattern = quote === undefined ? undefined : QUOTED[quote];
    if (pattern === undefined) return undefined;
    const raw = match(pattern);
    if (raw === undefined) throw new LineProblem('unclosed quote in labels');
    return quote === '`' ? raw : unquote(raw);
  };
  expect('{');
  match(BLANKS);
  while (text[at] !== '}') {
    if (pairs.length >= 2 * MAX_LABELS) throw new LineProblem(`more than ${MAX_LABELS} labels`);
    const name = quoted() ?? match(NAME);
    if (name === undefined || name === '') throw new LineProblem('expected a label name');
    expect('=');
    match(BLANKS);
    const value = quoted();
    if (value === undefined) throw new LineProblem(`value of label "${name}" is not quoted`);
    pairs.push(name, value);
    match(BLANKS);
    if (text[at] === ',') at++;
    else if (text[at] !== '}') throw new LineProblem('expected "," or "}" after a label');
    match(BLANKS);
  }
  at++;
  match(BLANKS);
  if (at < text.length) throw new LineProblem('unexpected text after the labels');
  return pairs;
}

function unquote(raw: string): string {
  return raw.includes('\\') ? raw.replace(ESCAPES, unescaped) : raw;
}

/** One escape, or a run of escapes that stand for bytes: together they may be one character in UTF-8. */
function unescaped(sequence: string): string {
  const letter = sequence[1];
  if (letter === 'x' && sequence.length > 2) return bytesText(sequence);
  if (letter >= '0' && letter <= '7' && sequence.length > 2) return bytesText(sequence);
  if ((letter === 'u' || letter === 'U') && sequence.length > 2) {
    const code = Number.parseInt(sequence.slice(2), 16);
    const valid = code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
    if (!valid) throw new LineProblem(`bad escape ${sequence}`);
    return String.fromCodePoint(code);
  }
  const simple = SIMPLE[letter];
  if (simple === undefined) throw new LineProblem(`bad escape ${sequence}`);
  return simple;
}

function bytesText(escapes: string): string {
  const bytes = (escapes.match(/\\x..|\\\d{3}/g) ?? []).map((one) =>
    one[1] === 'x' ? Number.parseInt(one.slice(2), 16) : Number.parseInt(one.slice(1), 8) & 255,
  );
  return Buffer.from(bytes).toString();
}
