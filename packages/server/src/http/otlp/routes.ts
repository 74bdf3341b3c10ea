/**
 * OTLP over HTTP: metrics, logs and traces in protobuf and JSON, at OpenTelemetry's paths and at Prometheus'.
 *
 * Answers follow the specification (opentelemetry-proto docs/specification.md, "OTLP/HTTP"): the encoding of the request, an empty
 * message for full success, `partial_success` when items were refused, google.rpc.Status for errors, Retry-After where the
 * sender should try again.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { decompressBody } from '../../intake/body.ts';
import { encodeResult, failureOf, ITEMS } from '../../intake/otlp/answers.ts';
import type { OtlpEncoding, OtlpIntake, OtlpSignal } from '../../intake/otlp/otlp-intake.ts';
import { sendError } from '../error-shape.ts';

export interface OtlpDeps {
  otlp: OtlpIntake;
}

/** OpenTelemetry's own path, Prometheus', and Prometheus' without its prefix (Mimir, VictoriaMetrics). */
const PREFIXES = ['', '/api/v1/otlp', '/otlp'];

const CONTENT_TYPES: ReadonlyMap<string, OtlpEncoding> = new Map([
  ['application/x-protobuf', 'protobuf'],
  ['application/json', 'json'],
]);

const SIGNALS: readonly OtlpSignal[] = ['metrics', 'logs', 'traces'];

export function registerOtlp(app: FastifyInstance, deps: OtlpDeps): void {
  for (const prefix of PREFIXES) {
    for (const signal of SIGNALS) registerSignal(app, deps.otlp, signal, `${prefix}/v1/${signal}`);
    registerUnserved(app, deps.otlp, `${prefix}/v1/profiles`);
  }
}

function registerSignal(
  app: FastifyInstance,
  otlp: OtlpIntake,
  signal: OtlpSignal,
  path: string,
): void {
  const { counters } = otlp.intake;
  app.route({
    method: 'POST',
    url: path,
    handler: (request, reply) => take(otlp, signal, request, reply),
    errorHandler: (error, request) => {
      // What went wrong before the handler (a body over the cap, a broken connection) is counted too.
      if (request.body === undefined) {
        counters.request('otlp_http', 0);
        counters.failed('otlp_http', error.message);
      }
      throw error;
    },
  });
  app.route({
    method: ['GET', 'PUT', 'PATCH', 'DELETE'],
    url: path,
    handler: (request, reply) => {
      reply.header('allow', 'POST');
      return sendError(request, reply, 405, `${path} takes POST only`);
    },
  });
}

function registerUnserved(app: FastifyInstance, otlp: OtlpIntake, path: string): void {
  const { counters } = otlp.intake;
  app.route({
    method: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
    url: path,
    handler: (request, reply) => {
      const message = 'OTLP profiles are not served: nothing was stored';
      counters.request('otlp_http', request.body instanceof Uint8Array ? request.body.length : 0);
      counters.failed('otlp_http', message);
      return sendError(request, reply, 404, message);
    },
  });
}

async function take(
  otlp: OtlpIntake,
  signal: OtlpSignal,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { intake } = otlp;
  const { counters } = intake;
  const raw = request.body instanceof Uint8Array ? request.body : new Uint8Array(0);
  counters.request('otlp_http', raw.length);
  const encoding = encodingOf(request.headers['content-type']);
  if (encoding === undefined) {
    const message = 'Content-Type must be application/x-protobuf or application/json';
    counters.failed('otlp_http', message);
    return sendError(request, reply, 415, message);
  }
  try {
    const { maxDecompressedBytes } = intake.limits;
    // Nothing is an empty request, whatever it is said to be compressed with.
    const coding = raw.length === 0 ? undefined : request.headers['content-encoding'];
    const body = await decompressBody(raw, coding, maxDecompressedBytes);
    const result = await otlp.take(signal, 'otlp_http', request.tenant, body, encoding);
    const type = encoding === 'json' ? 'application/json' : 'application/x-protobuf';
    return reply.type(type).send(encodeResult(signal, result, encoding));
  } catch (error) {
    const failed = failureOf(error);
    counters.failed('otlp_http', error instanceof Error ? error : String(error), ITEMS[signal]);
    if (failed === undefined) throw error;
    if (failed.retryAfterS !== undefined) reply.header('retry-after', String(failed.retryAfterS));
    return sendError(request, reply, failed.httpStatus, failed.message);
  }
}

function encodingOf(contentType: string | undefined): OtlpEncoding | undefined {
  return CONTENT_TYPES.get((contentType ?? '').split(';', 1).join('').trim().toLowerCase());
}
