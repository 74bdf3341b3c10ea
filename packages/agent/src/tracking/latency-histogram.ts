/**
 * How long things took, in fixed room: a log-linear histogram of microseconds, as HdrHistogram has them.
 *
 * Model: below SUB microseconds a bucket is a microsecond wide; above, every power of two is divided into SUB buckets, so a value is
 * known to within 1/(2*SUB) of itself (3 %). Values beyond MAX_US (71 minutes) count as MAX_US.
 *
 * Invariants: room is fixed (BUCKETS numbers of 32 bits); recording makes no object; `count` is the sum of the buckets.
 */
const SUB_BITS = 4;
const SUB = 1 << SUB_BITS;
const MAX_US = 0xffff_ffff;
const BUCKETS = (32 - SUB_BITS + 1) * SUB;

export class LatencyHistogram {
  readonly #buckets = new Uint32Array(BUCKETS);
  #count = 0;

  get count(): number {
    return this.#count;
  }

  record(durationMs: number): void {
    const index = bucketOf(durationMs * 1000);
    this.#buckets[index] = (this.#buckets[index] ?? 0) + 1;
    this.#count++;
  }

  /** The value below which `part` (0 to 1) of the observations lie, in ms; 0 when there are none. */
  quantileMs(part: number): number {
    return quantileOf([this], part);
  }

  add(other: LatencyHistogram): void {
    if (other.#count === 0) return;
    const own = this.#buckets;
    for (let index = 0; index < BUCKETS; index++) {
      own[index] = (own[index] ?? 0) + (other.#buckets[index] ?? 0);
    }
    this.#count += other.#count;
  }

  clear(): void {
    this.#buckets.fill(0);
    this.#count = 0;
  }

  at(index: number): number {
    return this.#buckets[index] ?? 0;
  }
}

/** As `quantileMs`, over several histograms taken together. */
export function quantileOf(histograms: readonly LatencyHistogram[], part: number): number {
  let total = 0;
  for (const histogram of histograms) total += histogram.count;
  if (total === 0) return 0;
  const rank = Math.max(1, Math.ceil(total * part));
  let seen = 0;
  for (let index = 0; index < BUCKETS; index++) {
    for (const histogram of histograms) seen += histogram.at(index);
    if (seen >= rank) return middleOf(index) / 1000;
  }
  return MAX_US / 1000;
}

function bucketOf(microseconds: number): number {
  // Also takes NaN, which no comparison holds for.
  if (!(microseconds > 0)) return 0;
  const value = microseconds >= MAX_US ? MAX_US : Math.floor(microseconds);
  if (value < SUB) return value;
  const exponent = 31 - Math.clz32(value);
  const shift = exponent - SUB_BITS;
  return (shift + 1) * SUB + ((value >>> shift) & (SUB - 1));
}

/** The middle of a bucket, in microseconds. */
function middleOf(index: number): number {
  if (index < SUB) return index;
  const shift = Math.floor(index / SUB) - 1;
  const width = 2 ** shift;
  return (SUB + (index % SUB)) * width + (width - 1) / 2;
}
