/**
 * Histogram literals `{{schema:0 count:3 sum:4 buckets:[1 2]}}` and the little arithmetic that the series notation needs.
 *
 * The arithmetic is written apart from the query engine's on purpose: what loads the data must not share a fault with what is
 * being tested. It handles histograms of one zero threshold and one set of custom bounds.
 */
import {
  CUSTOM_SCHEMA,
  type Histogram,
  RESET_GAUGE,
  RESET_NO,
  RESET_UNKNOWN,
  RESET_YES,
  type ResetHint,
  type Span,
} from '@sightline/wire';
import { NotationError, parseFloatText } from './number-text.ts';

const HINTS: Readonly<Record<string, ResetHint>> = {
  unknown: RESET_UNKNOWN,
  reset: RESET_YES,
  not_reset: RESET_NO,
  gauge: RESET_GAUGE,
};

/** A literal, braces included. Throws NotationError. */
export function parseHistogram(literal: string): { histogram: Histogram; hintSet: boolean } {
  const fields = new Map<string, string>();
  const field = /\s*([a-z_]+):(\[[^\]]*\]|[^\s\]]+)\s*/y;
  const body = literal.slice(2, -2).trim();
  while (field.lastIndex < body.length) {
    const at = field.lastIndex;
    const match = field.exec(body);
    if (match === null) throw new NotationError(`bad histogram at ${body.slice(at)}`);
    const [, key = '', value = ''] = match;
    if (fields.has(key)) throw new NotationError(`duplicate key "${key}" in histogram`);
    fields.set(key, value);
  }
  const number = (key: string) => parseFloatText(fields.get(key) ?? '0');
  const list = (key: string) =>
    (fields.get(key) ?? '[]').slice(1, -1).trim().split(/\s+/).filter(Boolean).map(parseFloatText);
  const hint = fields.get('counter_reset_hint');
  const positiveBuckets = list('buckets');
  const negativeBuckets = list('n_buckets');
  return {
    hintSet: hint !== undefined,
    histogram: {
      schema: number('schema'),
      resetHint: HINTS[hint ?? 'unknown'] ?? RESET_UNKNOWN,
      zeroThreshold: number('z_bucket_w'),
      zeroCount: number('z_bucket'),
      count: number('count'),
      sum: number('sum'),
      positiveSpans: oneSpan(number('offset'), positiveBuckets.length),
      negativeSpans: oneSpan(number('n_offset'), negativeBuckets.length),
      positiveBuckets,
      negativeBuckets,
      customValues: list('custom_values'),
    },
  };
}

function oneSpan(offset: number, length: number): Span[] {
  return length === 0 ? [] : [{ offset, length }];
}

/** `a + sign * b`, in the schema of `a` (which must not be finer than that of `b`). */
export function combineHistograms(a: Histogram, b: Histogram, sign: 1 | -1): Histogram {
  const shift = a.schema === CUSTOM_SCHEMA ? 0 : b.schema - a.schema;
  const side = (
    spans: readonly Span[],
    buckets: readonly number[],
    otherSpans: readonly Span[],
    otherBuckets: readonly number[],
  ) => {
    const counts = bucketMap(spans, buckets);
    for (const [index, count] of bucketMap(otherSpans, otherBuckets)) {
      const target = shift === 0 ? index : ((index - 1) >> shift) + 1;
      counts.set(target, (counts.get(target) ?? 0) + sign * count);
    }
    return fromBucketMap(counts);
  };
  const positive = side(a.positiveSpans, a.positiveBuckets, b.positiveSpans, b.positiveBuckets);
  const negative = side(a.negativeSpans, a.negativeBuckets, b.negativeSpans, b.negativeBuckets);
  return {
    ...a,
    zeroCount: a.zeroCount + sign * b.zeroCount,
    count: a.count + sign * b.count,
    sum: a.sum + sign * b.sum,
    positiveSpans: positive.spans,
    positiveBuckets: positive.buckets,
    negativeSpans: negative.spans,
    negativeBuckets: negative.buckets,
  };
}

/** Counts by bucket index. */
export function bucketMap(spans: readonly Span[], buckets: readonly number[]): Map<number, number> {
  const counts = new Map<number, number>();
  let index = 0;
  let next = 0;
  for (const span of spans) {
    index += span.offset;
    for (let i = 0; i < span.length; i++) counts.set(index++, buckets[next++] ?? 0);
  }
  return counts;
}

/** Spans and buckets of counts by index; neighbours share a span, empty buckets stay. */
function fromBucketMap(counts: ReadonlyMap<number, number>): {
  spans: Span[];
  buckets: number[];
} {
  const spans: Span[] = [];
  const buckets: number[] = [];
  let end = 0;
  for (const index of [...counts.keys()].sort((x, y) => x - y)) {
    const last = spans.at(-1);
    if (last !== undefined && index === end) last.length++;
    else spans.push({ offset: last === undefined ? index : index - end, length: 1 });
    buckets.push(counts.get(index) ?? 0);
    end = index + 1;
  }
  return { spans, buckets };
}
