/**
 * Encodes remote-write requests from plain objects, both versions, as Prometheus encodes them: labels in the order given, fields with
 * default values left out, packed repeated numbers. For our own agent, tests and benches; compress with `compressSnappy`.
 */

import { type MetricType, STALE_HI, STALE_LO } from '../model/batch.ts';
import { CUSTOM_SCHEMA, type Histogram, RESET_UNKNOWN, type Span } from '../model/histogram.ts';
import { isStaleHistogram } from '../model/histogram-record.ts';
import { ProtobufWriter } from '../protobuf/writer.ts';
import { METRIC_TYPES } from './metadata.ts';

/** Content types and versions of the two protocols, for the headers of a request. */
export const REMOTE_WRITE_V1 = {
  contentType: 'application/x-protobuf',
  version: '0.1.0',
} as const;
export const REMOTE_WRITE_V2 = {
  contentType: 'application/x-protobuf;proto=io.prometheus.write.v2.Request',
  version: '2.0.0',
} as const;

export interface WriteSample {
  /** Unix ms. */
  t: number;
  /** `'stale'` writes the stale marker exactly, which a JavaScript number may not keep. */
  value: number | 'stale';
  /** Start time in Unix ms (2.0 only). */
  st?: number;
}

export interface WriteHistogram {
  /** Unix ms. */
  t: number;
  histogram: Histogram;
  /** Send counts as integers (deltas) instead of floats. */
  integer?: boolean;
  /** Start time in Unix ms (2.0 only). */
  st?: number;
}

export interface WriteExemplar {
  /** Names and values in turn. */
  labels: readonly string[];
  value: number;
  /** Unix ms. */
  t: number;
}

export interface WriteSeries {
  /** Names and values in turn. */
  labels: readonly string[];
  samples?: readonly WriteSample[];
  histograms?: readonly WriteHistogram[];
  exemplars?: readonly WriteExemplar[];
  /** 2.0 only: metadata of the series. */
  metadata?: { type: MetricType; help?: string; unit?: string };
}

/** 1.0 only: metadata of a family. */
export interface WriteMetadata {
  name: string;
  type: MetricType;
  help?: string;
  unit?: string;
}

/** A prometheus.WriteRequest, not compressed. */
export function encodeWriteRequestV1(
  series: readonly WriteSeries[],
  metadata: readonly WriteMetadata[] = [],
): Uint8Array {
  const out = new ProtobufWriter();
  for (const one of series) {
    out.message(1, () => {
      writeLabels(out, 1, one.labels);
      for (const sample of one.samples ?? []) out.message(2, () => writeSample(out, sample, false));
      for (const exemplar of one.exemplars ?? []) {
        out.message(3, () => {
          writeLabels(out, 1, exemplar.labels);
          writeValue(out, exemplar.value);
          writeTime(out, 3, exemplar.t);
        });
      }
      for (const h of one.histograms ?? []) out.message(4, () => writeHistogramV(out, h, false));
    });
  }
  for (const one of metadata) {
    out.message(3, () => {
      writeNumber(out, 1, METRIC_TYPES.indexOf(one.type));
      out.text(2, one.name);
      if (one.help) out.text(4, one.help);
      if (one.unit) out.text(5, one.unit);
    });
  }
  return out.finish();
}

/** An io.prometheus.write.v2.Request, not compressed. */
export function encodeWriteRequestV2(series: readonly WriteSeries[]): Uint8Array {
  const symbols = new SymbolTable();
  const body = new ProtobufWriter();
  for (const one of series) {
    body.message(5, () => {
      writeRefs(body, symbols, one.labels);
      for (const sample of one.samples ?? []) {
        body.message(2, () => writeSample(body, sample, true));
      }
      for (const h of one.histograms ?? []) body.message(3, () => writeHistogramV(body, h, true));
      for (const exemplar of one.exemplars ?? []) {
        body.message(4, () => {
          writeRefs(body, symbols, exemplar.labels);
          writeValue(body, exemplar.value);
          writeTime(body, 3, exemplar.t);
        });
      }
      const metadata = one.metadata;
      if (metadata === undefined) return;
      body.message(5, () => {
        writeNumber(body, 1, METRIC_TYPES.indexOf(metadata.type));
        writeNumber(body, 3, symbols.ref(metadata.help ?? ''));
        writeNumber(body, 4, symbols.ref(metadata.unit ?? ''));
      });
    });
  }
  const out = new ProtobufWriter();
  for (const symbol of symbols.list) out.text(4, symbol);
  const head = out.finish();
  const tail = body.finish();
  const whole = new Uint8Array(head.length + tail.length);
  whole.set(head);
  whole.set(tail, head.length);
  return whole;
}

class SymbolTable {
  readonly list: string[] = [''];
  readonly #refs = new Map<string, number>([['', 0]]);

  ref(text: string): number {
    let ref = this.#refs.get(text);
    if (ref === undefined) {
      ref = this.list.length;
      this.list.push(text);
      this.#refs.set(text, ref);
    }
    return ref;
  }
}

function writeLabels(out: ProtobufWriter, field: number, labels: readonly string[]): void {
  for (let i = 0; i + 1 < labels.length; i += 2) {
    out.message(field, () => {
      out.text(1, labels[i] ?? '');
      out.text(2, labels[i + 1] ?? '');
    });
  }
}

function writeRefs(out: ProtobufWriter, symbols: SymbolTable, labels: readonly string[]): void {
  if (labels.length === 0) return;
  out.message(1, () => {
    for (const text of labels) out.varint(symbols.ref(text));
  });
}

function writeSample(out: ProtobufWriter, sample: WriteSample, withStart: boolean): void {
  if (sample.value === 'stale') {
    out.tag(1, 1);
    out.fixed64(STALE_LO, STALE_HI);
  } else writeDouble(out, 1, sample.value);
  writeTime(out, 2, sample.t);
  if (withStart) writeTime(out, 3, sample.st ?? 0);
}

function writeValue(out: ProtobufWriter, value: number): void {
  writeDouble(out, 2, value);
}

function writeDouble(out: ProtobufWriter, field: number, value: number): void {
  if (Object.is(value, 0)) return;
  out.tag(field, 1);
  out.double(value);
}

function writeTime(out: ProtobufWriter, field: number, t: number): void {
  if (t === 0) return;
  out.tag(field, 0);
  out.int64(t);
}

function writeNumber(out: ProtobufWriter, field: number, value: number): void {
  if (value === 0) return;
  out.tag(field, 0);
  out.varint(value);
}

/** Histogram message: the same in both versions but for the start timestamp. */
function writeHistogramV(out: ProtobufWriter, one: WriteHistogram, withStart: boolean): void {
  const h = one.histogram;
  const integer = one.integer === true;
  if (integer) writeNumber(out, 1, h.count);
  else {
    // A oneof member is written even with its default value: it says which kind the histogram is.
    out.tag(2, 1);
    out.double(h.count);
  }
  if (isStaleHistogram(h)) {
    out.tag(3, 1);
    out.fixed64(STALE_LO, STALE_HI);
  } else writeDouble(out, 3, h.sum);
  if (h.schema !== 0) {
    out.tag(4, 0);
    out.sint(h.schema);
  }
  writeDouble(out, 5, h.zeroThreshold);
  if (integer) writeNumber(out, 6, h.zeroCount);
  else {
    out.tag(7, 1);
    out.double(h.zeroCount);
  }
  writeSpans(out, 8, h.negativeSpans);
  writeBuckets(out, integer ? 9 : 10, h.negativeBuckets, integer);
  writeSpans(out, 11, h.positiveSpans);
  writeBuckets(out, integer ? 12 : 13, h.positiveBuckets, integer);
  if (h.resetHint !== RESET_UNKNOWN) writeNumber(out, 14, h.resetHint);
  writeTime(out, 15, one.t);
  if (h.schema === CUSTOM_SCHEMA) writeBuckets(out, 16, h.customValues, false);
  if (withStart) writeTime(out, 17, one.st ?? 0);
}

function writeSpans(out: ProtobufWriter, field: number, spans: readonly Span[]): void {
  for (const span of spans) {
    out.message(field, () => {
      if (span.offset !== 0) {
        out.tag(1, 0);
        out.sint(span.offset);
      }
      writeNumber(out, 2, span.length);
    });
  }
}

function writeBuckets(
  out: ProtobufWriter,
  field: number,
  buckets: readonly number[],
  asDeltas: boolean,
): void {
  if (buckets.length === 0) return;
  out.message(field, () => {
    let previous = 0;
    for (const count of buckets) {
      if (asDeltas) out.sint(count - previous);
      else out.double(count);
      previous = count;
    }
  });
}
