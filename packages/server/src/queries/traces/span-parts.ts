/**
 * The fields of a span's record told apart: its attributes, and what OTLP keeps in members of its own (wire's span-batch.ts has the
 * names). Attributes of the scope lie among the span's own and stay there.
 */
import { FIELD_INT, FIELD_STRING, type SpanField } from '@sightline/wire';

export interface SpanParts {
  attributes: SpanField[];
  statusMessage: string;
  traceState: string;
  scopeName: string;
  scopeVersion: string;
  droppedAttributes: number;
  droppedEvents: number;
  droppedLinks: number;
}

const DROPPED_ATTRIBUTES = 'otel.dropped_attributes_count';
const DROPPED_EVENTS = 'otel.dropped_events_count';
const DROPPED_LINKS = 'otel.dropped_links_count';
const TRACE_STATE = 'w3c.tracestate';
export const SCOPE_NAME = 'otel.scope.name';
export const SCOPE_VERSION = 'otel.scope.version';

export function splitFields(fields: readonly SpanField[]): SpanParts {
  const parts: SpanParts = {
    attributes: [],
    statusMessage: '',
    traceState: '',
    scopeName: '',
    scopeVersion: '',
    droppedAttributes: 0,
    droppedEvents: 0,
    droppedLinks: 0,
  };
  for (const field of fields) if (!take(parts, field)) parts.attributes.push(field);
  return parts;
}

function take(parts: SpanParts, { key, type, value }: SpanField): boolean {
  // All the names begin with one of the two; most keys are done here.
  if (!key.startsWith('otel.') && key !== TRACE_STATE) return false;
  if (type === FIELD_INT) {
    if (key === DROPPED_ATTRIBUTES) parts.droppedAttributes = Number(value);
    else if (key === DROPPED_EVENTS) parts.droppedEvents = Number(value);
    else if (key === DROPPED_LINKS) parts.droppedLinks = Number(value);
    else return false;
    return true;
  }
  if (type !== FIELD_STRING) return false;
  if (key === TRACE_STATE) parts.traceState = value;
  else if (key === 'otel.status_description') parts.statusMessage = value;
  else if (key === SCOPE_NAME) parts.scopeName = value;
  else if (key === SCOPE_VERSION) parts.scopeVersion = value;
  else return false;
  return true;
}

export interface OwnFields {
  attributes: readonly SpanField[];
  traceState: string;
  dropped: number;
}

/** Likewise of an event or a link. */
export function splitOwnFields(fields: readonly SpanField[]): OwnFields {
  if (!fields.some(({ key }) => key === DROPPED_ATTRIBUTES || key === TRACE_STATE)) {
    return { attributes: fields, traceState: '', dropped: 0 };
  }
  const { attributes, traceState, droppedAttributes } = splitFields(fields);
  return { attributes, traceState, dropped: droppedAttributes };
}
