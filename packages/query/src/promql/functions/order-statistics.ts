/** Single ranks of unsorted numbers, in linear time on average: a quantile needs two neighbours, not the whole order. */

/** Below this, insertion sort is faster than partitioning. */
const SMALL = 24;

function insertionSort(values: Float64Array, lo: number, hi: number): void {
  for (let i = lo + 1; i <= hi; i++) {
    const value = values[i] ?? 0;
    let j = i - 1;
    while (j >= lo && (values[j] ?? 0) > value) {
      values[j + 1] = values[j] ?? 0;
      j--;
    }
    values[j + 1] = value;
  }
}

function medianOfThree(values: Float64Array, lo: number, hi: number): number {
  const a = values[lo] ?? 0;
  const b = values[(lo + hi) >> 1] ?? 0;
  const c = values[hi] ?? 0;
  if (a < b) return b < c ? b : Math.max(a, c);
  return a < c ? a : Math.max(b, c);
}

/**
 * Reorders `values[lo..hi]` (no NaN) so that `values[k]` is what it would be in ascending order, with nothing larger before it and
 * nothing smaller after it (quickselect, Hoare's partition). Adversarial orders fall back to sorting.
 */
export function selectRank(values: Float64Array, lo: number, hi: number, k: number): void {
  let rounds = 2 * Math.ceil(Math.log2(hi - lo + 2)) + 8;
  while (hi - lo >= SMALL) {
    if (rounds-- === 0) {
      values.subarray(lo, hi + 1).sort();
      return;
    }
    const pivot = medianOfThree(values, lo, hi);
    let i = lo;
    let j = hi;
    while (i <= j) {
      while ((values[i] ?? 0) < pivot) i++;
      while ((values[j] ?? 0) > pivot) j--;
      if (i > j) break;
      const value = values[i] ?? 0;
      values[i++] = values[j] ?? 0;
      values[j--] = value;
    }
    if (k <= j) hi = j;
    else if (k >= i) lo = i;
    else return;
  }
  insertionSort(values, lo, hi);
}

/** Moves NaN to the front; returns how many there are. */
export function partitionNaN(values: Float64Array): number {
  let nans = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? 0;
    if (!Number.isNaN(value)) continue;
    values[i] = values[nans] ?? 0;
    values[nans++] = value;
  }
  return nans;
}
