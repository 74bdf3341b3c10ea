/**
 * Digests of recent requests, so that a repeat after a lost answer stores nothing twice.
 *
 * Model: 16 bytes -> time of the request, in order of arrival, for 15 minutes. Bounded: past the bound the oldest go first, and a
 * repeat of one of those is stored again (for samples that changes nothing; see the sequence rule in docs/format.md).
 */
const KEEP_MS = 15 * 60_000;
const MAX_DIGESTS = 65_536;

export class Digests {
  readonly #times = new Map<string, number>();

  has(digest: Uint8Array, nowMs: number): boolean {
    const time = this.#times.get(keyOf(digest));
    return time !== undefined && nowMs - time < KEEP_MS;
  }

  add(digest: Uint8Array, timeMs: number): void {
    const key = keyOf(digest);
    this.#times.delete(key);
    this.#times.set(key, timeMs);
    this.#expire(timeMs);
  }

  remove(digest: Uint8Array): void {
    this.#times.delete(keyOf(digest));
  }

  /** Every digest that still counts, for the next journal file. */
  forEach(nowMs: number, visit: (digest: Uint8Array, timeMs: number) => void): void {
    this.#expire(nowMs);
    for (const [key, timeMs] of this.#times) visit(Buffer.from(key, 'latin1'), timeMs);
  }

  #expire(nowMs: number): void {
    for (const [key, timeMs] of this.#times) {
      if (nowMs - timeMs < KEEP_MS && this.#times.size <= MAX_DIGESTS) return;
      this.#times.delete(key);
    }
  }
}

function keyOf(digest: Uint8Array): string {
  return Buffer.from(digest.buffer, digest.byteOffset, 16).toString('latin1');
}
