/**
 * Unix nanoseconds (two words of a fixed64) to whole milliseconds, rounded down, without BigInt.
 *
 * 2^32 = 4294 * 10^6 + 967296, so ns / 10^6 = high * 4294 + (high * 967296 + low) / 10^6; the dividend stays below 2^53 and its
 * quotient below 2^32, where doubles are finer than 10^-6, so the floor is exact.
 */
export function millisecondsOf(low: number, high: number): number {
  return high * 4294 + Math.floor((high * 967296 + low) / 1e6);
}
