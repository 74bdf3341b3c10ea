/**
 * HELP, TYPE and UNIT comments.
 *
 * Model: consecutive comment lines are one block. A block is parsed only when its bytes have not been seen before, because a
 * scrape repeats the same few hundred blocks every time; the type of the last TYPE line, which decides how `le` and `quantile`
 * are written, is read from its bytes every time.
 */
import type { MetricMetadata, MetricType } from '../model/batch.ts';
import { decodeText, LineProblem, skipBlanks } from './labels.ts';

/** Which label of the family's samples holds a number that has one spelling: none, `le` or `quantile`. */
export const FAMILY_PLAIN = 0;
export const FAMILY_HISTOGRAM = 1;
export const FAMILY_SUMMARY = 2;
export const FAMILY_COUNTER = 3;
export type FamilyKind = 0 | 1 | 2 | 3;

const TYPES: Readonly<Record<string, MetricType>> = {
  counter: 'counter',
  gauge: 'gauge',
  histogram: 'histogram',
  gaugehistogram: 'gaugehistogram',
  summary: 'summary',
  info: 'info',
  stateset: 'stateset',
  unknown: 'unknown',
  untyped: 'unknown',
};

/** The kind of family a TYPE line announces; -1 when the line [start, end) is another comment. */
export function typeLineKind(bytes: Uint8Array, start: number, end: number): FamilyKind | -1 {
  let at = skipBlanks(bytes, start + 1, end);
  if (bytes[at] !== 0x54 || bytes[at + 1] !== 0x59 || bytes[at + 2] !== 0x50) return -1;
  if (bytes[at + 3] !== 0x45 || !isBlank(bytes[at + 4])) return -1;
  at = end;
  while (at > start && isBlank(bytes[at - 1])) at--;
  const wordEnd = at;
  while (at > start && !isBlank(bytes[at - 1])) at--;
  const length = wordEnd - at;
  const c = bytes[at];
  if (c === 0x68 && length === 9) return FAMILY_HISTOGRAM;
  if (c === 0x73 && length === 7) return FAMILY_SUMMARY;
  return c === 0x63 && length === 7 ? FAMILY_COUNTER : FAMILY_PLAIN;
}

const HELP = 0x48454c50;
const TYPE = 0x54595045;
const UNIT = 0x554e4954;

const EOF_LINE = Uint8Array.from('# EOF', (c) => c.charCodeAt(0));

/** Whether a line is OpenMetrics' end mark. */
export function isEofLine(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start !== EOF_LINE.length) return false;
  return EOF_LINE.every((byte, i) => bytes[start + i] === byte);
}

/** Whether a line is one of the comments that OpenMetrics knows. */
export function isMetadataLine(bytes: Uint8Array, start: number, end: number): boolean {
  if (bytes[start + 1] !== 0x20 || bytes[start + 6] !== 0x20 || start + 6 >= end) return false;
  let word = 0;
  for (let i = start + 2; i < start + 6; i++) word = (word << 8) | (bytes[i] ?? 0);
  return word === HELP || word === TYPE || word === UNIT;
}

function isBlank(c: number | undefined): boolean {
  return c === 0x20 || c === 0x09 || c === 0x0d;
}

/** Keyword and name; what follows is taken apart by hand, because a pattern for it would not be linear. */
const HEAD =
  /^#[ \t]+(HELP|TYPE|UNIT)[ \t]+("(?:[^"\\]|\\.)*"|[a-zA-Z_:][a-zA-Z0-9_:]*)(?![^ \t\r])/;

/**
 * Parses a block of comment lines and adds one entry per family. Other comments are skipped, as the text format asks; an
 * OpenMetrics block holds nothing else. Throws LineProblem for an unknown type or bytes that are not UTF-8.
 */
export function parseMetadata(
  bytes: Uint8Array,
  start: number,
  end: number,
  openMetrics: boolean,
  into: MetricMetadata[],
): void {
  const first = into.length;
  let family: MetricMetadata | undefined;
  for (const line of decodeText(bytes, start, end).split('\n')) {
    const match = HEAD.exec(line);
    if (match === null) continue;
    const name = familyName(match[2] ?? '');
    if (family?.name !== name) {
      family = { name, type: 'unknown', help: '', unit: '' };
      into.push(family);
    }
    const text = trimBlanks(line, match[0].length);
    if (match[1] === 'HELP') family.help = unescapeHelp(text, openMetrics);
    else if (match[1] === 'UNIT' && openMetrics) family.unit = text;
    else if (match[1] === 'TYPE') family.type = metricType(text);
  }
  if (!openMetrics) return;
  for (const one of into.slice(first)) one.name = storedName(one);
}

/** OpenMetrics names a family without the suffix that its samples have. */
function storedName({ name, type }: MetricMetadata): string {
  const suffix = type === 'counter' ? '_total' : type === 'info' ? '_info' : '';
  return name.endsWith(suffix) ? name : name + suffix;
}

/** `line` from `start` on, without blanks at both ends. */
function trimBlanks(line: string, start: number): string {
  let from = start;
  let to = line.length;
  while (from < to && isBlank(line.charCodeAt(from))) from++;
  while (to > from && isBlank(line.charCodeAt(to - 1))) to--;
  return line.slice(from, to);
}

function metricType(text: string): MetricType {
  const type = Object.hasOwn(TYPES, text) ? TYPES[text] : undefined;
  if (type === undefined) throw new LineProblem(`invalid metric type "${text}"`);
  return type;
}

function familyName(text: string): string {
  return text.startsWith('"') ? unescapeHelp(text.slice(1, -1), true) : text;
}

/** HELP escapes `\\` and `\n`; OpenMetrics escapes `\"` as well. */
function unescapeHelp(text: string, quotes: boolean): string {
  if (!text.includes('\\')) return text;
  return text.replace(/\\([\\"n])/g, (whole, c: string) =>
    c === 'n' ? '\n' : c === '"' && !quotes ? whole : c,
  );
}
