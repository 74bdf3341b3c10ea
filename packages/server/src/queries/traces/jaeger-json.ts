/**
 * Traces in Jaeger's JSON (internal/uimodel of Jaeger), translated from OTLP as Jaeger's own translation does
 * (opentelemetry-collector-contrib, pkg/translator/jaeger).
 *
 * Model: resources become processes `p1`, `p2`, ... in the order in which spans name them; kind, status, scope and trace state become
 * tags beside the attributes; the parent is the first reference, links follow.
 *
 * Times are microseconds, rounded down. Trace ids always have 32 digits.
 */
import type { Labels, SpanRow } from '@sightline/store';
import {
  FIELD_BOOL,
  FIELD_BYTES,
  FIELD_DOUBLE,
  FIELD_INT,
  type SpanEvent,
  type SpanField,
  type SpanLink,
} from '@sightline/wire';
import { numberOf } from './any-value.ts';
import { splitFields, splitOwnFields } from './span-parts.ts';
import { quoted, type TextPieces } from './text-pieces.ts';
import { durationOf, microsOf } from './times.ts';

/** `span.kind` by the number of the kind; an unspecified one has no tag. */
export const JAEGER_KINDS = ['', 'internal', 'server', 'client', 'producer', 'consumer'];
const STATUS_CODES = ['', 'OK', 'ERROR'];
const ERROR = 2;

/** Writes one trace as an element of `data`. */
export function writeJaegerTrace(traceId: string, rows: Iterable<SpanRow>, into: TextPieces): void {
  const processes = new Map<Labels, string>();
  into.push(`{"traceID":"${traceId}","spans":[`);
  let comma = '';
  for (const row of rows) {
    let process = processes.get(row.stream);
    if (process === undefined) {
      process = `p${processes.size + 1}`;
      processes.set(row.stream, process);
    }
    into.push(comma + spanJson(row, process));
    comma = ',';
  }
  const list = [...processes].map(([stream, id]) => `"${id}":${processJson(stream)}`);
  into.push(`],"processes":{${list.join()}},"warnings":null}`);
}

function processJson(stream: Labels): string {
  const pairs = stream.toPairs();
  const tags: string[] = [];
  for (let i = 0; i < pairs.length; i += 2) {
    if (pairs[i] !== 'service.name') tags.push(textTag(pairs[i], pairs[i + 1]));
  }
  return `{"serviceName":${quoted(serviceOf(stream))},"tags":[${tags.join()}]}`;
}

export function serviceOf(stream: Labels): string {
  return stream.get('service.name') || stream.get('service_name');
}

function spanJson(row: SpanRow, process: string): string {
  const { record } = row;
  return (
    `{"traceID":"${record.traceId}","spanID":"${record.spanId}","operationName":${quoted(record.name)},` +
    `"references":[${referencesOf(row).join()}],"startTime":${microsOf(row.startLo, row.startHi)},` +
    `"duration":${Math.floor(durationOf(row) / 1000)},"tags":[${tagsOf(row).join()}],` +
    `"logs":[${record.events.map(logJson).join()}],"processID":"${process}","warnings":null}`
  );
}

function referencesOf({ record }: SpanRow): string[] {
  const references = record.links.map((link) =>
    referenceJson(isChildOf(link) ? 'CHILD_OF' : 'FOLLOWS_FROM', link.traceId, link.spanId),
  );
  if (record.parentId !== '') {
    references.unshift(referenceJson('CHILD_OF', record.traceId, record.parentId));
  }
  return references;
}

/** OpenTracing's second kind of reference, as the Collector keeps it in a link. */
function isChildOf({ fields }: SpanLink): boolean {
  return fields.some(({ key, value }) => key === 'opentracing.ref_type' && value === 'child_of');
}

function referenceJson(type: string, traceId: string, spanId: string): string {
  return `{"refType":"${type}","traceID":"${traceId}","spanID":"${spanId}"}`;
}

function tagsOf(row: SpanRow): string[] {
  const parts = splitFields(row.record.fields);
  const tags: string[] = [];
  const text = (key: string, value: string): void => {
    if (value !== '') tags.push(textTag(key, value));
  };
  text('otel.scope.name', parts.scopeName);
  text('otel.scope.version', parts.scopeVersion);
  const isError = row.status === ERROR;
  for (const field of parts.attributes) {
    // The status is what counts where both tell of an error.
    if (!(isError && field.key === 'error')) tags.push(tagJson(field));
  }
  text('span.kind', JAEGER_KINDS[row.kind] ?? '');
  text('otel.status_code', STATUS_CODES[row.status] ?? '');
  if (isError) tags.push('{"key":"error","type":"bool","value":true}');
  text('otel.status_description', parts.statusMessage);
  text('w3c.tracestate', parts.traceState);
  count(tags, 'otel.dropped_attributes_count', parts.droppedAttributes);
  count(tags, 'otel.dropped_events_count', parts.droppedEvents);
  count(tags, 'otel.dropped_links_count', parts.droppedLinks);
  return tags;
}

function count(tags: string[], key: string, value: number): void {
  if (value > 0) tags.push(`{"key":"${key}","type":"int64","value":${value}}`);
}

function logJson(event: SpanEvent): string {
  const { attributes } = splitOwnFields(event.fields);
  const fields = attributes.map(tagJson);
  if (event.name !== '' && !attributes.some(({ key }) => key === 'event')) {
    fields.unshift(textTag('event', event.name));
  }
  const timestamp = microsOf(event.timeLo, event.timeHi);
  return `{"timestamp":${timestamp},"fields":[${fields.join()}]}`;
}

function textTag(key: string, value: string): string {
  return `{"key":${quoted(key)},"type":"string","value":${quoted(value)}}`;
}

function tagJson({ key, type, value }: SpanField): string {
  switch (type) {
    case FIELD_BOOL:
      return `{"key":${quoted(key)},"type":"bool","value":${value}}`;
    case FIELD_INT: {
      // Jaeger writes integers that JavaScript cannot hold as text.
      const shown = Number.isSafeInteger(Number(value)) ? value : `"${value}"`;
      return `{"key":${quoted(key)},"type":"int64","value":${shown}}`;
    }
    case FIELD_DOUBLE: {
      const number = numberOf(value);
      const shown = Number.isFinite(number) ? String(number) : `"${value}"`;
      return `{"key":${quoted(key)},"type":"float64","value":${shown}}`;
    }
    case FIELD_BYTES:
      return `{"key":${quoted(key)},"type":"binary","value":"${value}"}`;
    default:
      return textTag(key, value);
  }
}
