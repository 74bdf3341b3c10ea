/**
 * Jaeger's search: traces that have one span of the service with the operation, all tags, the duration and the start that were
 * asked for.
 *
 * Model: the store finds candidates by what it has indexed (TraceFilter) and gives whole traces as columns; a trace counts when one of
 * its spans has everything (span-tests.ts). No span is made before its trace is shown.
 *
 * `error=true` means spans with status error and also those with such an attribute; the store indexes the two differently, so they are
 * two searches whose results are merged.
 */
import type { FieldHint, RecordQuerier, SpanSet, TraceFilter, TraceRef } from '@sightline/store';
import type { ThreadBudget } from '../budget.ts';
import { serviceOf } from './jaeger-json.ts';
import type { SpanSearch } from './requests.ts';
import { isPattern, namesOf, spanTest } from './span-tests.ts';
import { compareNanos } from './times.ts';

/** One trace of a set. */
export interface FoundTrace {
  set: SpanSet;
  trace: number;
}

/** Newest first; at most `search.limit`. Throws what the budget throws. */
export function* findTraces(
  search: SpanSearch,
  records: RecordQuerier,
  budget: ThreadBudget,
): Iterable<FoundTrace> {
  const testOf = spanTest(search);
  let left = search.limit;
  for (const set of candidates(search, records, budget)) {
    budget.poll();
    const test = testOf(set);
    const { offsets } = set;
    for (let trace = 0; trace < set.traces; trace++) {
      let row = offsets[trace];
      while (row < offsets[trace + 1] && !test(row)) row++;
      if (row === offsets[trace + 1]) continue;
      if (left-- <= 0) return;
      yield { set, trace };
    }
    if (left <= 0) return;
  }
}

function* candidates(
  search: SpanSearch,
  records: RecordQuerier,
  budget: ThreadBudget,
): Iterable<SpanSet> {
  const filter: TraceFilter = {
    wants: (stream) => search.service === '' || serviceOf(stream) === search.service,
    from: search.from,
    to: search.to,
    names: search.operation === '' ? [] : [search.operation],
    fields: search.tags.flatMap(hintOf),
    errors: false,
    minDuration: search.minDuration,
    maxDuration: search.maxDuration,
    budget,
  };
  const wantsErrors = search.tags.some(([key, value]) => key === 'error' && value === 'true');
  if (!wantsErrors) {
    yield* records.spanSets(filter);
    return;
  }
  const flagged = { ...filter, fields: [...filter.fields, { names: ['error'], value: 'true' }] };
  const failed = records.traces({ ...filter, errors: true });
  for (const { traceId } of merged(failed, records.traces(flagged))) {
    const set = records.spanSet(traceId, budget);
    if (set !== null) yield set;
  }
}

/** What the store can look up: tags that are no attributes are decided on the spans alone. */
function hintOf([key, value]: readonly [string, string]): FieldHint[] {
  const isNoAttribute = key === 'error' || key === 'span.kind' || key === 'otel.status_code';
  // The name of an event is no field of it.
  if (isNoAttribute || key === 'event' || isPattern(value)) return [];
  return [{ names: namesOf(key), value }];
}

/** Two lists, newest first with ties by ascending id, as one in that order; each trace once. */
function* merged(first: Iterable<TraceRef>, second: Iterable<TraceRef>): Iterable<TraceRef> {
  const seen = new Set<string>();
  const sides = [first[Symbol.iterator](), second[Symbol.iterator]()];
  const heads = sides.map((side) => side.next());
  for (;;) {
    const [a, b] = heads;
    if (a.done === true && b.done === true) return;
    const takeFirst = b.done === true || (a.done !== true && newerFirst(a.value, b.value) <= 0);
    const side = takeFirst ? 0 : 1;
    const { value } = heads[side];
    heads[side] = sides[side].next();
    if (seen.has(value.traceId)) continue;
    seen.add(value.traceId);
    yield value;
  }
}

function newerFirst(a: TraceRef, b: TraceRef): number {
  return (
    compareNanos(b.startLo, b.startHi, a.startLo, a.startHi) || (a.traceId < b.traceId ? -1 : 1)
  );
}
