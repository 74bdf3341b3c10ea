/** Spans of the requests that the application answers (semantic conventions of HTTP, stable since 1.23). */
import type { IncomingMessage } from 'node:http';
import {
  type Attributes,
  context,
  propagation,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import type { RequestSpan } from '../http/active-request.ts';
import { UNMATCHED } from '../http/endpoints.ts';
import type { SpanBegin } from '../http/monitor.ts';

const MAX_TEXT = 300;

export function serverSpans(tracer: Tracer): SpanBegin {
  return (request, method) => {
    const { headers } = request;
    const told = headers.traceparent !== undefined || headers.baggage !== undefined;
    const parent = told ? propagation.extract(ROOT_CONTEXT, headers) : ROOT_CONTEXT;
    const options = { kind: SpanKind.SERVER, attributes: attributesOf(request, method) };
    const span = tracer.startSpan(method, options, parent);
    const within = trace.setSpan(parent, span);
    const { traceId, spanId } = span.spanContext();
    const requestSpan: RequestSpan = {
      traceId,
      spanId,
      run: (run) => context.with(within, run),
      end: (endpoint, status, aborted) => {
        if (endpoint !== UNMATCHED) {
          span.updateName(`${method} ${endpoint}`);
          span.setAttribute('http.route', endpoint);
        }
        if (!aborted) span.setAttribute('http.response.status_code', status);
        if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
        else if (aborted) span.setAttribute('error.type', 'client_closed');
        span.end();
      },
    };
    return requestSpan;
  };
}

/** `shop.example`, `127.0.0.1:4400`, `[::1]:4400`. */
function addHost(attributes: Attributes, host: string): void {
  const [, address = '', port] = /^(\[.*\]|[^:]*)(?::(\d{1,5}))?$/.exec(host) ?? [];
  if (address === '') return;
  attributes['server.address'] = address.replace(/^\[|\]$/g, '');
  if (port !== undefined) attributes['server.port'] = Number(port);
}

/** The query is left out: it may hold secrets. */
function attributesOf({ url = '/', headers, socket }: IncomingMessage, method: string): Attributes {
  const query = url.indexOf('?');
  const path = query === -1 ? url : url.slice(0, query);
  const attributes: Attributes = {
    'http.request.method': method,
    'url.path': path.slice(0, MAX_TEXT),
    'url.scheme': socket !== undefined && 'encrypted' in socket ? 'https' : 'http',
  };
  if (headers.host !== undefined) addHost(attributes, headers.host.slice(0, MAX_TEXT));
  const agent = headers['user-agent'];
  if (agent !== undefined) attributes['user_agent.original'] = agent.slice(0, MAX_TEXT);
  return attributes;
}
