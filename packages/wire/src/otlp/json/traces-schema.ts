/** OTLP/JSON of traces; schema.ts has the parts that all signals share. */
import {
  JsonMessage,
  keyValue,
  one,
  resource,
  scope,
  sub,
  subs,
  TYPE_FIXED64,
  TYPE_ID,
  TYPE_INT32,
  TYPE_STRING,
} from './schema.ts';

const KINDS = ['UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'];
const STATUS_CODES = ['UNSET', 'OK', 'ERROR'];

const named = (prefix: string, names: string[]) =>
  new Map(names.map((name, value) => [`${prefix}${name}`, value]));

const event = new JsonMessage()
  .add('timeUnixNano', one(1, TYPE_FIXED64))
  .add('name', one(2, TYPE_STRING))
  .add('attributes', subs(3, keyValue))
  .add('droppedAttributesCount', one(4, TYPE_INT32));

const link = new JsonMessage()
  .add('traceId', one(1, TYPE_ID))
  .add('spanId', one(2, TYPE_ID))
  .add('traceState', one(3, TYPE_STRING))
  .add('attributes', subs(4, keyValue))
  .add('droppedAttributesCount', one(5, TYPE_INT32));

const status = new JsonMessage()
  .add('message', one(2, TYPE_STRING))
  .add('code', { ...one(3, TYPE_INT32), names: named('STATUS_CODE_', STATUS_CODES) });

const span = new JsonMessage()
  .add('traceId', one(1, TYPE_ID))
  .add('spanId', one(2, TYPE_ID))
  .add('traceState', one(3, TYPE_STRING))
  .add('parentSpanId', one(4, TYPE_ID))
  .add('name', one(5, TYPE_STRING))
  .add('kind', { ...one(6, TYPE_INT32), names: named('SPAN_KIND_', KINDS) })
  .add('startTimeUnixNano', one(7, TYPE_FIXED64))
  .add('endTimeUnixNano', one(8, TYPE_FIXED64))
  .add('attributes', subs(9, keyValue))
  .add('droppedAttributesCount', one(10, TYPE_INT32))
  .add('events', subs(11, event))
  .add('droppedEventsCount', one(12, TYPE_INT32))
  .add('links', subs(13, link))
  .add('droppedLinksCount', one(14, TYPE_INT32))
  .add('status', sub(15, status));

const scopeSpans = new JsonMessage().add('scope', sub(1, scope)).add('spans', subs(2, span));

const resourceSpans = new JsonMessage()
  .add('resource', sub(1, resource))
  .add('scopeSpans', subs(2, scopeSpans));

/** ExportTraceServiceRequest. */
export const TRACES_REQUEST = new JsonMessage().add('resourceSpans', subs(1, resourceSpans));
