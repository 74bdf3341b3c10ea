/**
 * Memory for the many short columns of one query.
 *
 * Model: a column of a dozen steps is a piece of a chunk, because a typed array of its own costs an allocation outside of the heap
 * and work for the collector, many times what is then done with it. Chunks grow with what is asked for; long columns get
 * memory of their own.
 *
 * Invariants: a piece begins as zeros and is given out once; a chunk lives as long as any piece of it.
 */
const FIRST_CHUNK = 512;
const MAX_CHUNK = 16_384;
/** Longer pieces stand alone, so that the end of a chunk that is left unused stays small. */
const MAX_PIECE = 512;

export class Slab {
  #floats = new Float64Array(0);
  #floatsUsed = 0;
  #bytes = new Uint8Array(0);
  #bytesUsed = 0;

  floats(length: number): Float64Array {
    if (length > MAX_PIECE) return new Float64Array(length);
    if (this.#floatsUsed + length > this.#floats.length) {
      this.#floats = new Float64Array(nextChunk(this.#floats.length));
      this.#floatsUsed = 0;
    }
    const from = this.#floatsUsed;
    this.#floatsUsed += length;
    return this.#floats.subarray(from, from + length);
  }

  bytes(length: number): Uint8Array {
    if (length > MAX_PIECE) return new Uint8Array(length);
    if (this.#bytesUsed + length > this.#bytes.length) {
      this.#bytes = new Uint8Array(nextChunk(this.#bytes.length));
      this.#bytesUsed = 0;
    }
    const from = this.#bytesUsed;
    this.#bytesUsed += length;
    return this.#bytes.subarray(from, from + length);
  }
}

function nextChunk(length: number): number {
  return Math.min(MAX_CHUNK, Math.max(FIRST_CHUNK, length * 2));
}
