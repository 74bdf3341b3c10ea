/** For tests: spans as plain objects, written as OTLP requests and read back from a batch. */

import { SpanBatch } from '../model/span-batch.ts';
import { DEFAULT_SPAN_LIMITS, type SpanLimits } from '../model/span-limits.ts';
import { readSpan, type SpanField } from '../model/span-record.ts';
import { decodeOtlpTraces } from './decode-traces.ts';
import {
  bytes,
  double,
  encode,
  type Field,
  fixed,
  message,
  RecordingResolver,
  text,
  varint,
} from './test-payload.ts';

export type Value = string | boolean | bigint | number | Uint8Array;

export interface TestEvent {
  time: bigint;
  name: string;
  attributes: [string, Value][];
}

export interface TestLink {
  traceId: string;
  spanId: string;
  attributes: [string, Value][];
}

export interface TestSpan {
  stream: string;
  traceId: string;
  spanId: string;
  parentId: string;
  name: string;
  kind: number;
  status: number;
  start: bigint;
  end: bigint;
  attributes: [string, Value][];
  events: TestEvent[];
  links: TestLink[];
}

export const SPAN: TestSpan = {
  stream: '{service.name="shop"}',
  traceId: '0102030405060708090a0b0c0d0e0f10',
  spanId: 'a1a2a3a4a5a6a7a8',
  parentId: '',
  name: 'GET /',
  kind: 2,
  status: 0,
  start: 1_700_000_000_000_000_001n,
  end: 1_700_000_000_250_000_003n,
  attributes: [],
  events: [],
  links: [],
};

/** An AnyValue message. */
function anyValue(value: Value): Uint8Array {
  if (typeof value === 'string') return encode(text(1, value));
  if (typeof value === 'boolean') return encode(varint(2, value ? 1 : 0));
  if (typeof value === 'bigint') return Uint8Array.from([24, ...varintBytes(value)]);
  if (value instanceof Uint8Array) return encode(bytes(7, value));
  return encode(double(4, value));
}

function varintBytes(value: bigint): number[] {
  const list: number[] = [];
  let rest = BigInt.asUintN(64, value);
  for (; rest > 127n; rest >>= 7n) list.push(Number(rest & 127n) | 128);
  return [...list, Number(rest)];
}

export const keyValue = (field: number, [key, value]: [string, Value]): Field =>
  message(field, text(1, key), bytes(2, anyValue(value)));

const id = (field: number, hex: string): Field => bytes(field, Buffer.from(hex, 'hex'));

/** The fields of a Span message. */
export function spanFields(span: TestSpan): Field[] {
  const { events, links } = span;
  return [
    id(1, span.traceId),
    id(2, span.spanId),
    id(4, span.parentId),
    text(5, span.name),
    varint(6, span.kind),
    fixed(7, span.start),
    fixed(8, span.end),
    ...span.attributes.map((attribute) => keyValue(9, attribute)),
    ...events.map(({ time, name, attributes }) =>
      message(11, fixed(1, time), text(2, name), ...attributes.map((a) => keyValue(3, a))),
    ),
    ...links.map(({ traceId, spanId, attributes }) =>
      message(13, id(1, traceId), id(2, spanId), ...attributes.map((a) => keyValue(4, a))),
    ),
    message(15, varint(3, span.status)),
  ];
}

/** A request of one resource and one scope. */
export function tracesRequest(
  resource: Field[],
  spans: Field[][],
  scope: Field[] = [],
): Uint8Array {
  const list = spans.map((fields) => message(2, ...fields));
  return encode(message(1, message(1, ...resource), message(2, message(1, ...scope), ...list)));
}

/** Fields as key and value: numbers, booleans, bytes in base64 and JSON all as text. */
export function shown(fields: readonly SpanField[]): [string, string][] {
  return fields.map(({ key, value }) => [key, value]);
}

export interface ShownSpan extends Omit<TestSpan, 'attributes' | 'events' | 'links'> {
  attributes: [string, string][];
  events: { time: bigint; name: string; attributes: [string, string][] }[];
  links: { traceId: string; spanId: string; attributes: [string, string][] }[];
}

/** The spans of a batch. */
export function spansOf(batch: SpanBatch, resolver: RecordingResolver): ShownSpan[] {
  return [...Array(batch.n).keys()].map((row) => {
    const { fields, events, links, ...record } = readSpan(
      batch.side,
      batch.at[row],
      batch.length[row],
    );
    return {
      ...record,
      stream: resolver.series[batch.stream[row] - 1],
      kind: batch.kind[row],
      status: batch.status[row],
      start: nanoseconds(batch.startLo[row], batch.startHi[row]),
      end: nanoseconds(batch.endLo[row], batch.endHi[row]),
      attributes: shown(fields),
      events: events.map(({ timeLo, timeHi, name, fields: own }) => ({
        time: nanoseconds(timeLo, timeHi),
        name,
        attributes: shown(own),
      })),
      links: links.map(({ fields: own, ...ids }) => ({ ...ids, attributes: shown(own) })),
    };
  });
}

const nanoseconds = (low: number, high: number): bigint => (BigInt(high) << 32n) | BigInt(low);

export type DecodeTraces = typeof decodeOtlpTraces;

/** Decodes a body into a batch of its own: its spans, refusals by reason, and explanations. */
export function decodeSpans(
  body: Uint8Array,
  limits: Partial<SpanLimits> = {},
  decode: DecodeTraces = decodeOtlpTraces,
): { spans: ShownSpan[]; rejected: Record<string, number>; rejections: string[] } {
  const batch = new SpanBatch(1);
  const resolver = new RecordingResolver();
  decode(body, resolver, { ...DEFAULT_SPAN_LIMITS, ...limits }, batch);
  return {
    spans: spansOf(batch, resolver),
    rejected: Object.fromEntries(batch.rejected),
    rejections: batch.rejections,
  };
}
