/**
 * Request bodies: from compressed to plain, under two caps: of one body, and of all that are being uncompressed at a time.
 *
 * Invariants: a bomb costs no more than the cap, and many of them no more than MAX_HELD_BYTES: 64 MiB of zeros take 250 bytes to
 * send, so that a bound on what is received is none on what comes of it. No encoding is guessed; chained encodings are refused.
 * Snappy is remote write's alone (wire's snappy.ts).
 */
import {
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createZstdDecompress,
} from 'node:zlib';

/**
 * A body that cannot be used: 400 not what its encoding says, 413 over the cap, 415 an encoding that is not supported, 503 too much at
 * once.
 */
export class BodyError extends Error {
  override readonly name = 'BodyError';
  readonly status: 400 | 413 | 415 | 503;

  constructor(status: 400 | 413 | 415 | 503, message: string) {
    super(message);
    this.status = status;
  }
}

/** What is uncompressed at a time: in zlib's own steps of 16 KiB a body of 400 KB takes a third more time. */
const MIN_CHUNK_BYTES = 16 * 1024;
const MAX_CHUNK_BYTES = 256 * 1024;

/** Four of the largest bodies. */
const MAX_HELD_BYTES = 256 * 1024 * 1024;
/** Bytes of all bodies that are being uncompressed. */
let heldBytes = 0;

type Decompressor = ReturnType<typeof createGunzip | typeof createZstdDecompress>;

const decompressors: ReadonlyMap<string, (options: { chunkSize: number }) => Decompressor> =
  new Map<string, (options: { chunkSize: number }) => Decompressor>([
    ['gzip', createGunzip],
    ['x-gzip', createGunzip],
    ['deflate', createInflate],
    ['zstd', createZstdDecompress],
    ['br', createBrotliDecompress],
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
  const chunkSize = Math.min(Math.max(body.length * 4, MIN_CHUNK_BYTES), MAX_CHUNK_BYTES);
  return collect(decompress({ chunkSize }), name, body, maxBytes);
}

/** What comes out of `stream`, an encoding's, when `body` goes in. */
function collect(
  stream: Decompressor,
  name: string,
  body: Uint8Array,
  maxBytes: number,
): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const fail = (error: BodyError): void => {
      reject(error);
      stream.destroy();
    };
    stream.on('data', (chunk: Buffer) => {
      if (length + chunk.length > maxBytes) fail(tooLarge(maxBytes));
      // One body always fits.
      else if (heldBytes > length && heldBytes + chunk.length > MAX_HELD_BYTES) {
        fail(new BodyError(503, 'too many request bodies are being uncompressed; try again later'));
      } else {
        length += chunk.length;
        heldBytes += chunk.length;
        chunks.push(chunk);
      }
    });
    stream.once('end', () => {
      const [only] = chunks;
      resolve(chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks, length));
    });
    stream.once('error', (error) => {
      reject(new BodyError(400, `body is not ${name}: ${error.message}`));
    });
    // Comes after the others, however it ended.
    stream.once('close', () => {
      heldBytes -= length;
    });
    stream.end(body);
  });
}

function tooLarge(maxBytes: number): BodyError {
  return new BodyError(413, `body of more than ${maxBytes} bytes when decompressed`);
}
