/**
 * How often something was seen, by buckets of ten seconds over the last three hours.
 *
 * Model: two parallel columns, the bucket's number (Unix seconds / 10) and its count, ascending; only buckets in which something was
 * seen are there. Invariants: a bucket occurs once; buckets older than the window behind the newest are forgotten.
 */

export const BUCKET_SECONDS = 10;
/** Three hours. */
const WINDOW_BUCKETS = 1080;
const FIRST_CAPACITY = 4;

export class TimeCounts {
  #n = 0;
  #buckets = new Uint32Array(FIRST_CAPACITY);
  #counts = new Float64Array(FIRST_CAPACITY);

  /** Memory that the columns take. */
  get bytes(): number {
    return this.#buckets.byteLength + this.#counts.byteLength;
  }

  /** The newest bucket; 0 when there is none. */
  get newest(): number {
    return this.#n === 0 ? 0 : (this.#buckets[this.#n - 1] ?? 0);
  }

  /** How many buckets have counts. */
  get size(): number {
    return this.#n;
  }

  /** `[bucket, count, buckets since then, count, ...]`. */
  toNumbers(): number[] {
    const numbers: number[] = [];
    for (let i = 0, last = 0; i < this.#n; i++) {
      const bucket = this.#buckets[i] ?? 0;
      numbers.push(bucket - last, this.#counts[i] ?? 0);
      last = bucket;
    }
    return numbers;
  }

  /** The counts of both. */
  plus(other: TimeCounts): TimeCounts {
    const sum = new TimeCounts();
    for (const one of [this, other]) {
      for (let i = 0; i < one.#n; i++) sum.add(one.#buckets[i] ?? 0, one.#counts[i] ?? 0);
    }
    return sum;
  }

  add(bucket: number, count: number): void {
    const last = this.#n - 1;
    if (last >= 0 && this.#buckets[last] === bucket) {
      this.#counts[last] = (this.#counts[last] ?? 0) + count;
      return;
    }
    const { newest } = this;
    if (bucket + WINDOW_BUCKETS <= newest) return;
    let at = this.#n;
    while (at > 0 && (this.#buckets[at - 1] ?? 0) >= bucket) at--;
    if (at < this.#n && this.#buckets[at] === bucket) {
      this.#counts[at] = (this.#counts[at] ?? 0) + count;
      return;
    }
    const before = this.#n;
    if (before === this.#buckets.length) this.#makeRoom(Math.max(newest, bucket));
    // What was forgotten was at the front.
    at -= before - this.#n;
    if (at < 0) return;
    this.#buckets.copyWithin(at + 1, at, this.#n);
    this.#counts.copyWithin(at + 1, at, this.#n);
    this.#buckets[at] = bucket;
    this.#counts[at] = count;
    this.#n++;
  }

  /** Forgets what is too old, and grows when that was not enough. */
  #makeRoom(newest: number): void {
    let old = 0;
    while (old < this.#n && (this.#buckets[old] ?? 0) + WINDOW_BUCKETS <= newest) old++;
    if (old > 0) {
      this.#buckets.copyWithin(0, old, this.#n);
      this.#counts.copyWithin(0, old, this.#n);
      this.#n -= old;
      if (this.#n * 2 <= this.#buckets.length) return;
    }
    const capacity = this.#buckets.length * 2;
    const buckets = new Uint32Array(capacity);
    buckets.set(this.#buckets);
    const counts = new Float64Array(capacity);
    counts.set(this.#counts);
    this.#buckets = buckets;
    this.#counts = counts;
  }

  /** Counts of the buckets that begin in [fromSeconds, toSeconds], by steps of `stepSeconds`, ascending: `[Unix seconds, count]`. */
  samples(fromSeconds: number, toSeconds: number, stepSeconds: number): [number, number][] {
    const found: [number, number][] = [];
    for (let i = 0; i < this.#n; i++) {
      const seconds = (this.#buckets[i] ?? 0) * BUCKET_SECONDS;
      if (seconds + BUCKET_SECONDS <= fromSeconds || seconds > toSeconds) continue;
      const step = Math.floor(seconds / stepSeconds) * stepSeconds;
      const count = this.#counts[i] ?? 0;
      const last = found.at(-1);
      if (last !== undefined && last[0] === step) last[1] += count;
      else found.push([step, count]);
    }
    return found;
  }
}
