/**
 * Spans of what the application asks of others with fetch or undici, which both tell of their requests on the same channels of
 * node:diagnostics_channel. The trace goes along as a `traceparent` header.
 */
import { channel } from 'node:diagnostics_channel';
import {
  type Attributes,
  context,
  propagation,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { knownMethod } from '../http/endpoints.ts';
import { numberOf, propertyOf, textOf } from '../profiler/wrapped.ts';

const MAX_URL = 300;
const MAX_MESSAGE = 1000;

/** Makes spans from now on; the function returned ends that. Where there is no span to belong to, none is made. */
export function clientSpans(tracer: Tracer): () => void {
  const spans = new WeakMap<object, Span>();
  const spanOf = (message: unknown): Span | undefined => {
    const request = propertyOf(message, 'request');
    return typeof request === 'object' && request !== null ? spans.get(request) : undefined;
  };
  const listeners: Readonly<Record<string, (message: unknown) => void>> = {
    'undici:request:create': (message) => {
      const request = propertyOf(message, 'request');
      const parent = context.active();
      if (typeof request !== 'object' || request === null) return;
      if (trace.getSpan(parent) === undefined) return;
      const span = begin(tracer, request);
      spans.set(request, span);
      propagation.inject(trace.setSpan(parent, span), request, { set: addHeader });
    },
    'undici:request:headers': (message) => {
      const status = numberOf(propertyOf(message, 'response'), 'statusCode');
      const span = spanOf(message);
      if (status === undefined) return;
      span?.setAttribute('http.response.status_code', status);
      if (status >= 400) span?.setStatus({ code: SpanStatusCode.ERROR });
    },
    'undici:request:trailers': (message) => spanOf(message)?.end(),
    'undici:request:error': (message) => {
      const error = propertyOf(message, 'error');
      const span = spanOf(message);
      const text = (textOf(error, 'message') ?? '').slice(0, MAX_MESSAGE);
      span?.setAttribute('error.type', textOf(error, 'code') ?? textOf(error, 'name') ?? 'error');
      span?.setStatus({ code: SpanStatusCode.ERROR, message: text });
      span?.end();
    },
  };
  const guarded = Object.entries(listeners).map(
    ([name, listener]) => [name, harmless(listener)] as const,
  );
  for (const [name, listener] of guarded) channel(name).subscribe(listener);
  return () => {
    for (const [name, listener] of guarded) channel(name).unsubscribe(listener);
  };
}

/** What a listener of a channel throws would be an uncaught exception of the application. */
function harmless(listener: (message: unknown) => void): (message: unknown) => void {
  return (message) => {
    try {
      listener(message);
    } catch {
      // The request goes on; its span may be missing.
    }
  };
}

function begin(tracer: Tracer, request: object): Span {
  const method = knownMethod(textOf(request, 'method'));
  const origin = String(propertyOf(request, 'origin') ?? '');
  const path = (textOf(request, 'path') ?? '').replace(/\?.*$/s, '');
  const attributes: Attributes = {
    'http.request.method': method,
    'url.full': `${origin}${path}`.slice(0, MAX_URL),
  };
  const server = URL.parse(origin);
  if (server !== null) {
    attributes['server.address'] = server.hostname;
    const port = server.port || (server.protocol === 'https:' ? '443' : '80');
    attributes['server.port'] = Number(port);
  }
  return tracer.startSpan(method, { kind: SpanKind.CLIENT, attributes });
}

function addHeader(request: object, name: string, value: string): void {
  const add: unknown = Reflect.get(request, 'addHeader');
  if (typeof add === 'function') Reflect.apply(add, request, [name, value]);
}
