/** Everything about one span, for our own page. */
import type { SpanRow } from '@sightline/store';
import {
  FIELD_BOOL,
  FIELD_BYTES,
  FIELD_DOUBLE,
  FIELD_INT,
  FIELD_JSON,
  type SpanField,
} from '@sightline/wire';
import { serviceOf } from './jaeger-json.ts';
import { splitFields, splitOwnFields } from './span-parts.ts';
import { durationOf, nanosText } from './times.ts';

/** JSON-able; the shape is declared in http/v1/traces.ts. Values are text, their types stand beside. */
export function spanDetail(row: SpanRow) {
  const { record } = row;
  const parts = splitFields(record.fields);
  return {
    trace_id: record.traceId,
    span_id: record.spanId,
    parent_id: record.parentId,
    name: record.name,
    service: serviceOf(row.stream),
    kind: row.kind,
    status: row.status,
    status_message: parts.statusMessage,
    trace_state: parts.traceState,
    start_ns: nanosText(row.startLo, row.startHi),
    duration_ns: durationOf(row),
    resource: resourceOf(row),
    scope: { name: parts.scopeName, version: parts.scopeVersion },
    attributes: parts.attributes.map(attributeOf),
    events: record.events.map((event) => {
      const { attributes, dropped } = splitOwnFields(event.fields);
      return {
        time_ns: nanosText(event.timeLo, event.timeHi),
        name: event.name,
        attributes: attributes.map(attributeOf),
        dropped_attributes: dropped,
      };
    }),
    links: record.links.map((link) => {
      const { attributes, traceState, dropped } = splitOwnFields(link.fields);
      return {
        trace_id: link.traceId,
        span_id: link.spanId,
        trace_state: traceState,
        attributes: attributes.map(attributeOf),
        dropped_attributes: dropped,
      };
    }),
    dropped_attributes: parts.droppedAttributes,
    dropped_events: parts.droppedEvents,
    dropped_links: parts.droppedLinks,
  };
}

function resourceOf({ stream }: SpanRow) {
  const pairs = stream.toPairs();
  const attributes: ReturnType<typeof attributeOf>[] = [];
  for (let i = 0; i < pairs.length; i += 2) {
    attributes.push({ name: pairs[i], type: 'string', value: pairs[i + 1] });
  }
  return attributes;
}

export type AttributeType = 'string' | 'bool' | 'int' | 'double' | 'bytes' | 'json';

function attributeOf({ key, type, value }: SpanField): {
  name: string;
  type: AttributeType;
  value: string;
} {
  return { name: key, type: typeOf(type), value };
}

function typeOf(type: number): AttributeType {
  switch (type) {
    case FIELD_BOOL:
      return 'bool';
    case FIELD_INT:
      return 'int';
    case FIELD_DOUBLE:
      return 'double';
    case FIELD_BYTES:
      return 'bytes';
    case FIELD_JSON:
      return 'json';
    default:
      return 'string';
  }
}
