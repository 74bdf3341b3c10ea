/** The spans of one trace of a store, made part by part: a large trace is never in memory as objects. */
import type { QueryBudget, SpanRow, SpanSet } from '@sightline/store';

const PART_SPANS = 4096;

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

/** All rows in order of start, then of span id. */
export function rowsByStart(set: SpanSet): Uint32Array {
  const { startLo, startHi } = set;
  return Uint32Array.from(startLo, (_, row) => row).sort(
    (a, b) =>
      startHi[a] - startHi[b] ||
      startLo[a] - startLo[b] ||
      (set.spanId(a) < set.spanId(b) ? -1 : 1),
  );
}
