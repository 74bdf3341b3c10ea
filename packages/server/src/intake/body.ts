/**
 * Request bodies: from compressed to plain, under a cap.
 *
 * Invariant: memory for a body is bounded before it is taken: snappy blocks announce their length, and zlib stops at
 * `maxOutputLength`. No encoding is guessed; chained encodings are refused.
 */
import { brotliDecompress, gunzip, type InputType, inflate, zstdDecompress } from 'node:zlib';
import { DecodeError, SnappyTooLargeError, uncompressSnappyBlock } from '@sightline/wire';

/** A body that cannot be used: 400 not what its encoding says, 413 over the cap, 415 an encoding that is not supported. */
export class BodyError extends Error {
  override readonly name = 'BodyError';
  readonly status: 400 | 413 | 415;

  constructor(status: 400 | 413 | 415, message: string) {
    super(message);
    this.status = status;
  }
}

type Decompress = (
  body: InputType,
  options: { maxOutputLength: number },
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
    decompress(body, { maxOutputLength: maxBytes }, (error, plain) => {
      if (error === null) resolve(plain);
      else if ('code' in error && error.code === 'ERR_BUFFER_TOO_LARGE') reject(tooLarge(maxBytes));
      else reject(new BodyError(400, `body is not ${name}: ${error.message}`));
    });
  });
}

/**
 * Uncompresses a snappy block (never the framed format). A result of at most 1 MiB lies in a shared buffer: use it up
 * before anything else runs. Throws BodyError.
 */
export function uncompressSnappy(body: Uint8Array, maxBytes: number): Uint8Array {
  try {
    return uncompressSnappyBlock(body, maxBytes);
  } catch (error) {
    if (error instanceof SnappyTooLargeError) throw new BodyError(413, error.message);
    if (error instanceof DecodeError) throw new BodyError(400, error.message);
    throw error;
  }
}

function tooLarge(maxBytes: number): BodyError {
  return new BodyError(413, `body of more than ${maxBytes} bytes when decompressed`);
}
