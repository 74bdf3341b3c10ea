/** Unix nanoseconds as two words, without BigInt. */

/** Low and high word of the last `setNanos`; overwritten by every call. */
export const nanos = new Uint32Array(2);

/**
 * Sets `nanos` to `count * factor + rest`: milliseconds with 10^6, seconds with 10^9. `count` is a whole number from 0 below 2^34 for
 * seconds and 2^44 for milliseconds, `rest` below 2^46.
 *
 * The count is split at 2^16, so that every product stays below 2^53.
 */
export function setNanos(count: number, factor: number, rest: number): void {
  const above = Math.floor(count / 65536) * factor;
  const low = (above % 65536) * 65536 + (count % 65536) * factor + rest;
  nanos[0] = low % 4294967296;
  nanos[1] = Math.floor(above / 65536) + Math.floor(low / 4294967296);
}
