/**
 * Request bodies: from compressed to plain, under a cap.
 *
 * Invariant: zlib stops at `maxOutputLength`, so that a bomb costs no more than the cap. No encoding is guessed; chained encodings
 * are refused. Snappy is remote write's alone (wire's snappy.ts).
 */
import { brotliDecompress, gunzip, type InputType, inflate, zstdDecompress } from 'node:zlib';

/** A body that cannot be used: 400 not what its encoding says, 413 over the cap, 415 an encoding that is not supported. */
export class BodyError extends Error {
  override readonly name = 'BodyError';
  readonly status: 400 | 413 | 415;

  constructor(status: 400 | 413 | 415, message: string) {
    super(message);
    this.status = status;
  }
}

/** What is uncompressed at a time: in zlib's own steps of 16 KiB a body of 400 KB takes a third more time. */
const MIN_CHUNK_BYTES = 16 * 1024;
const MAX_CHUNK_BYTES = 256 * 1024;

type Decompress = (
  body: InputType,
  options: { maxOutputLength: number; chunkSize: number },
  done: (error: Error | null, plain: Buffer) => void,
) => void;

const decompressors: ReadonlyMap<string, Decompress> = new Map<string, Decompress>([
  ['gzip', gunzip],
  ['x-gzip', gunzip],
  ['deflate', inflate],
  ['zstd', zstdDecompress],
  ['br', brotliDecompress],
]);

/** Undoes a Content-Encoding (gzip, deflate, zstd, br, identity or none). Throws BodyError. */
export async function decompressBody(
  body: Uint8Array,
  encoding: string | undefined,
  maxBytes: number,
): Promise<Uint8Array> {
  const name = (encoding ?? '').trim().toLowerCase();
  if (name === '' || name === 'identity') {
    if (body.length > maxBytes) throw tooLarge(maxBytes);
    return body;
  }
  const decompress = decompressors.get(name);
  if (decompress === undefined) {
    throw new BodyError(
      415,
      `content encoding ${JSON.stringify(name.slice(0, 40))} is not supported`,
    );
  }
  return new Promise((resolve, reject) => {
    const chunkSize = Math.min(Math.max(body.length * 4, MIN_CHUNK_BYTES), MAX_CHUNK_BYTES);
    decompress(body, { maxOutputLength: maxBytes, chunkSize }, (error, plain) => {
      if (error === null) resolve(plain);
      else if ('code' in error && error.code === 'ERR_BUFFER_TOO_LARGE') reject(tooLarge(maxBytes));
      else reject(new BodyError(400, `body is not ${name}: ${error.message}`));
    });
  });
}

function tooLarge(maxBytes: number): BodyError {
  return new BodyError(413, `body of more than ${maxBytes} bytes when decompressed`);
}
