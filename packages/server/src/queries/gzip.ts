/** Compressing an answer where it was made: the main thread only passes it on. */
import { constants, gzipSync } from 'node:zlib';
import type { QueryAnswer } from './requests.ts';

/** Above this, an answer is sent piece by piece, as the client reads it, and compressed on the way. */
export const MAX_WHOLE_BYTES = 1024 * 1024;
export const GZIP_LEVEL = constants.Z_BEST_SPEED;

/** The answer, compressed when it has at least `fromBytes` and is sent whole. */
export function gzipAnswer(answer: QueryAnswer, fromBytes: number): QueryAnswer {
  const bytes = answer.body.reduce((sum, piece) => sum + piece.byteLength, 0);
  if (answer.status !== 200 || bytes < fromBytes || bytes > MAX_WHOLE_BYTES) return answer;
  const packed = gzipSync(Buffer.concat(answer.body, bytes), { level: GZIP_LEVEL });
  // A copy, because memory of Node's own pools cannot go to another thread.
  return { ...answer, body: [new Uint8Array(packed)], gzipped: true };
}
