/** For tests: OTLP requests written field by field, and a resolver that remembers label sets. */

import { MetricBatch } from '../model/batch.ts';
import { hashWords } from '../model/hash.ts';
import { labelsToPairs } from '../model/label-set.ts';
import type { DecodeLimits, SeriesResolver } from '../model/resolver.ts';
import { ProtobufWriter } from '../protobuf/writer.ts';
import { OtlpMetricsDecoder } from './decode-metrics.ts';
import { DEFAULT_OTLP_OPTIONS, type OtlpOptions } from './options.ts';

/** A field of a message: what `write` does with the writer. */
export type Field = (writer: ProtobufWriter) => void;

export function encode(...fields: Field[]): Uint8Array {
  const writer = new ProtobufWriter();
  for (const field of fields) field(writer);
  return writer.finish();
}

export const text =
  (field: number, value: string): Field =>
  (w) =>
    w.text(field, value);
export const bytes =
  (field: number, value: Uint8Array): Field =>
  (w) =>
    w.bytes(field, value);
export const message =
  (field: number, ...fields: Field[]): Field =>
  (w) =>
    w.message(field, () => {
      for (const write of fields) write(w);
    });
export const varint =
  (field: number, value: number): Field =>
  (w) => {
    w.tag(field, 0);
    w.varint(value);
  };
export const sint =
  (field: number, value: number): Field =>
  (w) => {
    w.tag(field, 0);
    w.sint(value);
  };
export const double =
  (field: number, value: number): Field =>
  (w) => {
    w.tag(field, 1);
    w.double(value);
  };
export const words =
  (field: number, low: number, high: number): Field =>
  (w) => {
    w.tag(field, 1);
    w.fixed64(low, high);
  };
export const fixed =
  (field: number, value: bigint): Field =>
  (w) => {
    w.tag(field, 1);
    w.fixed64(Number(BigInt.asUintN(32, value)), Number(BigInt.asUintN(32, value >> 32n)));
  };
export const packedFixed =
  (field: number, values: number[]): Field =>
  (w) =>
    w.message(field, () => {
      for (const value of values) w.fixed64(value >>> 0, Math.floor(value / 4294967296));
    });
export const packedDoubles =
  (field: number, values: number[]): Field =>
  (w) =>
    w.message(field, () => {
      for (const value of values) w.double(value);
    });
export const packedVarints =
  (field: number, values: number[]): Field =>
  (w) =>
    w.message(field, () => {
      for (const value of values) w.varint(value);
    });

/** A KeyValue with a string value. */
export const attribute = (field: number, key: string, value: string): Field =>
  message(field, text(1, key), message(2, text(1, value)));

/** A request of one resource and one scope; times of points are set with `time`. */
export function request(resource: Field[], metrics: Field[], scope: Field[] = []): Uint8Array {
  return encode(message(1, message(1, ...resource), message(2, message(1, ...scope), ...metrics)));
}

export const time = (ms: number): Field => fixed(3, BigInt(ms) * 1_000_000n);
export const startTime = (ms: number): Field => fixed(2, BigInt(ms) * 1_000_000n);

export function gauge(name: string, unit: string, ...points: Field[][]): Field {
  const data = points.map((point) => message(1, ...point));
  return message(2, text(1, name), text(3, unit), message(5, ...data));
}

/** A sum: temporality 1 delta, 2 cumulative. */
export function sum(
  name: string,
  unit: string,
  temporality: number,
  monotonic: boolean,
  ...points: Field[][]
): Field {
  const data = points.map((point) => message(1, ...point));
  const tail = [varint(2, temporality), varint(3, monotonic ? 1 : 0)];
  return message(2, text(1, name), text(3, unit), message(7, ...data, ...tail));
}

export function histogram(name: string, temporality: number, ...points: Field[][]): Field {
  const data = points.map((point) => message(1, ...point));
  return message(2, text(1, name), text(3, 's'), message(9, ...data, varint(2, temporality)));
}

export function exponential(name: string, temporality: number, ...points: Field[][]): Field {
  const data = points.map((point) => message(1, ...point));
  return message(2, text(1, name), text(3, 's'), message(10, ...data, varint(2, temporality)));
}

export function summary(name: string, ...points: Field[][]): Field {
  const data = points.map((point) => message(1, ...point));
  return message(2, text(1, name), text(3, 's'), message(11, ...data));
}

export const LIMITS: DecodeLimits = {
  minTime: Number.NEGATIVE_INFINITY,
  maxTime: 4_000_000_000_000,
  maxLabels: 64,
  maxLabelNameBytes: 1024,
  maxLabelValueBytes: 16384,
  maxPoints: 500_000,
};

/** Gives handles by label set and counts how often a form was not known. */
export class RecordingResolver implements SeriesResolver {
  /** Label sets as text; the handle is the index + 1. */
  readonly series: string[] = [];
  refusal = '';
  registrations = 0;
  maxSeries = Number.POSITIVE_INFINITY;
  readonly #forms = new Map<string, number>();
  readonly #handles = new Map<string, number>();

  lookup(): number {
    return this.#forms.get(hashWords.join()) ?? 0;
  }

  register(labels: Uint8Array, length: number): number {
    this.registrations++;
    const pairs = labelsToPairs(labels, 0, length);
    const shown = seriesText(pairs);
    let handle = this.#handles.get(shown);
    if (handle === undefined) {
      if (this.series.length >= this.maxSeries) {
        this.refusal = `more than ${this.maxSeries} series`;
        return 0;
      }
      handle = this.series.push(shown);
      this.#handles.set(shown, handle);
    }
    this.#forms.set(hashWords.join(), handle);
    return handle;
  }
}

/** `name{label="value",...}`. */
function seriesText(pairs: readonly string[]): string {
  let name = '';
  const labels: string[] = [];
  for (let i = 0; i < pairs.length; i += 2) {
    if (pairs[i] === '__name__') name = pairs[i + 1] ?? '';
    else labels.push(`${pairs[i]}=${JSON.stringify(pairs[i + 1])}`);
  }
  return `${name}{${labels.join(',')}}`;
}

export interface Decoded {
  batch: MetricBatch;
  resolver: RecordingResolver;
  /** `series value @t` (and ` from st` where there is one) of each float row. */
  rows: string[];
}

/** Decodes a body with a decoder and a resolver of its own. */
export function decode(
  body: Uint8Array,
  options: Partial<OtlpOptions> = {},
  limits: Partial<DecodeLimits> = {},
  resolver = new RecordingResolver(),
): Decoded {
  const batch = new MetricBatch();
  const decoder = new OtlpMetricsDecoder({ ...DEFAULT_OTLP_OPTIONS, ...options });
  decoder.decode(body, resolver, { ...LIMITS, ...limits }, batch);
  return { batch, resolver, rows: rowsText(batch, resolver) };
}

export function rowsText(batch: MetricBatch, resolver: RecordingResolver): string[] {
  const rows: string[] = [];
  const value = new Float64Array(1);
  const bits = new Uint32Array(value.buffer);
  for (let i = 0; i < batch.n; i++) {
    bits[0] = batch.lo[i] ?? 0;
    bits[1] = batch.hi[i] ?? 0;
    const stale = bits[0] === 2 && bits[1] === 0x7ff00000;
    const start = batch.st[i] === 0 ? '' : ` from ${batch.st[i]}`;
    const shown = stale ? 'stale' : String(value[0]);
    rows.push(`${resolver.series[(batch.series[i] ?? 0) - 1]} ${shown} @${batch.t[i]}${start}`);
  }
  return rows;
}
