/**
 * The labels of one line, as strings: the slow path, taken once per series.
 *
 * Grammar (exposition format 0.0.4, OpenMetrics 1.0, and the quoted UTF-8 names of Prometheus 3.0):
 *   series  = name [ "{" pairs "}" ] | "{" quoted-name { "," pair } "}"
 *   pair    = label "=" quoted      label = [a-zA-Z_][a-zA-Z0-9_]* | quoted
 *   quoted  = '"' { any but '"', '\' and line feed | '\\' | '\"' | '\n' } '"'     (other escapes stand for themselves)
 * A trailing comma is allowed. Blanks between tokens are allowed in text and refused in OpenMetrics by the caller's scan.
 */
import { SentProblem } from '../model/decode-error.ts';

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Labels of one line, whatever the configured limit. */
const MAX_LABELS = 4096;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** What is wrong with a line, without its number. */
export class LineProblem extends SentProblem {
  override readonly name = 'LineProblem';
}

/**
 * Names and values in turn, `__name__` first, from the series part of a line. Throws LineProblem.
 */
export function parseSeries(bytes: Uint8Array, start: number, end: number): string[] {
  const pairs: string[] = [];
  let at = skipBlanks(bytes, start, end);
  const nameStart = at;
  while (at < end && isNameByte(bytes[at] ?? 0, at === nameStart, true)) at++;
  if (at > nameStart) pairs.push('__name__', decodeText(bytes, nameStart, at));
  at = skipBlanks(bytes, at, end);
  if (at < end) at = parseBraces(bytes, at, end, pairs);
  if (skipBlanks(bytes, at, end) !== end) throw new LineProblem('unexpected text after the labels');
  if (pairs[0] !== '__name__') throw new LineProblem('no metric name');
  refuseDuplicates(pairs);
  return pairs;
}

/** Past this many labels pairs are no longer compared with each other one by one. */
const FEW_PAIRS = 32;

/** A repeated name must not be lost in relabelling, which works on names. */
function refuseDuplicates(pairs: readonly string[]): void {
  const seen = pairs.length > 2 * FEW_PAIRS ? new Set<string>() : undefined;
  for (let i = 0; i < pairs.length; i += 2) {
    const name = pairs[i] ?? '';
    let isNew = true;
    if (seen === undefined) {
      for (let j = 0; j < i && isNew; j += 2) isNew = pairs[j] !== name;
    } else {
      isNew = !seen.has(name);
      seen.add(name);
    }
    if (!isNew) throw new LineProblem(`label ${JSON.stringify(name)} occurs twice`);
  }
}

/** Labels of an exemplar: `{` pairs `}`; throws LineProblem. */
export function parseExemplarLabels(bytes: Uint8Array, start: number, end: number): string[] {
  const pairs: string[] = [];
  parseBraces(bytes, start, end, pairs);
  return pairs;
}

/** From the brace on; returns the position after the closing brace. */
function parseBraces(bytes: Uint8Array, start: number, end: number, pairs: string[]): number {
  if (bytes[start] !== 0x7b)
    throw new LineProblem(`unexpected ${describe(bytes, start)} in a metric name`);
  let at = skipBlanks(bytes, start + 1, end);
  while (bytes[at] !== 0x7d) {
    if (pairs.length > 2 * MAX_LABELS) throw new LineProblem(`more than ${MAX_LABELS} labels`);
    at = parsePair(bytes, at, end, pairs);
    at = skipBlanks(bytes, at, end);
    if (bytes[at] === 0x2c) at = skipBlanks(bytes, at + 1, end);
    else if (bytes[at] !== 0x7d) throw new LineProblem('expected "," or "}" after a label');
  }
  return at + 1;
}

function parsePair(bytes: Uint8Array, start: number, end: number, pairs: string[]): number {
  let at = start;
  const quoted = bytes[at] === QUOTE;
  let name: string;
  if (quoted) {
    const close = closingQuote(bytes, at, end);
    name = unescapeValue(decodeText(bytes, at + 1, close));
    at = close + 1;
  } else {
    while (at < end && isNameByte(bytes[at] ?? 0, at === start, false)) at++;
    if (at === start) throw new LineProblem(`expected a label name, got ${describe(bytes, at)}`);
    name = decodeText(bytes, start, at);
  }
  at = skipBlanks(bytes, at, end);
  if (quoted && (bytes[at] === 0x2c || bytes[at] === 0x7d)) {
    if (pairs.length > 0) throw new LineProblem('a metric name stands twice');
    if (name === '') throw new LineProblem('empty metric name');
    pairs.push('__name__', name);
    return at;
  }
  if (bytes[at] !== 0x3d) throw new LineProblem(`expected "=" after label name "${name}"`);
  at = skipBlanks(bytes, at + 1, end);
  if (bytes[at] !== QUOTE) throw new LineProblem(`value of label "${name}" is not quoted`);
  const close = closingQuote(bytes, at, end);
  if (name === '') throw new LineProblem('empty label name');
  pairs.push(name, unescapeValue(decodeText(bytes, at + 1, close)));
  return close + 1;
}

/** Position of the quote that closes the one at `start`. */
function closingQuote(bytes: Uint8Array, start: number, end: number): number {
  for (let at = start + 1; at < end; at++) {
    const c = bytes[at];
    if (c === BACKSLASH) at++;
    else if (c === QUOTE) return at;
  }
  throw new LineProblem('unclosed quote');
}

/** Escapes of label values and quoted names; text without a backslash is returned as it is. */
function unescapeValue(text: string): string {
  if (!text.includes('\\')) return text;
  return text.replace(/\\([\\"n])/g, (_, c: string) => (c === 'n' ? '\n' : c));
}

/** Throws LineProblem where the bytes are not UTF-8. */
export function decodeText(bytes: Uint8Array, start: number, end: number): string {
  try {
    return decoder.decode(bytes.subarray(start, end));
  } catch {
    throw new LineProblem('invalid UTF-8');
  }
}

export function skipBlanks(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && (bytes[at] === 0x20 || bytes[at] === 0x09)) at++;
  return at;
}

function isNameByte(c: number, first: boolean, colon: boolean): boolean {
  if ((c >= 0x61 && c <= 0x7a) || (c >= 0x41 && c <= 0x5a) || c === 0x5f) return true;
  return (c >= 0x30 && c <= 0x39 && !first) || (c === 0x3a && colon);
}

/** The character at a place, for an error text. */
export function describe(bytes: Uint8Array, at: number): string {
  const c = bytes[at];
  if (c === undefined || c === 0x0a) return 'the end of the line';
  return c > 0x20 && c < 0x7f ? `"${String.fromCharCode(c)}"` : `byte 0x${c.toString(16)}`;
}
