/** What rates of floats and histograms have to say about their input. */
import type { Histogram } from '@sightline/wire';
import type { Combined } from '../../histogram/arithmetic.ts';
import type { RangeSeries } from '../eval-range.ts';
import { quote } from '../go-quote.ts';
import { startsOverlap } from './extrapolate.ts';
import type { RangeCall } from './types.ts';

/** Notes what an addition or subtraction has to say; null when the schemas did not fit (a warning, and no result). */
export function noted(
  call: RangeCall,
  series: RangeSeries,
  operation: 'addition' | 'subtraction',
  combined: Combined | null,
): Histogram | null {
  const position = call.firstArgPosition;
  if (combined === null) {
    call.notes.mixedSchemas(series.labels.metricName, position);
    return null;
  }
  if (combined.boundsReconciled) call.notes.boundsReconciled(operation, position);
  return combined.h;
}

/** Notes start times within the window that reach back before the former sample. */
export function noteOverlap(
  call: RangeCall,
  series: RangeSeries,
  st: Float64Array | readonly number[] | null,
  t: Float64Array | readonly number[],
  lo: number,
  hi: number,
): void {
  if (st === null) return;
  for (let i = lo + 1; i < hi; i++) {
    if (!startsOverlap(st[i - 1] ?? 0, t[i - 1] ?? 0, st[i] ?? 0)) continue;
    const name = quote(series.labels.metricName);
    call.notes.warn(
      `overlapping start timestamps detected for metric name ${name}`,
      call.firstArgPosition,
    );
    return;
  }
}
