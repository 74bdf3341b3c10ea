/**
 * Traces as the JSON of OTLP's ResourceSpans, in the two dialects that clients know.
 *
 * `otlp` is OTLP/JSON: ids in hex, enums as numbers. `tempo` is what Tempo sends (protobuf's own JSON): ids in base64, enums by name.
 * Both leave out what has its default value and write 64-bit integers as text.
 */
import type { Labels, SpanRow } from '@sightline/store';
import {
  FIELD_BOOL,
  FIELD_BYTES,
  FIELD_DOUBLE,
  FIELD_INT,
  FIELD_JSON,
  type SpanEvent,
  type SpanField,
  type SpanLink,
} from '@sightline/wire';
import { type AnyValue, numberOf, valueOfJson } from './any-value.ts';
import type { ResourceGroup, ScopeGroup } from './group-spans.ts';
import { splitFields, splitOwnFields } from './span-parts.ts';
import { quoted, type TextPieces } from './text-pieces.ts';
import { nanosText } from './times.ts';

export type OtlpDialect = 'otlp' | 'tempo';

const KINDS = [
  'SPAN_KIND_UNSPECIFIED',
  'SPAN_KIND_INTERNAL',
  'SPAN_KIND_SERVER',
  'SPAN_KIND_CLIENT',
  'SPAN_KIND_PRODUCER',
  'SPAN_KIND_CONSUMER',
];
const STATUSES = ['STATUS_CODE_UNSET', 'STATUS_CODE_OK', 'STATUS_CODE_ERROR'];

/** Writes the elements of `resourceSpans` of one trace; `first` tells that no element stands before them. */
export function writeResourceSpans(
  groups: readonly ResourceGroup[],
  dialect: OtlpDialect,
  into: TextPieces,
  first: boolean,
): void {
  let comma = first ? '' : ',';
  for (const { stream, scopes } of groups) {
    into.push(`${comma}{"resource":${resourceJson(stream)},"scopeSpans":[`);
    comma = ',';
    let between = '';
    for (const scope of scopes) {
      into.push(between);
      writeScope(scope, dialect, into);
      between = ',';
    }
    into.push(']}');
  }
}

function resourceJson(stream: Labels): string {
  const pairs = stream.toPairs();
  const attributes: string[] = [];
  for (let i = 0; i < pairs.length; i += 2) {
    attributes.push(`{"key":${quoted(pairs[i])},"value":{"stringValue":${quoted(pairs[i + 1])}}}`);
  }
  return attributes.length === 0 ? '{}' : `{"attributes":[${attributes.join()}]}`;
}

function writeScope(
  { name, version, rows }: ScopeGroup,
  dialect: OtlpDialect,
  into: TextPieces,
): void {
  const members: string[] = [];
  if (name !== '') members.push(`"name":${quoted(name)}`);
  if (version !== '') members.push(`"version":${quoted(version)}`);
  into.push(`{"scope":{${members.join()}},"spans":[`);
  let comma = '';
  for (const row of rows) {
    into.push(comma + spanJson(row, dialect));
    comma = ',';
  }
  into.push(']}');
}

function spanJson(row: SpanRow, dialect: OtlpDialect): string {
  const { record } = row;
  const parts = splitFields(record.fields);
  let json = `{"traceId":${idJson(record.traceId, dialect)},"spanId":${idJson(record.spanId, dialect)}`;
  if (parts.traceState !== '') json += `,"traceState":${quoted(parts.traceState)}`;
  if (record.parentId !== '') json += `,"parentSpanId":${idJson(record.parentId, dialect)}`;
  if (record.name !== '') json += `,"name":${quoted(record.name)}`;
  if (row.kind !== 0) json += `,"kind":${dialect === 'otlp' ? row.kind : `"${KINDS[row.kind]}"`}`;
  json += `,"startTimeUnixNano":"${nanosText(row.startLo, row.startHi)}","endTimeUnixNano":"${nanosText(row.endLo, row.endHi)}"`;
  json += attributesMember(parts.attributes);
  if (parts.droppedAttributes > 0) json += `,"droppedAttributesCount":${parts.droppedAttributes}`;
  if (record.events.length > 0) json += `,"events":[${record.events.map(eventJson).join()}]`;
  if (parts.droppedEvents > 0) json += `,"droppedEventsCount":${parts.droppedEvents}`;
  if (record.links.length > 0) {
    json += `,"links":[${record.links.map((link) => linkJson(link, dialect)).join()}]`;
  }
  if (parts.droppedLinks > 0) json += `,"droppedLinksCount":${parts.droppedLinks}`;
  return `${json},"status":${statusJson(row.status, parts.statusMessage, dialect)}}`;
}

function statusJson(status: number, message: string, dialect: OtlpDialect): string {
  const members: string[] = [];
  if (message !== '') members.push(`"message":${quoted(message)}`);
  if (status !== 0) members.push(`"code":${dialect === 'otlp' ? status : `"${STATUSES[status]}"`}`);
  return `{${members.join()}}`;
}

function eventJson(event: SpanEvent): string {
  const { attributes, dropped } = splitOwnFields(event.fields);
  let json = `{"timeUnixNano":"${nanosText(event.timeLo, event.timeHi)}"`;
  if (event.name !== '') json += `,"name":${quoted(event.name)}`;
  json += attributesMember(attributes);
  if (dropped > 0) json += `,"droppedAttributesCount":${dropped}`;
  return `${json}}`;
}

function linkJson(link: SpanLink, dialect: OtlpDialect): string {
  const { attributes, traceState, dropped } = splitOwnFields(link.fields);
  let json = `{"traceId":${idJson(link.traceId, dialect)},"spanId":${idJson(link.spanId, dialect)}`;
  if (traceState !== '') json += `,"traceState":${quoted(traceState)}`;
  json += attributesMember(attributes);
  if (dropped > 0) json += `,"droppedAttributesCount":${dropped}`;
  return `${json}}`;
}

function idJson(hex: string, dialect: OtlpDialect): string {
  return dialect === 'otlp' ? `"${hex}"` : `"${Buffer.from(hex, 'hex').toString('base64')}"`;
}

function attributesMember(fields: readonly SpanField[]): string {
  if (fields.length === 0) return '';
  const list = fields.map(({ key, type, value }) => {
    const any = type === FIELD_JSON ? treeJson(valueOfJson(value)) : scalarJson(type, value);
    return `{"key":${quoted(key)},"value":${any}}`;
  });
  return `,"attributes":[${list.join()}]`;
}

function scalarJson(type: number, value: string): string {
  switch (type) {
    case FIELD_BOOL:
      return `{"boolValue":${value}}`;
    case FIELD_INT:
      return `{"intValue":"${value}"}`;
    case FIELD_DOUBLE:
      return `{"doubleValue":${doubleJson(value)}}`;
    case FIELD_BYTES:
      return `{"bytesValue":"${value}"}`;
    default:
      return `{"stringValue":${quoted(value)}}`;
  }
}

/** Protobuf's JSON names what JSON has no number for. */
function doubleJson(text: string): string {
  const value = numberOf(text);
  if (Number.isFinite(value)) return Object.is(value, -0) ? '-0' : String(value);
  return Number.isNaN(value) ? '"NaN"' : value > 0 ? '"Infinity"' : '"-Infinity"';
}

function treeJson(value: AnyValue): string {
  switch (value.kind) {
    case 'nothing':
      return '{}';
    case 'scalar':
      return scalarJson(value.type, value.value);
    case 'list':
      return `{"arrayValue":{"values":[${value.items.map(treeJson).join()}]}}`;
    case 'entries': {
      const entries = value.entries.map(
        ([key, item]) => `{"key":${quoted(key)},"value":${treeJson(item)}}`,
      );
      return `{"kvlistValue":{"values":[${entries.join()}]}}`;
    }
  }
}
