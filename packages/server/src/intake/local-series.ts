/**
 * The intake worker's stand-in for a tenant's resolver: handles that mean something in one job only.
 *
 * Model: forms (hashes of labels as they lie) stand in an open-addressed table; the canonical labels of local series i are
 * `labels[offsets[i - 1], offsets[i])`. The main thread registers each of them once and maps handles.
 *
 * Invariants: the table is at most half full; everything is cleared between jobs, and given back when a job has made it large.
 */
import { hashWords, type SeriesResolver } from '@sightline/wire';

const FIRST_SLOTS = 1024;
const KEPT_SLOTS = 1 << 17;
const KEPT_LABEL_BYTES = 1 << 22;

export class LocalSeries implements SeriesResolver {
  /** Never refuses: the main thread does. */
  readonly refusal = '';
  count = 0;
  labels = new Uint8Array(16_384);
  /** Ends of the labels of each series; series 1 begins at 0. */
  offsets = new Uint32Array(FIRST_SLOTS / 2);
  /** Five words a slot: handle, then the form. */
  #slots = new Uint32Array(FIRST_SLOTS * 5);
  #mask = FIRST_SLOTS - 1;

  clear(): void {
    this.count = 0;
    if (this.#mask >= KEPT_SLOTS || this.labels.length > KEPT_LABEL_BYTES) {
      this.labels = new Uint8Array(16_384);
      this.offsets = new Uint32Array(FIRST_SLOTS / 2);
      this.#slots = new Uint32Array(FIRST_SLOTS * 5);
      this.#mask = FIRST_SLOTS - 1;
    } else this.#slots.fill(0);
  }

  lookup(): number {
    return this.#slots[this.#find()] ?? 0;
  }

  register(labels: Uint8Array, length: number): number {
    if (this.count * 2 > this.#mask) this.#grow();
    const start = this.count === 0 ? 0 : (this.offsets[this.count - 1] ?? 0);
    const end = start + length;
    if (end > this.labels.length) {
      const bigger = new Uint8Array(Math.max(end, this.labels.length * 2));
      bigger.set(this.labels.subarray(0, start));
      this.labels = bigger;
    }
    this.labels.set(labels.subarray(0, length), start);
    this.offsets[this.count] = end;
    const handle = ++this.count;
    const slot = this.#find();
    this.#slots[slot] = handle;
    this.#slots.set(hashWords, slot + 1);
    return handle;
  }

  /** Where the form in `hashWords` stands or would stand. */
  #find(): number {
    const slots = this.#slots;
    let at = (hashWords[0] ?? 0) & this.#mask;
    while (true) {
      const slot = at * 5;
      if (slots[slot] === 0) return slot;
      if (
        slots[slot + 1] === hashWords[0] &&
        slots[slot + 2] === hashWords[1] &&
        slots[slot + 3] === hashWords[2] &&
        slots[slot + 4] === hashWords[3]
      ) {
        return slot;
      }
      at = (at + 1) & this.#mask;
    }
  }

  #grow(): void {
    const form = hashWords.slice();
    const old = this.#slots;
    const size = (this.#mask + 1) * 2;
    this.#mask = size - 1;
    this.#slots = new Uint32Array(size * 5);
    const offsets = new Uint32Array(size / 2);
    offsets.set(this.offsets);
    this.offsets = offsets;
    for (let slot = 0; slot < old.length; slot += 5) {
      if (old[slot] === 0) continue;
      hashWords.set(old.subarray(slot + 1, slot + 5));
      this.#slots.set(old.subarray(slot, slot + 5), this.#find());
    }
    hashWords.set(form);
  }
}
