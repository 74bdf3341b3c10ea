/** Compressing an answer where it was made: the main thread only passes it on. */
import { constants, gzipSync } from 'node:zlib';
import type { QueryAnswer } from './requests.ts';

/** Below this, compressing costs more than it saves. */
const MIN_COMPRESSED_BYTES = 16_384;
/** Above this, an answer is sent piece by piece, as the client reads it, and compressed on the way. */
export const MAX_WHOLE_BYTES = 1024 * 1024;
export const GZIP_LEVEL = constants.Z_BEST_SPEED;

/** Whether an answer of so many bytes is compressed for a client that takes gzip. */
export function isWorthGzip(bytes: number): boolean {
  return bytes >= MIN_COMPRESSED_BYTES;
}

/** The answer for a client that takes gzip: compressed when that is worth it and the answer is sent whole. */
export function gzipAnswer(answer: QueryAnswer): QueryAnswer {
  const bytes = answer.body.reduce((sum, piece) => sum + piece.byteLength, 0);
  if (answer.status !== 200 || !isWorthGzip(bytes) || bytes > MAX_WHOLE_BYTES) return answer;
  const packed = gzipSync(Buffer.concat(answer.body, bytes), { level: GZIP_LEVEL });
  // A copy, because memory of Node's own pools cannot go to another thread.
  return { ...answer, body: [new Uint8Array(packed)], gzipped: true };
}
