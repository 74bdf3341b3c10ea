/** Answers of many bytes: in pieces, and compressed for clients that ask for it, outside the main thread. */
import { Readable } from 'node:stream';
import { constants, createGzip, gzip } from 'node:zlib';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** Below this, compressing costs more than it saves. */
const MIN_COMPRESSED_BYTES = 16_384;
/** Above this, an answer is sent piece by piece, as the client reads it. */
const MAX_WHOLE_BYTES = 1024 * 1024;
const LEVEL = constants.Z_BEST_SPEED;

/** Sends the pieces as one body; `reply` has its status and type already. */
export async function sendPieces(
  request: FastifyRequest,
  reply: FastifyReply,
  pieces: readonly Uint8Array[],
): Promise<FastifyReply> {
  const length = pieces.reduce((sum, piece) => sum + piece.byteLength, 0);
  reply.header('vary', 'accept-encoding');
  const compresses = length >= MIN_COMPRESSED_BYTES && takesGzip(request);
  if (compresses) reply.header('content-encoding', 'gzip');
  if (length <= MAX_WHOLE_BYTES) {
    const whole = Buffer.concat(pieces, length);
    return reply.send(compresses ? await packed(whole) : whole);
  }
  const stream = Readable.from(pieces, { objectMode: false });
  if (compresses) return reply.send(stream.pipe(createGzip({ level: LEVEL })));
  return reply.header('content-length', length).send(stream);
}

function packed(plain: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    gzip(plain, { level: LEVEL }, (error, result) =>
      error === null ? resolve(result) : reject(error),
    );
  });
}

function takesGzip(request: FastifyRequest): boolean {
  const accepted = request.headers['accept-encoding']?.toString() ?? '';
  return /\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))/.test(accepted);
}
