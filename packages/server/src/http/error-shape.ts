/**
 * Errors that arise before a route runs (body too large, wrong tenant, no token), in the shape of the API that was asked.
 *
 * OTLP answers with google.rpc.Status in the encoding of the request; remote write and pushes with plain text; the Prometheus
 * API, Loki's and Jaeger's with their JSON, Tempo's with text; everything else is ours: problem+json.
 */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { classicErrorText, v3ErrorText } from './jaeger/errors.ts';
import { lokiError } from './loki/errors.ts';
import { sendProblem } from './problem.ts';

export type ErrorShape =
  | 'otlp'
  | 'text'
  | 'prometheus'
  | 'loki'
  | 'jaeger'
  | 'jaeger v3'
  | 'problem';

const OWN_PATHS = /^\/api\/v1\/(status\/(intake|system)|logs|traces)(\/|$)/;
const TEXT_PATHS = /^\/api\/v1\/(write|push|import)(\/|$)/;
/** Pushes to Loki and Zipkin. */
const PUSH_PATHS = /^(\/loki\/api\/v1\/push|\/api\/prom\/push|(\/zipkin)?\/api\/v2\/spans)$/;
const JAEGER_PATHS =
  /^(?:\/jaeger\/api|\/api(?=\/(?:v3|services|operations|traces|dependencies|transform)(?:\/|$)))(\/v3)?(?:\/|$)/;

/** `path` without the query string. */
export function errorShapeOf(path: string): ErrorShape {
  if (path.startsWith('/v1/') || path.startsWith('/api/v1/otlp/') || path.startsWith('/otlp/'))
    return 'otlp';
  const plain = path.startsWith('/prometheus/') ? path.slice('/prometheus'.length) : path;
  if (plain === '/federate' || TEXT_PATHS.test(plain) || PUSH_PATHS.test(path)) return 'text';
  if (path.startsWith('/loki/api/')) return 'loki';
  if (path.startsWith('/tempo/')) return 'text';
  const jaeger = JAEGER_PATHS.exec(path);
  if (jaeger !== null) return jaeger[1] === undefined ? 'jaeger' : 'jaeger v3';
  if (plain.startsWith('/api/v1/') && !OWN_PATHS.test(plain)) return 'prometheus';
  return 'problem';
}

/** gRPC status codes by HTTP status, as OTLP/HTTP expects them in the body. */
const RPC_CODES: Readonly<Record<number, number>> = {
  400: 3,
  401: 16,
  403: 7,
  404: 5,
  405: 12,
  413: 8,
  415: 3,
  429: 8,
  500: 13,
  503: 14,
};

const PROMETHEUS_TYPES: Readonly<Record<number, string>> = {
  401: 'unauthorized',
  403: 'unauthorized',
  404: 'not_found',
  406: 'not_acceptable',
  429: 'unavailable',
  503: 'unavailable',
};

function errorTypeOf(status: number): string {
  return PROMETHEUS_TYPES[status] ?? (status < 500 ? 'bad_data' : 'internal');
}

export function sendError(
  request: FastifyRequest,
  reply: FastifyReply,
  status: number,
  message: string,
): FastifyReply {
  reply.code(status);
  switch (errorShapeOf(pathOf(request.url))) {
    case 'otlp':
      return sendRpcStatus(request, reply, RPC_CODES[status] ?? 2, message);
    case 'text':
      return reply.type('text/plain; charset=utf-8').send(`${message}\n`);
    case 'prometheus': {
      const body = { status: 'error', errorType: errorTypeOf(status), error: message };
      return reply.type('application/json').send(JSON.stringify(body));
    }
    case 'loki':
      return reply.type('application/json').send(lokiError(status, errorTypeOf(status), message));
    case 'jaeger':
      return reply.type('application/json').send(classicErrorText(status, message));
    case 'jaeger v3':
      return reply.type('application/json').send(v3ErrorText(status, message));
    case 'problem':
      return sendProblem(reply, status, message);
  }
}

function sendRpcStatus(
  request: FastifyRequest,
  reply: FastifyReply,
  code: number,
  message: string,
): FastifyReply {
  const wantsProtobuf = request.headers['content-type']?.startsWith('application/x-protobuf');
  if (wantsProtobuf !== true) {
    return reply.type('application/json').send(JSON.stringify({ code, message }));
  }
  // google.rpc.Status: int32 code = 1, string message = 2.
  const text = Buffer.from(message.slice(0, 1000), 'utf8');
  const length = text.length < 128 ? [text.length] : [(text.length & 127) | 128, text.length >> 7];
  const head = Buffer.from([0x08, code, 0x12, ...length]);
  return reply.type('application/x-protobuf').send(Buffer.concat([head, text]));
}

export function pathOf(url: string): string {
  const question = url.indexOf('?');
  return question < 0 ? url : url.slice(0, question);
}
