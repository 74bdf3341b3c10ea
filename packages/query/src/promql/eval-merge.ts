/** Series that turned out to have the same labels: one series when they never meet, an error when they do. */
import { ABSENT, type Column, type KeptSeries } from './eval-column.ts';
import { PromqlEvalError, SAME_LABELSET } from './eval-error.ts';
import { LabelsIndex } from './label-index.ts';

function mergeInto(target: Column, from: Column): void {
  for (let i = 0; i < from.k.length; i++) {
    const kind = from.k[i] ?? ABSENT;
    if (kind === ABSENT) continue;
    if (target.k[i] !== ABSENT) throw new PromqlEvalError(SAME_LABELSET);
    target.k[i] = kind;
    target.v[i] = from.v[i] ?? 0;
    if (from.h[i] !== undefined) target.h[i] = from.h[i];
  }
}

/** Merges in place, in order of first sight. Throws PromqlEvalError where two have a value at one step. */
export function mergeSameLabels(kept: readonly KeptSeries[]): KeptSeries[] {
  if (kept.length < 2) return [...kept];
  const index = new LabelsIndex();
  const merged: KeptSeries[] = [];
  for (const series of kept) {
    const ordinal = index.ordinal(series.labels);
    const known = merged[ordinal];
    if (known === undefined) merged.push(series);
    else mergeInto(known.column, series.column);
  }
  return merged;
}
