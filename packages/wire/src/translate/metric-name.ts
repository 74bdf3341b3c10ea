/**
 * OpenTelemetry metric names to Prometheus metric names, by the rules of prometheus/otlptranslator (metric_namer.go).
 *
 * Invariants: a classic name matches [a-zA-Z_:][a-zA-Z0-9_:]*; suffixes come in the order unit, per unit, then `total`
 * (monotonic sum) or `ratio` (gauge of unit 1); a suffix that the name already has as a word is not repeated.
 */
import { addsSuffixes, escapes, type TranslationStrategy } from './options.ts';
import { cleanUnit, unitSuffixes } from './unit.ts';

/** What the name depends on besides name and unit: a monotonic sum, a gauge, or anything else. */
export type NameKind = 'counter' | 'gauge' | 'other';

/** The Prometheus name of a metric, or '' when nothing usable is left of it. */
export function metricName(
  name: string,
  unit: string,
  kind: NameKind,
  strategy: TranslationStrategy,
): string {
  const suffixes = addsSuffixes(strategy);
  if (!escapes(strategy)) return suffixes ? withUtf8Suffixes(name, unit, kind) : name;
  const built = suffixes ? fromWords(name, unit, kind) : escapeOnly(name);
  return built === name || /[^_]/.test(built) ? built : '';
}

function fromWords(name: string, unit: string, kind: NameKind): string {
  let words = split(name, /[^a-zA-Z0-9:]+/);
  addUnitWords(words, unit);
  if (kind === 'counter') words = moveToEnd(words, 'total');
  if (kind === 'gauge' && unit === '1') words = moveToEnd(words, 'ratio');
  return withoutLeadingDigit(words.join('_'));
}

function addUnitWords(words: string[], unit: string): void {
  const suffixes = unitSuffixes(unit);
  let main = cleanUnit(suffixes.main);
  let per = cleanUnit(suffixes.per);
  if (words.includes(main)) main = '';
  per = per === 'per_' ? '' : per.replace(/_$/, '');
  if (words.includes(per)) per = '';
  if (per !== '') main = main.replace(/_$/, '');
  if (main !== '') words.push(main);
  if (per !== '') words.push(per);
}

function moveToEnd(words: readonly string[], word: string): string[] {
  return [...words.filter((w) => w !== word), word];
}

function escapeOnly(name: string): string {
  return withoutLeadingDigit(split(name, /[^a-zA-Z0-9:_]+/).join('_'));
}

function split(name: string, separators: RegExp): string[] {
  return name.split(separators).filter((word) => word !== '');
}

function withoutLeadingDigit(name: string): string {
  return /^[0-9]/.test(name) ? `_${name}` : name;
}

function withUtf8Suffixes(original: string, unit: string, kind: NameKind): string {
  let name = original;
  let tail = '';
  if (kind === 'gauge' && unit === '1') {
    name = trimSuffix(name, 'ratio');
    tail = '_ratio';
  }
  if (kind === 'counter') {
    name = trimSuffix(name, 'total');
    tail = '_total';
  }
  const { main, per } = unitSuffixes(unit);
  if (per !== '') {
    name = trimSuffix(name, per);
    tail = `_${per}${tail}`;
  }
  if (main !== '' && !name.endsWith(main)) name = `${name}_${main}`;
  return name + tail;
}

/** Drops a suffix together with the one delimiter before it. */
function trimSuffix(name: string, suffix: string): string {
  const long = name.length > suffix.length + 1 && name.endsWith(suffix);
  return long ? name.slice(0, name.length - suffix.length - 1) : name;
}
