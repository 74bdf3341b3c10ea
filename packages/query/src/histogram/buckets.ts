/**
 * Bucket layouts of native histograms.
 *
 * Model: a histogram stores each side as spans plus counts; arithmetic here works on a `Side`, the same buckets as two parallel
 * lists (ascending bucket index, count). Index i of an exponential histogram with schema s covers (base^(i-1), base^i] with
 * base = 2^(2^-s); index i of a custom histogram covers (customValues[i-1], customValues[i]], open to -Inf and +Inf at the ends.
 *
 * Invariants: indexes ascend strictly within a side; a histogram handed in is never changed.
 */
import { CUSTOM_SCHEMA, type Histogram, type Span } from '@sightline/wire';

export interface Side {
  index: number[];
  count: number[];
}

/** One bucket with its bounds; for the negative side `lower < upper <= 0`. */
export interface Bucket {
  lower: number;
  upper: number;
  count: number;
  index: number;
}

export function usesCustomBuckets(h: Histogram): boolean {
  return h.schema === CUSTOM_SCHEMA;
}

export function sideOf(spans: readonly Span[], counts: readonly number[]): Side {
  const side: Side = { index: [], count: [] };
  let index = 0;
  let next = 0;
  for (const span of spans) {
    index += span.offset;
    for (let i = 0; i < span.length && next < counts.length; i++) {
      side.index.push(index++);
      side.count.push(counts[next++] ?? 0);
    }
  }
  return side;
}

/** The spans of a side: one for each run of consecutive indexes. */
export function spansOf(side: Side): Span[] {
  const spans: Span[] = [];
  let last: Span | undefined;
  let end = 0;
  for (const index of side.index) {
    if (last !== undefined && index === end) last.length++;
    else {
      last = { offset: index - end, length: 1 };
      spans.push(last);
    }
    end = index + 1;
  }
  return spans;
}

const boundTables: Float64Array[] = [Float64Array.of(1)];

/**
 * Bounds of a schema within [1, 2), to the bit those that Prometheus has tabled (model/histogram/generic.go). These are not the nearest
 * doubles: a bound that a schema adds is the bound below it times the schema's base, rounded, and the base of schema 1 is exp(ln2 / 2)
 * in doubles, one step below the root of two. The bases of finer schemas are roots of the one before.
 */
function boundTable(schema: number): Float64Array {
  const known = boundTables[schema];
  if (known !== undefined) return known;
  const coarser = boundTable(schema - 1);
  const base = schema === 1 ? Math.SQRT2 - Number.EPSILON : Math.sqrt(coarser[1] ?? 1);
  const table = new Float64Array(coarser.length * 2);
  for (let i = 0; i < coarser.length; i++) {
    table[i * 2] = coarser[i];
    table[i * 2 + 1] = coarser[i] * base;
  }
  boundTables[schema] = table;
  return table;
}

/** Upper bound of an exponential bucket; the last finite one is the largest double, as in Prometheus. */
export function exponentialBound(index: number, schema: number): number {
  let exponent: number;
  let fraction = 1;
  if (schema < 0) exponent = index * 2 ** -schema;
  else {
    exponent = index >> schema;
    fraction = boundTable(schema)[index & ((1 << schema) - 1)] ?? 1;
  }
  if (exponent === 1024 && fraction === 1) return Number.MAX_VALUE;
  return fraction * 2 ** exponent;
}

function customBound(index: number, bounds: readonly number[]): number {
  if (index < 0) return Number.NEGATIVE_INFINITY;
  return bounds[index] ?? Number.POSITIVE_INFINITY;
}

/** Index in a coarser schema of a bucket of a finer one. */
function coarserIndex(index: number, from: number, to: number): number {
  return ((index - 1) >> (from - to)) + 1;
}

/** The side in a schema that is not finer than the present one. */
export function reduceSide(side: Side, from: number, to: number): Side {
  if (from === to) return side;
  const reduced: Side = { index: [], count: [] };
  for (let i = 0; i < side.index.length; i++) {
    const index = coarserIndex(side.index[i] ?? 0, from, to);
    const last = reduced.index.length - 1;
    if (last >= 0 && reduced.index[last] === index) {
      reduced.count[last] = (reduced.count[last] ?? 0) + (side.count[i] ?? 0);
    } else {
      reduced.index.push(index);
      reduced.count.push(side.count[i] ?? 0);
    }
  }
  return reduced;
}

/** Buckets of the positive side, ascending from the zero bucket. */
export function positiveBuckets(h: Histogram): Bucket[] {
  const side = sideOf(h.positiveSpans, h.positiveBuckets);
  const custom = usesCustomBuckets(h);
  return side.index.map((index, i) => ({
    lower: custom ? customBound(index - 1, h.customValues) : exponentialBound(index - 1, h.schema),
    upper: custom ? customBound(index, h.customValues) : exponentialBound(index, h.schema),
    count: side.count[i] ?? 0,
    index,
  }));
}

/** Buckets of the negative side, descending from the zero bucket. */
export function negativeBuckets(h: Histogram): Bucket[] {
  const side = sideOf(h.negativeSpans, h.negativeBuckets);
  return side.index.map((index, i) => ({
    lower: -exponentialBound(index, h.schema),
    upper: -exponentialBound(index - 1, h.schema),
    count: side.count[i] ?? 0,
    index,
  }));
}

/** Every bucket in ascending order; buckets that reach into the zero bucket are cut at its threshold. */
export function allBuckets(h: Histogram): Bucket[] {
  const threshold = h.zeroThreshold;
  const all: Bucket[] = [];
  for (const bucket of negativeBuckets(h).reverse()) {
    if (bucket.upper < 0 && bucket.upper > -threshold) bucket.upper = -threshold;
    all.push(bucket);
  }
  if (h.zeroCount > 0) {
    all.push({ lower: -threshold, upper: threshold, count: h.zeroCount, index: 0 });
  }
  for (const bucket of positiveBuckets(h)) {
    if (bucket.lower > 0 && bucket.lower < threshold) bucket.lower = threshold;
    all.push(bucket);
  }
  return all;
}

export function sameBounds(a: readonly number[], b: readonly number[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (!Object.is(a[i], b[i])) return false;
  return true;
}

/** Bounds that both lists have. */
export function sharedBounds(a: readonly number[], b: readonly number[]): number[] {
  const known = new Set(b);
  return a.filter((bound) => known.has(bound));
}

/** A side of custom buckets moved to a subset of its bounds: each count goes to the bucket that contains it. */
export function mapToBounds(side: Side, from: readonly number[], to: readonly number[]): Side {
  const counts = new Array<number>(to.length + 1).fill(0);
  let target = 0;
  for (let i = 0; i < side.index.length; i++) {
    const bound = from[side.index[i] ?? 0];
    if (bound === undefined) target = to.length;
    else while (target < to.length && (to[target] ?? 0) < bound) target++;
    counts[target] = (counts[target] ?? 0) + (side.count[i] ?? 0);
  }
  return compactSide({ index: counts.map((_, i) => i), count: counts });
}

/** Without empty buckets. */
export function compactSide(side: Side): Side {
  const compact: Side = { index: [], count: [] };
  for (let i = 0; i < side.index.length; i++) {
    if (side.count[i] === 0) continue;
    compact.index.push(side.index[i] ?? 0);
    compact.count.push(side.count[i] ?? 0);
  }
  return compact;
}
