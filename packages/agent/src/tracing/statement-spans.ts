/** Spans of the statements that the database profiler sees (semantic conventions of databases, stable since 1.33). */
import {
  type Attributes,
  context,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { errorText } from '../error-text.ts';
import type { DatabaseTarget, QuerySpans } from '../profiler/call.ts';
import type { Statement } from '../profiler/statement.ts';
import { textOf } from '../profiler/wrapped.ts';

const MAX_MESSAGE = 1000;

/** Where there is no span to belong to, none is made. */
export function statementSpans(tracer: Tracer): QuerySpans {
  return () => {
    const parent = context.active();
    if (trace.getSpan(parent) === undefined) return undefined;
    return (statement, target) => {
      const { operation, table } = statement.labels;
      const name = table === '' ? operation : `${operation} ${table}`;
      const options = { kind: SpanKind.CLIENT, attributes: attributesOf(statement, target) };
      const span = tracer.startSpan(name, options, parent);
      return { end: (error) => end(span, error) };
    };
  };
}

function end(span: Span, error: unknown): void {
  if (error !== undefined) {
    const message = errorText(error).slice(0, MAX_MESSAGE);
    span.setAttribute('error.type', textOf(error, 'code') ?? textOf(error, 'name') ?? 'error');
    span.setStatus({ code: SpanStatusCode.ERROR, message });
  }
  span.end();
}

function attributesOf({ text, labels }: Statement, target: DatabaseTarget): Attributes {
  const { system, namespace, address, port } = target;
  const attributes: Attributes = {
    'db.system.name': system,
    'db.query.text': text,
    'db.operation.name': labels.operation,
  };
  if (labels.table !== '') attributes['db.collection.name'] = labels.table;
  if (namespace !== undefined) attributes['db.namespace'] = namespace;
  if (address !== undefined) attributes['server.address'] = address;
  if (port !== undefined) attributes['server.port'] = port;
  return attributes;
}
