/** Large answers are compressed for clients that ask for it, outside the main thread. */
import { constants, gzip } from 'node:zlib';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** Below this, compressing costs more than it saves. */
const MIN_BYTES = 16_384;

/** Sends `body`; `reply` has its status and type already. */
export async function sendBytes(
  request: FastifyRequest,
  reply: FastifyReply,
  body: Uint8Array,
): Promise<FastifyReply> {
  const plain = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  reply.header('vary', 'accept-encoding');
  if (plain.length < MIN_BYTES || !takesGzip(request)) return reply.send(plain);
  const packed = await new Promise<Buffer>((resolve, reject) => {
    gzip(plain, { level: constants.Z_BEST_SPEED }, (error, result) =>
      error === null ? resolve(result) : reject(error),
    );
  });
  return reply.header('content-encoding', 'gzip').send(packed);
}

function takesGzip(request: FastifyRequest): boolean {
  const accepted = request.headers['accept-encoding']?.toString() ?? '';
  return /\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))/.test(accepted);
}
