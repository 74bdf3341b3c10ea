/**
 * The series notation of Prometheus' `.test` files: `name{label="value"} 1 _ 2+3x4 {{count:1 sum:2}}x3 stale`.
 *
 * Model: one line is a label set and a list of values, value i standing at time i * step; null is a gap.
 */
import { unquote } from '@sightline/query';
import type { Histogram } from '@sightline/wire';
import { combineHistograms, parseHistogram } from './histograms.ts';
import { NotationError, parseFloatText } from './number-text.ts';

export interface SeriesValue {
  v: number;
  stale: boolean;
  h: Histogram | null;
  /** Whether the literal named a counter reset hint; only then is it compared. */
  hintSet: boolean;
}

export interface SeriesLine {
  /** Names and values in turn, `__name__` among them. */
  labels: string[];
  values: (SeriesValue | null)[];
}

/** A line of a `load` block or an expectation. Throws NotationError. */
export function parseSeriesLine(line: string): SeriesLine {
  const { labels, rest } = parseLabels(line);
  return { labels, values: parseValues(rest) };
}

/** The label set at the beginning of a line and what follows it. */
export function parseLabels(line: string): { labels: string[]; rest: string } {
  const name = /^[A-Za-z_:][A-Za-z0-9_:]*/.exec(line)?.[0] ?? '';
  const labels: string[] = name === '' ? [] : ['__name__', name];
  let at = name.length;
  if (line[at] !== '{' || line[at + 1] === '{') {
    if (name === '') throw new NotationError(`no metric in ${JSON.stringify(line)}`);
    return { labels, rest: line.slice(at) };
  }
  at++;
  const item =
    /\s*(?:([A-Za-z_][A-Za-z0-9_]*)|("(?:[^"\\]|\\.)*"))\s*(?:=\s*("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`))?\s*,?\s*/y;
  while (line[at] !== '}') {
    item.lastIndex = at;
    const match = item.exec(line);
    if (match === null) throw new NotationError(`bad labels in ${JSON.stringify(line)}`);
    const key = match[1] ?? unquote(match[2] ?? '""');
    if (match[3] === undefined) labels.push('__name__', key);
    else labels.push(key, unquote(match[3]));
    at = item.lastIndex;
  }
  return { labels, rest: line.slice(at + 1) };
}

/** No hexadecimal numbers: `0x5` is the value 0, repeated. */
const NUMBER = '[+-]?(?:(?:[0-9]+\\.?[0-9]*|\\.[0-9]+)(?:[eE][+-]?[0-9]+)?|[iI]nf|[nN]a[nN])';
const GAP = /^_(?:x([0-9]+))?$/;
const FLOATS = new RegExp(`^(${NUMBER})(?:([+-])(${NUMBER}))?(?:x([0-9]+))?$`);
const STALE = /^stale(?:x([0-9]+))?$/;

function parseValues(text: string): (SeriesValue | null)[] {
  const values: (SeriesValue | null)[] = [];
  for (const item of splitItems(text)) {
    if (item.startsWith('{{')) values.push(...parseHistogramItem(item));
    else values.push(...parseFloatItem(item));
  }
  return values;
}

/** Splits at blanks outside histograms. */
function splitItems(text: string): string[] {
  return text.match(/(?:\{\{.*?\}\}|[^\s{])+/g) ?? [];
}

function parseFloatItem(item: string): (SeriesValue | null)[] {
  const gap = GAP.exec(item);
  if (gap !== null) return Array.from({ length: Number(gap[1] ?? 1) }, () => null);
  const stale = STALE.exec(item);
  if (stale !== null) {
    const marker = { v: Number.NaN, stale: true, h: null, hintSet: false };
    return Array.from({ length: Number(stale[1] ?? 0) + 1 }, () => marker);
  }
  const match = FLOATS.exec(item);
  if (match === null) throw new NotationError(`bad value ${JSON.stringify(item)}`);
  const [, first = '', sign = '+', increment, times = '0'] = match;
  const step = increment === undefined ? 0 : parseFloatText(increment) * (sign === '-' ? -1 : 1);
  const values: SeriesValue[] = [];
  let v = parseFloatText(first);
  for (let i = 0; i <= Number(times); i++) {
    values.push({ v, stale: false, h: null, hintSet: false });
    // Without an increment the value repeats: adding would make -0 into 0.
    if (increment !== undefined) v += step;
  }
  return values;
}

const HISTOGRAM_ITEM = /^(\{\{.*?\}\})(?:([+-])(\{\{.*?\}\}))?(?:x([0-9]+))?$/;

function parseHistogramItem(item: string): SeriesValue[] {
  const match = HISTOGRAM_ITEM.exec(item);
  if (match === null) throw new NotationError(`bad histogram ${JSON.stringify(item)}`);
  const [, first = '', sign = '+', increment, times = '0'] = match;
  const base = parseHistogram(first);
  const step = increment === undefined ? null : parseHistogram(increment);
  const hintSet = step?.hintSet ?? base.hintSet;
  const values: SeriesValue[] = [];
  let h = base.histogram;
  for (let i = 0; i <= Number(times); i++) {
    values.push({ v: 0, stale: false, h, hintSet });
    if (step === null || i === Number(times)) continue;
    if (h.schema > step.histogram.schema) {
      const schemas = `from schema ${step.histogram.schema} to ${h.schema}`;
      throw new NotationError(`error combining histograms: cannot merge ${schemas}`);
    }
    h = combineHistograms(h, step.histogram, sign === '-' ? -1 : 1);
  }
  return values;
}
