/**
 * Spans to an ExportTraceServiceRequest (decode-traces.ts is its counterpart).
 *
 * Model: spans are written as they come, each behind those of its scope, into buffers that are used again for the next request; so that no span is kept
 * and nothing large is allocated but the request itself. Tells of at most MAX_SCOPES scopes between requests.
 *
 * A span is taken in the form in which OpenTelemetry's SDK for JavaScript hands it over, so that nothing is copied on the way. Attribute values are
 * strings, numbers, booleans, byte arrays and lists of those; others are left out.
 */
import { ProtobufWriter } from '../protobuf/writer.ts';
import {
  type OtlpAttributes,
  writeAny,
  writeResource,
  writeScope,
  writeVarint,
} from './encode-resource.ts';
import {
  ANY_ARRAY,
  ANY_BYTES,
  KEY_VALUE_KEY,
  KEY_VALUE_VALUE,
  REQUEST_RESOURCE_METRICS,
  SCOPE_METRICS_METRICS,
} from './fields.ts';
import {
  EVENT_ATTRIBUTES,
  EVENT_DROPPED_ATTRIBUTES,
  EVENT_NAME,
  EVENT_TIME,
  LINK_ATTRIBUTES,
  LINK_DROPPED_ATTRIBUTES,
  LINK_SPAN_ID,
  LINK_TRACE_ID,
  LINK_TRACE_STATE,
  SPAN_ATTRIBUTES,
  SPAN_DROPPED_ATTRIBUTES,
  SPAN_DROPPED_EVENTS,
  SPAN_DROPPED_LINKS,
  SPAN_END,
  SPAN_EVENTS,
  SPAN_KIND,
  SPAN_LINKS,
  SPAN_NAME,
  SPAN_PARENT_ID,
  SPAN_SPAN_ID,
  SPAN_START,
  SPAN_STATUS,
  SPAN_TRACE_ID,
  SPAN_TRACE_STATE,
  STATUS_CODE,
  STATUS_MESSAGE,
} from './span-proto.ts';

/** Seconds of Unix time and nanoseconds. */
export type OtlpTime = readonly [seconds: number, nanos: number];

export interface OtlpSpanContext {
  /** 32 and 16 hexadecimal digits. */
  readonly traceId: string;
  readonly spanId: string;
  readonly traceState?: { serialize(): string } | undefined;
}

interface OtlpSpanEvent {
  readonly name: string;
  readonly time: OtlpTime;
  readonly attributes?: Readonly<Record<string, unknown>> | undefined;
  readonly droppedAttributesCount?: number | undefined;
}

interface OtlpSpanLink {
  readonly context: OtlpSpanContext;
  readonly attributes?: Readonly<Record<string, unknown>> | undefined;
  readonly droppedAttributesCount?: number | undefined;
}

interface OtlpScope {
  readonly name: string;
  readonly version?: string | undefined;
}

export interface OtlpSpan {
  readonly name: string;
  /** 0 internal, 1 server, 2 client, 3 producer, 4 consumer: one less than on the wire. */
  readonly kind: number;
  spanContext(): OtlpSpanContext;
  readonly parentSpanContext?: { readonly spanId: string } | undefined;
  readonly startTime: OtlpTime;
  readonly endTime: OtlpTime;
  /** 0 unset, 1 ok, 2 error. */
  readonly status: { readonly code: number; readonly message?: string | undefined };
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly events: readonly OtlpSpanEvent[];
  readonly links: readonly OtlpSpanLink[];
  readonly droppedAttributesCount: number;
  readonly droppedEventsCount: number;
  readonly droppedLinksCount: number;
  readonly instrumentationScope: OtlpScope;
}

/** Of ArrayValue. */
const ARRAY_VALUES = 1;
const FIXED64 = 1;

const MAX_SCOPES = 64;

export class OtlpTraces {
  /** Spans since the last request. */
  count = 0;
  readonly #resource: OtlpAttributes;
  readonly #request = new ProtobufWriter();
  /** Scopes have an identity: a tracer has one. */
  readonly #scopes = new Map<OtlpScope, ProtobufWriter>();

  constructor(resource: OtlpAttributes) {
    this.#resource = resource;
  }

  add(span: OtlpSpan): void {
    const writer = this.#scopes.get(span.instrumentationScope) ?? this.#enter(span);
    // A scope's spans have the number that its metrics have.
    writer.message(SCOPE_METRICS_METRICS, () => writeSpan(writer, span));
    this.count++;
  }

  /** The body of a request with the spans that were added since the last, by scope. */
  finish(): Uint8Array {
    const request = this.#request;
    request.clear();
    request.message(REQUEST_RESOURCE_METRICS, () => {
      writeResource(request, this.#resource);
      for (const [{ name, version = '' }, spans] of this.#scopes) {
        if (spans.length === 0) continue;
        writeScope(request, name, version, () => request.append(spans));
        spans.clear();
      }
    });
    if (this.#scopes.size > MAX_SCOPES) this.#scopes.clear();
    this.count = 0;
    return request.finish();
  }

  #enter({ instrumentationScope }: OtlpSpan): ProtobufWriter {
    const writer = new ProtobufWriter();
    this.#scopes.set(instrumentationScope, writer);
    return writer;
  }
}

function writeSpan(writer: ProtobufWriter, span: OtlpSpan): void {
  const { traceId, spanId, traceState } = span.spanContext();
  writer.hex(SPAN_TRACE_ID, traceId);
  writer.hex(SPAN_SPAN_ID, spanId);
  if (traceState !== undefined) writer.text(SPAN_TRACE_STATE, traceState.serialize());
  if (span.parentSpanContext !== undefined) {
    writer.hex(SPAN_PARENT_ID, span.parentSpanContext.spanId);
  }
  writer.text(SPAN_NAME, span.name);
  writeVarint(writer, SPAN_KIND, span.kind + 1);
  writeTime(writer, SPAN_START, span.startTime);
  writeTime(writer, SPAN_END, span.endTime);
  writeValues(writer, SPAN_ATTRIBUTES, span.attributes);
  writeDropped(writer, SPAN_DROPPED_ATTRIBUTES, span.droppedAttributesCount);
  for (const event of span.events) writer.message(SPAN_EVENTS, () => writeEvent(writer, event));
  writeDropped(writer, SPAN_DROPPED_EVENTS, span.droppedEventsCount);
  for (const link of span.links) writer.message(SPAN_LINKS, () => writeLink(writer, link));
  writeDropped(writer, SPAN_DROPPED_LINKS, span.droppedLinksCount);
  const { code, message } = span.status;
  if (code === 0) return;
  writer.message(SPAN_STATUS, () => {
    if (message !== undefined && message !== '') writer.text(STATUS_MESSAGE, message);
    writeVarint(writer, STATUS_CODE, code);
  });
}

function writeEvent(writer: ProtobufWriter, event: OtlpSpanEvent): void {
  writeTime(writer, EVENT_TIME, event.time);
  writer.text(EVENT_NAME, event.name);
  writeValues(writer, EVENT_ATTRIBUTES, event.attributes ?? {});
  writeDropped(writer, EVENT_DROPPED_ATTRIBUTES, event.droppedAttributesCount);
}

function writeLink(
  writer: ProtobufWriter,
  { context, attributes, droppedAttributesCount }: OtlpSpanLink,
): void {
  writer.hex(LINK_TRACE_ID, context.traceId);
  writer.hex(LINK_SPAN_ID, context.spanId);
  if (context.traceState !== undefined) {
    writer.text(LINK_TRACE_STATE, context.traceState.serialize());
  }
  writeValues(writer, LINK_ATTRIBUTES, attributes ?? {});
  writeDropped(writer, LINK_DROPPED_ATTRIBUTES, droppedAttributesCount);
}

function writeDropped(writer: ProtobufWriter, field: number, count: number | undefined): void {
  if (count !== undefined && count > 0) writeVarint(writer, field, count);
}

/**
 * Seconds times 10^9 is beyond what a number holds exactly: seconds = a * 2^16 + b, so the nanoseconds are a * 10^9 * 2^16 + (b * 10^9 + nanos),
 * and both terms are split at 2^32 before they are added.
 */
function writeTime(writer: ProtobufWriter, field: number, [seconds, nanos]: OtlpTime): void {
  const upper = Math.floor(seconds / 65_536) * 1e9;
  const lower = (seconds % 65_536) * 1e9 + nanos;
  const low = (upper % 65_536) * 65_536 + (lower % 4_294_967_296);
  const high = Math.floor(upper / 65_536) + Math.floor(lower / 4_294_967_296);
  writer.tag(field, FIXED64);
  writer.fixed64(low % 4_294_967_296, high + Math.floor(low / 4_294_967_296));
}

function writeValues(
  writer: ProtobufWriter,
  field: number,
  attributes: Readonly<Record<string, unknown>>,
): void {
  for (const key in attributes) {
    const value = attributes[key];
    if (!isWritable(value)) continue;
    writer.message(field, () => {
      writer.text(KEY_VALUE_KEY, key);
      writer.message(KEY_VALUE_VALUE, () => writeValue(writer, value));
    });
  }
}

type Writable = string | number | boolean | Uint8Array | readonly unknown[];

function isWritable(value: unknown): value is Writable {
  switch (typeof value) {
    case 'string':
    case 'number':
    case 'boolean':
      return true;
    default:
      return Array.isArray(value) || value instanceof Uint8Array;
  }
}

function writeValue(writer: ProtobufWriter, value: Writable): void {
  if (typeof value !== 'object') writeAny(writer, value);
  else if (value instanceof Uint8Array) writer.bytes(ANY_BYTES, value);
  else writeList(writer, value);
}

/** Elements that cannot be written are there as values without content, as null is. */
function writeList(writer: ProtobufWriter, list: readonly unknown[]): void {
  writer.message(ANY_ARRAY, () => {
    for (const element of list) {
      writer.message(ARRAY_VALUES, () => {
        if (isWritable(element) && !Array.isArray(element)) writeValue(writer, element);
      });
    }
  });
}
