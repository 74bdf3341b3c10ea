/**
 * The functions of templates: those of Loki's documentation, except the ones that parse dates (`toDate`, `toDateInZone`) and `fromJson`.
 *
 * Facts (names, order of arguments, what a text that is no number counts as) are Go's text/template, Sprig's and Loki's. A
 * function that cannot answer throws an Error; the line is then marked with TemplateFormatErr.
 */
import { quote } from '../../promql/go-quote.ts';
import { durationSeconds, sizeBytes } from '../units.ts';
import { compileRegex } from './regex.ts';
import { formatDate } from './template-dates.ts';
import { printf, printValue } from './template-printf.ts';
import { replaceExpanded } from './template-regex.ts';

export type TemplateValue = string | number | boolean | Date;

/** What a template sees besides labels. */
export interface TemplateScope {
  line: string;
  timeMs: number;
}

interface TemplateFunction {
  least: number;
  most: number;
  run(args: TemplateValue[], scope: TemplateScope): TemplateValue;
}

const MANY = 100;
/** Bound of texts that functions make longer. */
const MAX_TEXT = 65_536;

const table = new Map<string, TemplateFunction>();

function define(
  names: string,
  least: number,
  run: (args: TemplateValue[], scope: TemplateScope) => TemplateValue,
  most = least,
): void {
  for (const name of names.split(' ')) table.set(name, { least, most, run });
}

const text = (value: TemplateValue | undefined): string =>
  value === undefined ? '' : printValue(value);

function number(value: TemplateValue | undefined): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'boolean') return value ? 1 : 0;
  const parsed = typeof value === 'string' && value.trim() !== '' ? Number(value) : 0;
  return Number.isNaN(parsed) ? 0 : parsed;
}

const whole = (value: TemplateValue | undefined): number => Math.trunc(number(value));

export function isTrue(value: TemplateValue | undefined): boolean {
  return value instanceof Date || Boolean(value);
}

/** Functions of texts, all arguments as texts. */
function ofTexts(names: string, count: number, run: (...texts: string[]) => TemplateValue): void {
  define(names, count, (args) => run(...args.map(text)));
}

/** Whole numbers, folded from the left. */
function folded(
  name: string,
  least: number,
  convert: (value: TemplateValue | undefined) => number,
  run: (a: number, b: number) => number,
): void {
  define(name, least, (args) => args.map(convert).reduce((a, b) => run(a, b)), MANY);
}

function bounded(length: number): void {
  if (!(length <= MAX_TEXT)) throw new Error(`result is longer than ${MAX_TEXT} characters`);
}

function trimSet(value: string, set: string, left: boolean, right: boolean): string {
  let from = 0;
  let to = value.length;
  while (left && from < to && set.includes(value[from] ?? '')) from++;
  while (right && to > from && set.includes(value[to - 1] ?? '')) to--;
  return value.slice(from, to);
}

const withoutPrefix = (value: string, prefix: string): string =>
  value.startsWith(prefix) ? value.slice(prefix.length) : value;
const withoutSuffix = (value: string, suffix: string): string =>
  suffix !== '' && value.endsWith(suffix) ? value.slice(0, -suffix.length) : value;
const titled = (value: string): string =>
  value.replaceAll(/(^|[^\p{L}\p{N}_'])(\p{L})/gu, (_, before: string, letter: string) => {
    return before + letter.toUpperCase();
  });

function replaceTimes(value: string, old: string, fresh: string, times: number): string {
  if (old === '' || times === 0) return value;
  const parts = value.split(old);
  if (times < 0 || times >= parts.length - 1) return parts.join(fresh);
  return parts.slice(0, times + 1).join(fresh) + old + parts.slice(times + 1).join(old);
}

ofTexts('ToLower lower', 1, (value) => value.toLowerCase());
ofTexts('ToUpper upper', 1, (value) => value.toUpperCase());
ofTexts('title', 1, titled);
define('Replace', 4, ([value, old, fresh, times]) =>
  replaceTimes(text(value), text(old), text(fresh), whole(times)),
);
ofTexts('replace', 3, (old = '', fresh = '', value = '') => replaceTimes(value, old, fresh, -1));
ofTexts('Trim', 2, (value = '', set = '') => trimSet(value, set, true, true));
ofTexts('TrimLeft', 2, (value = '', set = '') => trimSet(value, set, true, false));
ofTexts('TrimRight', 2, (value = '', set = '') => trimSet(value, set, false, true));
ofTexts('trimAll', 2, (set = '', value = '') => trimSet(value, set, true, true));
ofTexts('TrimPrefix', 2, (value = '', prefix = '') => withoutPrefix(value, prefix));
ofTexts('trimPrefix', 2, (prefix = '', value = '') => withoutPrefix(value, prefix));
ofTexts('TrimSuffix', 2, (value = '', suffix = '') => withoutSuffix(value, suffix));
ofTexts('trimSuffix', 2, (suffix = '', value = '') => withoutSuffix(value, suffix));
ofTexts('TrimSpace trim', 1, (value) => value.trim());
ofTexts('contains', 2, (part = '', value = '') => value.includes(part));
ofTexts('hasPrefix', 2, (prefix = '', value = '') => value.startsWith(prefix));
ofTexts('hasSuffix', 2, (suffix = '', value = '') => value.endsWith(suffix));
define('trunc', 2, ([count, value]) => {
  const n = whole(count);
  const characters = [...text(value)];
  return (n < 0 ? characters.slice(n) : characters.slice(0, n)).join('');
});
define('substr', 3, ([start, end, value]) => {
  const characters = [...text(value)];
  const to = whole(end) < 0 ? characters.length : whole(end);
  return characters.slice(Math.max(0, whole(start)), to).join('');
});
define('repeat', 2, ([count, value]) => {
  const times = Math.max(0, whole(count));
  bounded(times * text(value).length);
  return text(value).repeat(times);
});
define('indent', 2, ([count, value]) => indented(whole(count), text(value)));
define('nindent', 2, ([count, value]) => `\n${indented(whole(count), text(value))}`);

function indented(count: number, value: string): string {
  bounded(count * value.split('\n').length);
  const margin = ' '.repeat(Math.max(0, count));
  return margin + value.replaceAll('\n', `\n${margin}`);
}

define('alignLeft', 2, ([count, value]) => {
  bounded(whole(count));
  const characters = [...text(value)].slice(0, Math.max(0, whole(count)));
  return characters.join('') + ' '.repeat(Math.max(0, whole(count) - characters.length));
});
define('alignRight', 2, ([count, value]) => {
  bounded(whole(count));
  const all = [...text(value)];
  const characters = all.slice(Math.max(0, all.length - Math.max(0, whole(count))));
  return ' '.repeat(Math.max(0, whole(count) - characters.length)) + characters.join('');
});
ofTexts('regexReplaceAll', 3, (pattern = '', value = '', fresh = '') =>
  replaceExpanded(pattern, value, fresh, true),
);
ofTexts('regexReplaceAllLiteral', 3, (pattern = '', value = '', fresh = '') =>
  replaceExpanded(pattern, value, fresh, false),
);
ofTexts('count', 2, (pattern = '', value = '') => {
  const matcher = compileRegex(pattern).matcher(value);
  let count = 0;
  while (matcher.find()) count++;
  return count;
});
ofTexts('urlencode', 1, (value = '') =>
  encodeURIComponent(value.toWellFormed())
    .replaceAll('%20', '+')
    .replaceAll(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`),
);
ofTexts('urldecode', 1, (value = '') => decodeURIComponent(value.replaceAll('+', ' ')));
ofTexts('b64enc', 1, (value = '') => Buffer.from(value).toString('base64'));
ofTexts('b64dec', 1, (value = '') => Buffer.from(value, 'base64').toString('utf8'));
define('default', 2, ([fallback = '', value]) => (isTrue(value) ? (value ?? '') : fallback));

define('int', 1, ([value]) => whole(value));
define('float64', 1, ([value]) => number(value));
folded('add', 1, whole, (a, b) => a + b);
folded('sub', 2, whole, (a, b) => a - b);
folded('mul', 1, whole, (a, b) => a * b);
folded('div', 2, whole, (a, b) => divided(Math.trunc(a / b)));
folded('mod', 2, whole, (a, b) => divided(a % b));
folded('addf', 1, number, (a, b) => a + b);
folded('subf', 1, number, (a, b) => a - b);
folded('mulf', 1, number, (a, b) => a * b);
folded('divf', 1, number, (a, b) => a / b);
folded('max', 1, whole, Math.max);
folded('min', 1, whole, Math.min);
folded('maxf', 1, number, Math.max);
folded('minf', 1, number, Math.min);
define('floor', 1, ([value]) => Math.floor(number(value)));
define('ceil', 1, ([value]) => Math.ceil(number(value)));
define('round', 2, ([value, places]) => Number(number(value).toFixed(precision(places))));

function precision(places: TemplateValue | undefined): number {
  return Math.min(20, Math.max(0, whole(places)));
}

function divided(value: number): number {
  if (Number.isFinite(value)) return value;
  throw new Error('integer divide by zero');
}

define('bytes', 1, ([value]) => unit(sizeBytes(text(value)), 'size', text(value)));
define('duration duration_seconds', 1, ([value]) =>
  unit(durationSeconds(text(value)), 'duration', text(value)),
);

function unit(value: number, what: string, from: string): number {
  if (Number.isNaN(value)) throw new Error(`invalid ${what} ${quote(from)}`);
  return value;
}

/** Of two values: numbers by size, else texts. */
function compare(a: TemplateValue | undefined, b: TemplateValue | undefined): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  const x = text(a);
  const y = text(b);
  return x === y ? 0 : x < y ? -1 : 1;
}

define('eq', 2, ([a, ...rest]) => rest.some((b) => compare(a, b) === 0), MANY);
define('ne', 2, ([a, b]) => compare(a, b) !== 0);
define('lt', 2, ([a, b]) => compare(a, b) < 0);
define('le', 2, ([a, b]) => compare(a, b) <= 0);
define('gt', 2, ([a, b]) => compare(a, b) > 0);
define('ge', 2, ([a, b]) => compare(a, b) >= 0);
define('not', 1, ([value]) => !isTrue(value));
define('and', 1, (args) => args.find((value) => !isTrue(value)) ?? args.at(-1) ?? false, MANY);
define('or', 1, (args) => args.find(isTrue) ?? args.at(-1) ?? false, MANY);
define('len', 1, ([value]) => Buffer.byteLength(text(value)));
define('print', 0, (args) => args.map(text).join(''), MANY);
define('println', 0, (args) => `${args.map(text).join(' ')}\n`, MANY);
define('printf', 1, ([format, ...args]) => printf(text(format), args), MANY);

define('__line__', 0, (_, { line }) => line);
define('__timestamp__', 0, (_, { timeMs }) => new Date(timeMs));
define('now', 0, () => new Date());
define('date', 2, ([layout, time]) => formatDate(text(layout), timeOf(time)));
define('unixEpoch', 1, ([time]) => String(Math.floor(timeOf(time).getTime() / 1000)));
define('unixEpochMillis', 1, ([time]) => String(timeOf(time).getTime()));
define('unixEpochNanos', 1, ([time]) => `${timeOf(time).getTime()}000000`);
define('unixToTime', 1, ([value]) => unixTime(text(value)));

function timeOf(value: TemplateValue | undefined): Date {
  if (value instanceof Date) return value;
  throw new Error('wrong type for value; expected time.Time');
}

/** Days, seconds, milliseconds, microseconds or nanoseconds since 1970, told by the number of digits. */
function unixTime(digits: string): Date {
  const scale = new Map([
    [5, 86_400_000],
    [10, 1000],
    [13, 1],
    [16, 1e-3],
    [19, 1e-6],
  ]).get(digits.length);
  if (scale === undefined || !/^\d+$/.test(digits)) {
    throw new Error(`unable to parse time '${digits}'`);
  }
  return new Date(Number(digits) * scale);
}

/** Every function by name. */
export const templateFunctions: ReadonlyMap<string, TemplateFunction> = table;
