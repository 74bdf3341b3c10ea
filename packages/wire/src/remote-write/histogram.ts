/**
 * A native histogram of remote write, both versions (prompb/types.proto, io/prometheus/write/v2/types.proto).
 *
 * Fields: count 1 uint64 | 2 double, sum 3 double, schema 4 sint32, zero threshold 5 double, zero count 6 uint64 | 7 double,
 * negative spans 8, deltas 9 sint64, counts 10 double, positive ones 11, 12, 13, reset hint 14, timestamp 15 int64, custom values 16
 * double, start timestamp 17 int64 (2.0). Span: offset 1 sint32, length 2 uint32. Integer histograms give their buckets as deltas to
 * the bucket before, float histograms as absolute counts.
 */
import { DecodeError } from '../model/decode-error.ts';
import { type Histogram, RESET_UNKNOWN, type Span } from '../model/histogram.ts';
import { resetHint } from '../model/histogram-record.ts';
import { type ProtobufReader, WIRE_BYTES, WIRE_FIXED64, WIRE_VARINT } from '../protobuf/reader.ts';

/** A histogram as it came: buckets already absolute. */
export interface WireHistogram {
  histogram: Histogram;
  /** Whether counts came as integers. */
  integer: boolean;
  /** Unix ms. */
  t: number;
  /** Start time in Unix ms, 0 = unknown. */
  st: number;
}

/** Reads the histogram message that is all of the reader's remaining input. Throws DecodeError. */
export function readWireHistogram(reader: ProtobufReader): WireHistogram {
  const h: Histogram = {
    schema: 0,
    resetHint: RESET_UNKNOWN,
    zeroThreshold: 0,
    zeroCount: 0,
    count: 0,
    sum: 0,
    positiveSpans: [],
    negativeSpans: [],
    positiveBuckets: [],
    negativeBuckets: [],
    customValues: [],
  };
  const wire: WireHistogram = { histogram: h, integer: true, t: 0, st: 0 };
  const positiveDeltas: number[] = [];
  const negativeDeltas: number[] = [];
  while (reader.next()) {
    const field = reader.field;
    if (field === 1) h.count = unsigned(reader);
    else if (field === 2) {
      h.count = double(reader);
      wire.integer = false;
    } else if (field === 3) h.sum = double(reader);
    else if (field === 4) {
      reader.expect(WIRE_VARINT);
      h.schema = reader.sint32();
    } else if (field === 5) h.zeroThreshold = double(reader);
    else if (field === 6) h.zeroCount = unsigned(reader);
    else if (field === 7) h.zeroCount = double(reader);
    else if (field === 8) h.negativeSpans.push(readSpan(reader));
    else if (field === 9) readDeltas(reader, negativeDeltas);
    else if (field === 10) readDoubles(reader, h.negativeBuckets);
    else if (field === 11) h.positiveSpans.push(readSpan(reader));
    else if (field === 12) readDeltas(reader, positiveDeltas);
    else if (field === 13) readDoubles(reader, h.positiveBuckets);
    else if (field === 14) h.resetHint = resetHint(unsigned(reader));
    else if (field === 15) wire.t = signed(reader);
    else if (field === 16) readDoubles(reader, h.customValues);
    else if (field === 17) wire.st = signed(reader);
    else reader.skip();
  }
  if (wire.integer) {
    h.positiveBuckets = summed(positiveDeltas);
    h.negativeBuckets = summed(negativeDeltas);
  }
  return wire;
}

function unsigned(reader: ProtobufReader): number {
  reader.expect(WIRE_VARINT);
  return reader.uint64();
}

function signed(reader: ProtobufReader): number {
  reader.expect(WIRE_VARINT);
  return reader.int64();
}

function double(reader: ProtobufReader): number {
  reader.expect(WIRE_FIXED64);
  return reader.double();
}

function readSpan(reader: ProtobufReader): Span {
  const span: Span = { offset: 0, length: 0 };
  const outer = reader.enter();
  while (reader.next()) {
    if (reader.field === 1) {
      reader.expect(WIRE_VARINT);
      span.offset = reader.sint32();
    } else if (reader.field === 2) {
      reader.expect(WIRE_VARINT);
      span.length = reader.uint32();
    } else reader.skip();
  }
  reader.leave(outer);
  return span;
}

function readDeltas(reader: ProtobufReader, into: number[]): void {
  if (reader.wireType === WIRE_VARINT) {
    into.push(reader.sint64());
    return;
  }
  reader.expect(WIRE_BYTES);
  const outer = reader.enter();
  while (reader.pos < reader.end) into.push(reader.sint64());
  reader.leave(outer);
}

function readDoubles(reader: ProtobufReader, into: number[]): void {
  if (reader.wireType === WIRE_FIXED64) {
    into.push(reader.double());
    return;
  }
  reader.expect(WIRE_BYTES);
  const outer = reader.enter();
  if ((reader.end - reader.pos) % 8 !== 0) {
    throw new DecodeError('packed doubles of odd length', reader.pos);
  }
  while (reader.pos < reader.end) into.push(reader.double());
  reader.leave(outer);
}

function summed(deltas: readonly number[]): number[] {
  let count = 0;
  return deltas.map((delta) => {
    count += delta;
    return count;
  });
}
