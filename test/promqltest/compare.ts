/**
 * Comparison of an answer with what a `.test` file expects. Each function returns the difference as text, or null.
 *
 * Facts: the tolerance is that of Prometheus' util/almost (relative 1e-6); histograms are compared after dropping empty buckets;
 * a counter reset hint only where the expectation names one.
 */
import type { Histogram, Span } from '@sightline/wire';
import { CUSTOM_SCHEMA } from '@sightline/wire';
import { RE2JS } from 're2js';
import { type EvalCommand, labelKey, sortedPairs } from './format.ts';
import { bucketMap } from './histograms.ts';
import type { SeriesValue } from './notation.ts';
import type { Answer, AnswerHistogram, AnswerPoint, AnswerSeries } from './target.ts';

const TOLERANCE = 1e-6;
const MIN_NORMAL = 2.2250738585072014e-308;

/** Whether two floats count as equal. */
export function almostEqual(a: number, b: number): boolean {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number.isNaN(a) && Number.isNaN(b);
  if (a === b) return true;
  const size = Math.abs(a) + Math.abs(b);
  const difference = Math.abs(a - b);
  if (a === 0 || b === 0 || size < MIN_NORMAL) return difference < TOLERANCE * MIN_NORMAL;
  return difference / Math.min(size, Number.MAX_VALUE) < TOLERANCE;
}

/** Compares the answer to the query as it stands in the file. */
export function compareAnswer(command: EvalCommand, answer: Answer): string | null {
  const fails = command.expectations.filter(({ kind }) => kind === 'fail');
  if (!answer.ok) return compareFailure(fails, answer.error);
  if (fails.length > 0) return 'expected the query to fail, but it did not';
  return compareAnnotations(command, answer) ?? compareValues(command, answer);
}

function compareFailure(fails: EvalCommand['expectations'], error: string): string | null {
  if (fails.length === 0) return `query failed: ${error}`;
  return fails.some((expected) => matches(expected, error))
    ? null
    : `failed with ${JSON.stringify(error)}, want ${JSON.stringify(fails[0]?.text)}`;
}

function matches(expected: EvalCommand['expectations'][number], text: string): boolean {
  if (expected.match === 'any') return true;
  if (expected.match === 'msg') return expected.text === text;
  return RE2JS.compile(expected.text).matcher(text).find();
}

function compareAnnotations(
  command: EvalCommand,
  answer: Extract<Answer, { ok: true }>,
): string | null {
  for (const [kind, actual] of [
    ['warn', answer.warnings] as const,
    ['info', answer.infos] as const,
  ]) {
    const none = command.expectations.some((one) => one.kind === `no_${kind}`);
    if (none && actual.length > 0) return `unexpected ${kind}: ${actual[0]}`;
    const expected = command.expectations.filter((one) => one.kind === kind);
    if (expected.length === 0) continue;
    for (const one of expected) {
      if (!actual.some((text) => matches(one, text))) {
        return `missing ${kind} ${JSON.stringify(one.text)}, got ${JSON.stringify(actual)}`;
      }
    }
    const extra = actual.find((text) => !expected.some((one) => matches(one, text)));
    if (extra !== undefined) return `unexpected ${kind}: ${extra}`;
  }
  return null;
}

function compareValues(command: EvalCommand, answer: Extract<Answer, { ok: true }>): string | null {
  if (command.text !== null) {
    if (answer.type !== 'string') return `expected a string, got ${answer.type}`;
    return answer.text === command.text ? null : `got ${JSON.stringify(answer.text)}`;
  }
  if (command.scalar !== null) return compareScalar(command.scalar, answer);
  if (answer.type === 'scalar' || answer.type === 'string') {
    return `expected series, got a ${answer.type}`;
  }
  if (command.rangeVector !== null) {
    const { startMs, stepMs } = command.rangeVector;
    return compareSeries(command, answer.series, (i) => startMs + i * stepMs);
  }
  if (!command.instant) {
    return (
      compareSeries(command, answer.series, (i) => command.startMs + i * command.stepMs) ??
      compareSorting(answer.series)
    );
  }
  if (answer.type === 'matrix') return 'expected an instant vector, got a range vector';
  return compareVector(command, answer.series);
}

function compareScalar(want: number, answer: Extract<Answer, { ok: true }>): string | null {
  if (answer.type !== 'scalar') return `expected a scalar, got ${answer.type}`;
  for (const { v } of answer.scalars) {
    if (!almostEqual(v, want)) return `got scalar ${v}, want ${want}`;
  }
  return answer.scalars.length === 0 ? 'no value' : null;
}

/** Compares an instant vector: one point per series. */
export function compareVector(
  command: EvalCommand,
  series: readonly AnswerSeries[],
): string | null {
  const difference = compareSeries(command, series, null);
  if (difference !== null || !command.ordered) return difference;
  for (const [i, expected] of command.series.entries()) {
    const actual = series[i];
    if (actual === undefined || labelKey(actual.labels) !== labelKey(expected.labels)) {
      return `expected ${labelKey(expected.labels)} at place ${i + 1}`;
    }
  }
  return null;
}

/** `timeOf(i)` is the time of the i-th expected value; null for an instant vector. */
function compareSeries(
  command: EvalCommand,
  series: readonly AnswerSeries[],
  timeOf: ((i: number) => number) | null,
): string | null {
  const left = new Map<string, AnswerSeries>();
  for (const one of series) {
    const key = labelKey(one.labels);
    if (left.has(key)) return `label set ${key} occurs twice`;
    left.set(key, one);
  }
  for (const expected of command.series) {
    const key = labelKey(expected.labels);
    const actual = left.get(key);
    const points: { t: number | null; want: SeriesValue }[] = [];
    expected.values.forEach((want, i) => {
      if (want !== null) points.push({ t: timeOf === null ? null : timeOf(i), want });
    });
    if (actual === undefined) {
      const got = [...left.keys()].slice(0, 5).join(' ');
      return `no series ${key}; got ${got === '' ? 'nothing' : got}`;
    }
    left.delete(key);
    const difference = comparePoints(points, actual.points);
    if (difference !== null) return `${key}: ${difference}`;
  }
  for (const [key, { points }] of left) return `unexpected series ${key} ${pointText(points[0])}`;
  return null;
}

function comparePoints(
  expected: readonly { t: number | null; want: SeriesValue }[],
  actual: readonly AnswerPoint[],
): string | null {
  if (expected.length !== actual.length) {
    const got = actual.slice(0, 12).map((point) => `${pointText(point)}@${point.t}`);
    return `expected ${expected.length} points, got ${actual.length}: ${got.join(' ')}`;
  }
  for (const [i, { t, want }] of expected.entries()) {
    const got = actual[i];
    if (got === undefined) return 'no point';
    if (t !== null && t !== got.t) return `expected a point at ${t}, got one at ${got.t}`;
    const difference = comparePoint(want, got);
    if (difference !== null) return `at ${got.t}: ${difference}`;
  }
  return null;
}

function comparePoint(want: SeriesValue, got: AnswerPoint): string | null {
  if (want.h === null || got.h === null) {
    if (want.h !== null || got.h !== null) {
      return `got ${pointText(got)}, want ${want.h === null ? want.v : 'a histogram'}`;
    }
    return almostEqual(want.v, got.v) ? null : `got ${got.v}, want ${want.v}`;
  }
  const difference =
    got.h.shape === 'full'
      ? compareHistograms(want.h, got.h.histogram, want.hintSet)
      : compareApiHistogram(want.h, got.h);
  return difference === null ? null : `${difference}; got ${JSON.stringify(got.h)}`;
}

function pointText(point: AnswerPoint | undefined): string {
  if (point === undefined) return 'no point';
  return point.h === null ? String(point.v) : 'a histogram';
}

/** Buckets by index without the empty ones. */
function compact(spans: readonly Span[], buckets: readonly number[]): Map<number, number> {
  const counts = bucketMap(spans, buckets);
  for (const [index, count] of counts) if (count === 0) counts.delete(index);
  return counts;
}

function compareHistograms(want: Histogram, got: Histogram, withHint: boolean): string | null {
  if (want.schema !== got.schema) return `schema ${got.schema}, want ${want.schema}`;
  if (want.zeroThreshold !== got.zeroThreshold) {
    return `zero threshold ${got.zeroThreshold}, want ${want.zeroThreshold}`;
  }
  if (JSON.stringify(want.customValues) !== JSON.stringify(got.customValues)) {
    return `custom bounds ${got.customValues}, want ${want.customValues}`;
  }
  if (withHint && want.resetHint !== got.resetHint) {
    return `counter reset hint ${got.resetHint}, want ${want.resetHint}`;
  }
  for (const key of ['count', 'sum', 'zeroCount'] as const) {
    if (!almostEqual(want[key], got[key])) return `${key} ${got[key]}, want ${want[key]}`;
  }
  return (
    compareBuckets(
      compact(want.positiveSpans, want.positiveBuckets),
      compact(got.positiveSpans, got.positiveBuckets),
    ) ??
    compareBuckets(
      compact(want.negativeSpans, want.negativeBuckets),
      compact(got.negativeSpans, got.negativeBuckets),
    )
  );
}

function compareBuckets(want: Map<number, number>, got: Map<number, number>): string | null {
  for (const [index, count] of want) {
    const other = got.get(index) ?? 0;
    if (!almostEqual(count, other)) return `bucket ${index} has ${other}, want ${count}`;
  }
  for (const index of got.keys()) if (!want.has(index)) return `unexpected bucket ${index}`;
  return null;
}

/** Bounds of the bucket with this index on the positive side. */
function boundsOf(h: Histogram, index: number): { lower: number; upper: number } {
  if (h.schema === CUSTOM_SCHEMA) {
    const lower = index === 0 ? Number.NEGATIVE_INFINITY : (h.customValues[index - 1] ?? 0);
    return { lower, upper: h.customValues[index] ?? Number.POSITIVE_INFINITY };
  }
  const growth = 2 ** -h.schema;
  return { lower: 2 ** ((index - 1) * growth), upper: 2 ** (index * growth) };
}

/** The HTTP API shows neither schema nor zero threshold: compare counts, sum and the list of buckets. */
function compareApiHistogram(
  want: Histogram,
  got: Extract<AnswerHistogram, { shape: 'api' }>,
): string | null {
  if (!almostEqual(want.count, got.count)) return `count ${got.count}, want ${want.count}`;
  if (!almostEqual(want.sum, got.sum)) return `sum ${got.sum}, want ${want.sum}`;
  const expected: { lower: number; upper: number; count: number }[] = [];
  for (const [index, count] of compact(want.negativeSpans, want.negativeBuckets)) {
    const { lower, upper } = boundsOf(want, index);
    expected.push({ lower: -upper, upper: -lower, count });
  }
  for (const [index, count] of compact(want.positiveSpans, want.positiveBuckets)) {
    expected.push({ ...boundsOf(want, index), count });
  }
  // Prometheus shows the zero bucket only where it is positive.
  if (want.zeroCount > 0) {
    const upper = want.zeroThreshold;
    expected.push({ lower: -upper, upper, count: want.zeroCount });
  }
  expected.sort((a, b) => a.lower - b.lower || a.upper - b.upper);
  const actual = [...got.buckets].sort((a, b) => a.lower - b.lower || a.upper - b.upper);
  if (expected.length !== actual.length) {
    return `${actual.length} buckets, want ${expected.length}`;
  }
  for (const [i, one] of expected.entries()) {
    const other = actual[i];
    if (other === undefined) return 'no bucket';
    for (const key of ['lower', 'upper', 'count'] as const) {
      if (!almostEqual(one[key], other[key])) {
        return `bucket ${i}: ${key} ${other[key]}, want ${one[key]}`;
      }
    }
  }
  return null;
}

/** A matrix must be sorted by its labels. */
function compareSorting(series: readonly AnswerSeries[]): string | null {
  for (let i = 1; i < series.length; i++) {
    const a = sortedPairs(series[i - 1]?.labels ?? []);
    const b = sortedPairs(series[i]?.labels ?? []);
    if (comparePairs(a, b) > 0) return `series are not sorted: ${a} before ${b}`;
  }
  return null;
}

function comparePairs(a: readonly string[], b: readonly string[]): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const x = a[i] ?? '';
    const y = b[i] ?? '';
    if (x !== y) return x < y ? -1 : 1;
  }
  return a.length - b.length;
}
