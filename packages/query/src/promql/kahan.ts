/**
 * Compensated summation (Kahan, in Neumaier's form), as Prometheus sums.
 *
 * A call returns the new sum and leaves the new compensation in `compensation`: two results without an object per sample.
 */

/** Compensation after the last `addCompensated`. */
export let compensation = 0;

/** Adds `value` to `sum`, which has lost `lost` so far. An infinite sum loses nothing. */
export function addCompensated(value: number, sum: number, lost: number): number {
  const total = sum + value;
  if (total === Number.POSITIVE_INFINITY || total === Number.NEGATIVE_INFINITY) compensation = 0;
  else if (Math.abs(sum) >= Math.abs(value)) compensation = lost + (sum - total + value);
  else compensation = lost + (value - total + sum);
  return total;
}
