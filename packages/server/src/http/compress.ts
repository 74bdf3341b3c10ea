/** Answers of many bytes: in pieces, and compressed for clients that ask for it, outside the main thread. */
import { Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { GZIP_LEVEL, isWorthGzip, MAX_WHOLE_BYTES } from '../queries/gzip.ts';
import type { QueryAnswer } from '../queries/requests.ts';

/** Sends the answer of a query thread, which has compressed it where that was asked for and it is sent whole. */
export function sendAnswer(
  request: FastifyRequest,
  reply: FastifyReply,
  { status, contentType, body, gzipped = false }: QueryAnswer,
): FastifyReply {
  reply.code(status).header('content-type', contentType).header('vary', 'accept-encoding');
  if (gzipped) reply.header('content-encoding', 'gzip');
  const length = body.reduce((sum, piece) => sum + piece.byteLength, 0);
  if (length <= MAX_WHOLE_BYTES) return reply.send(Buffer.concat(body, length));
  const stream = Readable.from(body, { objectMode: false });
  if (gzipped || !isWorthGzip(length) || !takesGzip(request)) {
    return reply.header('content-length', length).send(stream);
  }
  return reply
    .header('content-encoding', 'gzip')
    .send(stream.pipe(createGzip({ level: GZIP_LEVEL })));
}

/** Whether the client accepts gzip. */
export function takesGzip(request: FastifyRequest): boolean {
  const accepted = request.headers['accept-encoding']?.toString() ?? '';
  return /\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))/.test(accepted);
}
