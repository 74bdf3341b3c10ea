/**
 * A histogram as one record of a batch's side buffer (also what the journal holds).
 *
 * Layout, little-endian, no alignment:
 *   i8 schema, u8 reset hint, u16 zero, u32 positive spans, u32 negative spans, u32 positive buckets, u32 negative buckets,
 *   u32 custom values, f64 zero threshold, f64 zero count, f64 count, 8 bytes sum,
 *   spans (i32 offset, u32 length): positive, negative; f64: positive buckets, negative buckets, custom values.
 *
 * Invariant: the bits of the sum are those of the wire. Where a stale marker has passed through a JavaScript number its quiet bit may
 * have been set; nothing else has those bits, so writing restores it.
 */
import { KIND_HISTOGRAM, type MetricBatch, STALE_HI, STALE_LO } from './batch.ts';
import {
  type Histogram,
  RESET_GAUGE,
  RESET_NO,
  RESET_UNKNOWN,
  RESET_YES,
  type ResetHint,
  type Span,
} from './histogram.ts';

const HEADER_BYTES = 56;
const SUM_OFFSET = 48;
const QUIET_STALE_HI = STALE_HI | 0x80000;

const sumValue = new Float64Array(1);
const sumWords = new Uint32Array(sumValue.buffer);

/** Whether a histogram's sum is the stale marker (also after its quiet bit was set on the way). */
export function isStaleHistogram(h: Histogram): boolean {
  if (!Number.isNaN(h.sum)) return false;
  sumValue[0] = h.sum;
  return sumWords[0] === STALE_LO && (sumWords[1] === STALE_HI || sumWords[1] === QUIET_STALE_HI);
}

/** Writes the record of `h` to the side buffer and makes it the value of `row`; series, t and st stay the caller's. */
export function appendHistogram(batch: MetricBatch, row: number, h: Histogram): void {
  const length = histogramRecordBytes(h);
  const offset = batch.reserveSide(length);
  writeHistogram(batch.side, offset, h);
  batch.kind[row] = KIND_HISTOGRAM;
  batch.lo[row] = offset;
  batch.hi[row] = length;
}

export function histogramRecordBytes(h: Histogram): number {
  return (
    HEADER_BYTES +
    8 *
      (h.positiveSpans.length +
        h.negativeSpans.length +
        h.positiveBuckets.length +
        h.negativeBuckets.length +
        h.customValues.length)
  );
}

/** Writes the record at `offset`; `histogramRecordBytes(h)` bytes must be there. */
export function writeHistogram(side: Uint8Array, offset: number, h: Histogram): void {
  const view = new DataView(side.buffer, side.byteOffset + offset, histogramRecordBytes(h));
  view.setInt8(0, h.schema);
  view.setUint8(1, h.resetHint);
  view.setUint16(2, 0);
  view.setUint32(4, h.positiveSpans.length, true);
  view.setUint32(8, h.negativeSpans.length, true);
  view.setUint32(12, h.positiveBuckets.length, true);
  view.setUint32(16, h.negativeBuckets.length, true);
  view.setUint32(20, h.customValues.length, true);
  view.setFloat64(24, h.zeroThreshold, true);
  view.setFloat64(32, h.zeroCount, true);
  view.setFloat64(40, h.count, true);
  if (isStaleHistogram(h)) {
    view.setUint32(SUM_OFFSET, STALE_LO, true);
    view.setUint32(SUM_OFFSET + 4, STALE_HI, true);
  } else {
    view.setFloat64(SUM_OFFSET, h.sum, true);
  }
  let at = HEADER_BYTES;
  for (const spans of [h.positiveSpans, h.negativeSpans]) {
    for (const span of spans) {
      view.setInt32(at, span.offset, true);
      view.setUint32(at + 4, span.length, true);
      at += 8;
    }
  }
  for (const numbers of [h.positiveBuckets, h.negativeBuckets, h.customValues]) {
    for (const number of numbers) {
      view.setFloat64(at, number, true);
      at += 8;
    }
  }
}

/** Reads a record. Throws a RangeError when `length` does not fit its counts (a damaged record). */
export function readHistogram(side: Uint8Array, offset: number, length: number): Histogram {
  const view = new DataView(side.buffer, side.byteOffset + offset, length);
  const positiveSpans = view.getUint32(4, true);
  const negativeSpans = view.getUint32(8, true);
  const positiveBuckets = view.getUint32(12, true);
  const negativeBuckets = view.getUint32(16, true);
  const customValues = view.getUint32(20, true);
  const items = positiveSpans + negativeSpans + positiveBuckets + negativeBuckets + customValues;
  if (HEADER_BYTES + 8 * items !== length) {
    throw new RangeError(`histogram record of ${length} bytes with ${items} items`);
  }
  let at = HEADER_BYTES;
  const spans = (count: number): Span[] => {
    const list: Span[] = [];
    for (let i = 0; i < count; i++, at += 8) {
      list.push({ offset: view.getInt32(at, true), length: view.getUint32(at + 4, true) });
    }
    return list;
  };
  const numbers = (count: number): number[] => {
    const list: number[] = [];
    for (let i = 0; i < count; i++, at += 8) list.push(view.getFloat64(at, true));
    return list;
  };
  return {
    schema: view.getInt8(0),
    resetHint: resetHint(view.getUint8(1)),
    zeroThreshold: view.getFloat64(24, true),
    zeroCount: view.getFloat64(32, true),
    count: view.getFloat64(40, true),
    sum: view.getFloat64(SUM_OFFSET, true),
    positiveSpans: spans(positiveSpans),
    negativeSpans: spans(negativeSpans),
    positiveBuckets: numbers(positiveBuckets),
    negativeBuckets: numbers(negativeBuckets),
    customValues: numbers(customValues),
  };
}

/** The hint of a number from outside; unknown ones mean `RESET_UNKNOWN`. */
export function resetHint(value: number): ResetHint {
  return value === 1
    ? RESET_YES
    : value === 2
      ? RESET_NO
      : value === 3
        ? RESET_GAUGE
        : RESET_UNKNOWN;
}
