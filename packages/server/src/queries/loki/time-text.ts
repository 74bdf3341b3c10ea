/** Unix nanoseconds as Loki writes them: decimal text, exact. */

// 2^32 nanoseconds are 4294 ms and 967,296 ns; every product stays below 2^53.
const MS_PER_HI = 4294;
const REST_PER_HI = 967_296;
const NS_PER_MS = 1_000_000;

/** `hi * 2^32 + lo` as decimal digits. */
export function nanosText(hi: number, lo: number): string {
  const rest = hi * REST_PER_HI + lo;
  const ms = hi * MS_PER_HI + Math.floor(rest / NS_PER_MS);
  const ns = rest % NS_PER_MS;
  return ms === 0 ? String(ns) : `${ms}${String(ns).padStart(6, '0')}`;
}
