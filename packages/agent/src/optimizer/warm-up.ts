/**
 * Whether a cache that is seldom hit is only new.
 *
 * Model: a cache is cold at first, and again when a rule has cleared it. It is warm, and stays so, as soon as one of these holds: at
 * least half of the lookups since the last look were hits; it has missed more than MISSES_AN_ENTRY times as often as it has entries
 * (filling takes one miss each: the rest asked for what had been there); it has been asked for the lifetime of its entries, or for
 * LONGEST_MS; or it has been asked for SETTLING_MS and its hit rate has stopped rising.
 *
 * Invariant: a cache that is asked LEAST_LOOKUPS times is warm after LONGEST_MS at the latest.
 */

/** A hit rate of fewer lookups says little: the window is longer until there are so many. */
export const LEAST_LOOKUPS = 20;
/** So few say that a cache is hit, not that it is not. */
const LEAST_LOOKUPS_HIT = 10;
const MISSES_AN_ENTRY = 2;
const SETTLING_MS = 30_000;
const LONGEST_MS = 5 * 60_000;

export interface Lookups {
  readonly hits: number;
  readonly misses: number;
}

/** What a cache tells when it is looked at. */
export interface CacheLook extends Lookups {
  /** Of the monotonic clock, ms. */
  readonly nowMs: number;
  /** Entries now, where it is known. */
  readonly size?: number;
  /** How long an entry lives, ms, where it is known. */
  readonly ttlMs?: number;
}

export class WarmUp {
  /** Totals when it began to be cold, and when the present window began. */
  readonly #cold: Lookups;
  #window: Lookups;
  #lastPart = 0;
  #askedSinceMs: number | undefined;

  constructor(now: Lookups) {
    this.#cold = now;
    this.#window = now;
  }

  /** The totals from which on its hit rate may be told, once it is warm; undefined before. */
  look(now: CacheLook): Lookups | undefined {
    const { hits, misses } = since(this.#window, now);
    const lookups = hits + misses;
    if (lookups === 0) return undefined;
    this.#askedSinceMs ??= now.nowMs;
    const part = hits / lookups;
    if (lookups >= LEAST_LOOKUPS_HIT && part >= 0.5) return this.#window;
    if (lookups < LEAST_LOOKUPS) return undefined;
    if (this.#isSettled(now, now.nowMs - this.#askedSinceMs, part)) return this.#window;
    this.#window = { hits: now.hits, misses: now.misses };
    this.#lastPart = part;
    return undefined;
  }

  #isSettled(now: CacheLook, askedMs: number, part: number): boolean {
    const { ttlMs = LONGEST_MS, size } = now;
    if (askedMs >= Math.min(ttlMs, LONGEST_MS)) return true;
    if (askedMs >= SETTLING_MS && part <= this.#lastPart) return true;
    return size !== undefined && since(this.#cold, now).misses > MISSES_AN_ENTRY * size;
  }
}

/** What came since `began`; a total that went back begins anew. */
export function since(began: Lookups, now: Lookups): Lookups {
  if (now.hits < began.hits || now.misses < began.misses) return now;
  return { hits: now.hits - began.hits, misses: now.misses - began.misses };
}
