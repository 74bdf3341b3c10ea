/**
 * When something was last handed over, so that it does not go with every request: the metadata of metrics.
 *
 * Model: a direct-mapped table from a 128-bit hash to the time last noted for it. Two keys that meet in one slot push each other
 * out, which only means that something is sent again. Memory is fixed.
 */
const SLOTS = 8192;

export class RecentTimes {
  readonly #keys = new Uint32Array(SLOTS * 4);
  readonly #times = new Float64Array(SLOTS).fill(Number.NaN);

  /** The time last noted for the key in `words`, NaN when there is none (any more). */
  get(words: Uint32Array): number {
    const slot = (words[0] ?? 0) & (SLOTS - 1);
    const keys = this.#keys;
    const at = slot * 4;
    const same =
      keys[at] === words[0] &&
      keys[at + 1] === words[1] &&
      keys[at + 2] === words[2] &&
      keys[at + 3] === words[3];
    return same ? (this.#times[slot] ?? Number.NaN) : Number.NaN;
  }

  set(words: Uint32Array, time: number): void {
    const slot = (words[0] ?? 0) & (SLOTS - 1);
    this.#keys.set(words, slot * 4);
    this.#times[slot] = time;
  }
}
