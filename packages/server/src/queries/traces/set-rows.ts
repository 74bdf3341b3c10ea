/** The spans of a trace of a store, made part by part: a large trace is never in memory as objects. */
import type { QueryBudget, SpanRow, SpanSet } from '@sightline/store';

const PART_SPANS = 128;

/** The spans of `rows` in that order. Throws what the budget throws. */
export function* rowsInParts(
  set: SpanSet,
  rows: Uint32Array,
  budget: QueryBudget,
): Iterable<SpanRow> {
  for (let from = 0; from < rows.length; from += PART_SPANS) {
    budget.poll();
    yield* set.rows(rows.subarray(from, from + PART_SPANS));
  }
}

/** All rows of a trace in order of start, then of span id. */
export function rowsByStart(set: SpanSet, trace = 0): Uint32Array {
  const { startLo, startHi, offsets } = set;
  const from = offsets[trace];
  return Uint32Array.from({ length: offsets[trace + 1] - from }, (_, i) => from + i).sort(
    (a, b) =>
      startHi[a] - startHi[b] ||
      startLo[a] - startLo[b] ||
      (set.spanId(a) < set.spanId(b) ? -1 : 1),
  );
}
