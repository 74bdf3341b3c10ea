/** Unix nanoseconds as two 32-bit words, and milliseconds made of them exactly, without BigInt. */

/** `hi * 2^32 + lo` nanoseconds since 1970. */
export interface TimeNs {
  hi: number;
  lo: number;
}

// 2^32 nanoseconds are 4294 ms and 967,296 ns.
const MS_PER_HI = 4294;
const REST_PER_HI = 967_296;
const NS_PER_MS = 1_000_000;

/**
 * Milliseconds, rounded up: then `t <= x ms` and `t > x ms` give for the result what they give for the nanoseconds, which is all that
 * windows ask.
 */
export function ceilMs(hi: number, lo: number): number {
  return hi * MS_PER_HI + Math.ceil((hi * REST_PER_HI + lo) / NS_PER_MS);
}

export function floorMs(hi: number, lo: number): number {
  return hi * MS_PER_HI + Math.floor((hi * REST_PER_HI + lo) / NS_PER_MS);
}

const LOW_BITS = 2 ** 21;
const WORD = 2 ** 32;

/** Whole milliseconds and further nanoseconds (below 2^31) as words; times before 1970 become 1970. */
export function timeOfMs(ms: number, ns = 0): TimeNs {
  if (ms < 0 || (ms === 0 && ns < 0)) return { hi: 0, lo: 0 };
  // Every product stays below 2^53.
  const high = Math.floor(ms / LOW_BITS) * NS_PER_MS;
  const low = (high % 2048) * LOW_BITS + (ms % LOW_BITS) * NS_PER_MS + ns;
  const carry = Math.floor(low / WORD);
  return { hi: Math.floor(high / 2048) + carry, lo: low - carry * WORD };
}

export function compareTimes(a: TimeNs, b: TimeNs): number {
  return a.hi - b.hi || a.lo - b.lo;
}
