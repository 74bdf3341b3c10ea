/** Answers of many bytes: in pieces, and compressed for clients that ask for it, outside the main thread. */
import { Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { GZIP_LEVEL, MAX_WHOLE_BYTES } from '../queries/gzip.ts';
import type { QueryAnswer } from '../queries/requests.ts';

/** Below this, compressing and uncompressing cost more time than a network takes for the rest. */
const MIN_GZIP_BYTES = 16_384;
/** For a client on this machine, where bytes cost next to nothing; a tunnel that ends here may still be glad of it for more. */
const MIN_LOCAL_GZIP_BYTES = 256 * 1024;
const LOOPBACK: ReadonlySet<string | undefined> = new Set(['127.0.0.1', '::1', '::ffff:127.0.0.1']);

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
  if (gzipped || length < gzipFromBytes(request)) {
    return reply.header('content-length', length).send(stream);
  }
  return reply
    .header('content-encoding', 'gzip')
    .send(stream.pipe(createGzip({ level: GZIP_LEVEL })));
}

/** The size from which an answer is compressed for this client; Infinity when it takes no gzip. */
export function gzipFromBytes(request: FastifyRequest): number {
  if (!takesGzip(request)) return Number.POSITIVE_INFINITY;
  return isLocal(request) ? MIN_LOCAL_GZIP_BYTES : MIN_GZIP_BYTES;
}

/** Whether the client runs on this machine, and is no proxy that tells of another. */
function isLocal({ socket, headers }: FastifyRequest): boolean {
  if (!LOOPBACK.has(socket.remoteAddress)) return false;
  const { forwarded, via } = headers;
  return (
    forwarded === undefined &&
    via === undefined &&
    headers['x-forwarded-for'] === undefined &&
    headers['x-real-ip'] === undefined
  );
}

function takesGzip(request: FastifyRequest): boolean {
  const accepted = request.headers['accept-encoding']?.toString() ?? '';
  return /\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))/.test(accepted);
}
