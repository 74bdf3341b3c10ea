/** What the routes share that take in log records or spans: counting, bodies, and errors in the shape of the path (error-shape.ts). */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { decompressBody } from '../intake/body.ts';
import type { IntakeItem, Protocol } from '../intake/counters.ts';
import { RETRY_LIMIT_S, requestFailure } from '../intake/failure.ts';
import type { RecordIntake, RecordResult } from '../intake/record-intake.ts';
import { sendError } from './error-shape.ts';

export interface RecordRoute {
  paths: readonly string[];
  protocol: Protocol;
  item: IntakeItem;
  /** Stores the body, as it arrived. Rejects with what `requestFailure` knows. */
  take(request: FastifyRequest, body: Uint8Array): Promise<RecordResult>;
  /** Answers a request of which something was stored, or that was empty. */
  answer(reply: FastifyReply, result: RecordResult): FastifyReply;
}

export function registerRecordRoute(
  app: FastifyInstance,
  { intake }: RecordIntake,
  route: RecordRoute,
): void {
  const { counters } = intake;
  const { protocol, item } = route;
  for (const url of route.paths) {
    app.route({
      method: 'POST',
      url,
      handler: async (request, reply) => {
        const body = request.body instanceof Uint8Array ? request.body : new Uint8Array(0);
        counters.request(protocol, body.length);
        try {
          const result = await route.take(request, body);
          if (result.accepted > 0 || result.rejected === 0) return route.answer(reply, result);
          counters.failed(protocol, result.message, item);
          if (!result.isLimited) return sendError(request, reply, 400, result.message);
          reply.header('retry-after', String(RETRY_LIMIT_S));
          return sendError(request, reply, 429, result.message);
        } catch (error) {
          counters.failed(protocol, error instanceof Error ? error : String(error), item);
          const failed = requestFailure(error);
          if (failed === undefined) throw error;
          const { status, message, retryAfterS } = failed;
          if (retryAfterS !== undefined) reply.header('retry-after', String(retryAfterS));
          return sendError(request, reply, status, message);
        }
      },
      errorHandler: (error, request) => {
        // What went wrong before the handler (a body over the cap, a broken connection) is counted too.
        if (request.body === undefined) {
          counters.request(protocol, 0);
          counters.failed(protocol, error.message, item);
        }
        throw error;
      },
    });
  }
}

/** The body without its Content-Encoding; `ignored` are codings that belong to the protocol itself. Rejects with BodyError. */
export function plainBody(
  request: FastifyRequest,
  body: Uint8Array,
  { intake }: RecordIntake,
  ignored = '',
): Promise<Uint8Array> {
  const coding = request.headers['content-encoding'];
  // Nothing is an empty request, whatever it is said to be compressed with.
  const named = body.length === 0 || coding === ignored ? undefined : coding;
  return decompressBody(body, named, intake.limits.maxDecompressedBytes);
}

/** The media type without its parameters, in lower case. */
export function mediaType(request: FastifyRequest): string {
  const [type = ''] = (request.headers['content-type'] ?? '').split(';', 1);
  return type.trim().toLowerCase();
}

/** What a sender is told of a request of which a part was refused. */
export function partlyRefused(
  { accepted, rejected, message }: RecordResult,
  items: string,
): string {
  return `${rejected} ${items} were refused, ${accepted} stored: ${message}`;
}
