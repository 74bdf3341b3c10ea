/**
 * Request bodies as one Buffer, under two bounds: the size of one body, and the bytes of all bodies that are held at a time.
 *
 * Memory outside of V8's heap makes V8 collect it all every 64 MB, so the buffers of usual bodies are used again.
 *
 * Invariants: a body that announces a usual length takes its buffer once, after both bounds have been checked; a longer one takes more
 * as it arrives, so that announcing alone holds nothing; what was taken is given back when the response has ended, however it ended.
 */
import type { IncomingMessage } from 'node:http';

export class BodyRefused extends Error {
  override readonly name = 'BodyRefused';
  readonly status: 400 | 413 | 503;
  constructor(status: 400 | 413 | 503, message: string) {
    super(message);
    this.status = status;
  }
}

const SMALLEST_POOLED = 65_536;
const LARGEST_POOLED = 1024 * 1024;
/** Bytes of buffers that wait to be used again. */
const POOLED_BYTES = 4 * 1024 * 1024;

/** Bytes of all request bodies in memory, and the buffers for them. */
export class BodyBudget {
  readonly #free: Buffer[] = [];
  #freeBytes = 0;
  readonly maxBytes: number;
  heldBytes = 0;
  refused = 0;

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
  }

  /** `own`: what the body that takes holds already. */
  take(bytes: number, own: number): void {
    // One body always fits, or a bound below the size of a body would refuse it for ever.
    if (this.heldBytes > own && this.heldBytes + bytes > this.maxBytes) {
      this.refused++;
      throw new BodyRefused(503, 'too many request bodies are being received; try again later');
    }
    this.heldBytes += bytes;
  }

  release(bytes: number): void {
    this.heldBytes -= bytes;
  }

  /** A buffer of at least `bytes`, which may hold what an earlier body has left there. */
  buffer(bytes: number): Buffer {
    if (bytes <= LARGEST_POOLED) {
      const at = this.#free.findIndex(({ length }) => length >= bytes);
      const [buffer] = at < 0 ? [] : this.#free.splice(at, 1);
      if (buffer !== undefined) {
        this.#freeBytes -= buffer.length;
        return buffer;
      }
    }
    return Buffer.allocUnsafeSlow(bytes);
  }

  /** Takes back the buffer of a body that nobody uses any more. */
  reuse(buffer: Buffer): void {
    const { length } = buffer;
    const fits = length >= SMALLEST_POOLED && length <= LARGEST_POOLED;
    if (!fits || this.#freeBytes + length > POOLED_BYTES) return;
    this.#freeBytes += length;
    this.#free.push(buffer);
  }
}

/** The length of a buffer for so many bytes: steps let bodies of about the same size use the same buffers. */
function pooledLength(bytes: number): number {
  if (bytes < SMALLEST_POOLED || bytes > LARGEST_POOLED) return bytes;
  return Math.ceil(bytes / SMALLEST_POOLED) * SMALLEST_POOLED;
}

/** What is taken at once of an announced length. */
const TRUSTED_BYTES = 1024 * 1024;
const MIN_BYTES = 16_384;

/** What one request holds of the budget; grows while the body arrives. */
export interface BodyHold {
  bytes: number;
  /** All of the body's buffer, once it has one. */
  buffer: Buffer | null;
}

/** Rejects with BodyRefused. `hold` counts what the caller must release later, also after a rejection. */
export function readBody(
  stream: IncomingMessage,
  maxBytes: number,
  budget: BodyBudget,
  hold: BodyHold,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const announced = Number(stream.headers['content-length'] ?? Number.NaN);
    const known = Number.isInteger(announced);
    let body: Buffer<ArrayBufferLike> = Buffer.alloc(0);
    let length = 0;

    const take = (bytes: number): void => {
      if (length + bytes > maxBytes || (known && announced > maxBytes)) {
        throw new BodyRefused(413, `the request body is larger than ${maxBytes} bytes`);
      }
      if (length + bytes <= body.length) return;
      const wanted = pooledLength(
        Math.min(
          known ? announced : maxBytes,
          Math.max(body.length * 2, length + bytes, known ? TRUSTED_BYTES : MIN_BYTES),
        ),
      );
      budget.take(wanted - body.length, hold.bytes);
      hold.bytes += wanted - body.length;
      const bigger = budget.buffer(wanted);
      hold.buffer = bigger;
      body.copy(bigger, 0, 0, length);
      body = bigger;
    };
    let refused = false;
    const guarded = (step: () => void): void => {
      try {
        step();
      } catch (error) {
        refused = true;
        stream.removeListener('data', onData);
        discardRest(stream, () => reject(error));
      }
    };
    const onData = (chunk: Buffer): void =>
      guarded(() => {
        take(chunk.length);
        chunk.copy(body, length);
        length += chunk.length;
      });
    stream.on('data', onData);
    let received = false;
    stream.once('end', () => {
      if (refused) return;
      received = true;
      resolve(body.subarray(0, length));
    });
    // Every stream closes: the error, with its stack, is made only for those that broke off.
    const brokeOff = (): void => {
      if (!received) reject(new BodyRefused(400, 'the request body broke off'));
    };
    stream.once('error', brokeOff);
    stream.once('close', brokeOff);
    guarded(() => take(0));
  });
}

/** What is read of a refused body, and for how long, before its sender is answered all the same. */
const DISCARDED_BYTES = 64 * 1024 * 1024;
const DISCARD_MS = 10_000;

/**
 * Reads on without keeping anything, then calls `done`: a sender that is still writing when the connection closes sees a broken
 * connection instead of the answer, and tries again.
 */
function discardRest(stream: IncomingMessage, done: () => void): void {
  let left = DISCARDED_BYTES;
  const finish = (): void => {
    clearTimeout(timer);
    stream.removeListener('data', discard);
    stream.pause();
    done();
  };
  const discard = (chunk: Buffer): void => {
    left -= chunk.length;
    if (left < 0) finish();
  };
  const timer = setTimeout(finish, DISCARD_MS);
  stream.on('data', discard);
  stream.once('end', finish);
  stream.once('close', finish);
}
