/**
 * logfmt: `level=info msg="hello \"you\"" ok`.
 *
 * Facts (Loki's documentation): without --strict malformed pairs are passed over, with it the line gets LogfmtParserErr and what was
 * found before stays; keys without a value, or with an empty one, are labels only under --keep-empty.
 */
import type { EntryLabels } from './entry-labels.ts';
import { labelName } from './names.ts';
import type { Wanted } from './wanted.ts';

const LOGFMT_ERROR = 'LogfmtParserErr';
const SPACE = 32;
const EQUALS = 61;
const QUOTE = 34;
const BACKSLASH = 92;

interface LogfmtOptions {
  strict: boolean;
  keepEmpty: boolean;
}

/** Gives every pair; `value` is null when the key stands alone. Returns what is wrong under `strict`, else null. */
function scanPairs(
  line: string,
  strict: boolean,
  visit: (key: string, value: string | null) => void,
): string | null {
  const { length } = line;
  let at = 0;
  for (;;) {
    while (at < length && line.charCodeAt(at) <= SPACE) at++;
    if (at >= length) return null;
    const keyStart = at;
    let code = 0;
    while (at < length) {
      code = line.charCodeAt(at);
      if (code <= SPACE || code === EQUALS || code === QUOTE) break;
      at++;
    }
    const key = line.slice(keyStart, at);
    if (at >= length || code <= SPACE) {
      visit(key, null);
      continue;
    }
    if (code === QUOTE || key === '') {
      if (strict) return `unexpected '${line[at] ?? ''}' at position ${at + 1}`;
      while (at < length && line.charCodeAt(at) > SPACE) at++;
      continue;
    }
    at++;
    if (line.charCodeAt(at) !== QUOTE) {
      const valueStart = at;
      let damaged = -1;
      while (at < length) {
        code = line.charCodeAt(at);
        if (code <= SPACE) break;
        if (code === EQUALS || code === QUOTE) damaged = at;
        at++;
      }
      if (damaged < 0) visit(key, line.slice(valueStart, at));
      else if (strict) return `unexpected '${line[damaged] ?? ''}' at position ${damaged + 1}`;
      continue;
    }
    const end = closingQuote(line, at + 1);
    if (end < 0) {
      if (strict) return `unterminated quoted value at position ${at + 1}`;
      return null;
    }
    const raw = line.slice(at + 1, end);
    visit(key, raw.includes('\\') ? unescaped(raw) : raw);
    at = end + 1;
  }
}

function closingQuote(line: string, from: number): number {
  for (let at = from; at < line.length; at++) {
    const code = line.charCodeAt(at);
    if (code === BACKSLASH) at++;
    else if (code === QUOTE) return at;
  }
  return -1;
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['n', '\n'],
  ['t', '\t'],
  ['r', '\r'],
  ['b', '\b'],
  ['f', '\f'],
]);

function unescaped(raw: string): string {
  return raw.replaceAll(/\\(?:u([0-9a-fA-F]{4})|([\s\S]))/g, (_, hex, char) => {
    if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
    return ESCAPES.get(char) ?? char;
  });
}

/** Every pair becomes a label. */
export function parseLogfmt(
  line: string,
  labels: EntryLabels,
  options: LogfmtOptions,
  wanted: Wanted,
): void {
  const problem = scanPairs(line, options.strict, (key, value) => {
    if ((value === null || value === '') && !options.keepEmpty) return;
    const name = labelName(key);
    if (name === '' || (wanted !== null && !wanted.has(name))) return;
    labels.extract(name, value ?? '');
  });
  if (problem !== null) labels.fail(LOGFMT_ERROR, problem);
}

/** Extracts single keys under chosen names; those that are missing, or stand alone, become empty labels. */
export function logfmtExtractor(
  params: readonly { name: string; expression: string }[],
  options: Pick<LogfmtOptions, 'strict'>,
): (line: string, labels: EntryLabels) => void {
  const byKey = new Map<string, string[]>();
  for (const { name, expression } of params) {
    byKey.set(expression, [...(byKey.get(expression) ?? []), name]);
  }
  return (line, labels) => {
    const problem = scanPairs(line, options.strict, (key, value) => {
      for (const name of byKey.get(key) ?? []) labels.extract(name, value ?? '');
    });
    if (problem !== null) labels.fail(LOGFMT_ERROR, problem);
    for (const { name } of params) labels.extract(name, '');
  };
}
