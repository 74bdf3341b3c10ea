/**
 * Traces of a store for TraceQL.
 *
 * Model: the query's hint becomes a filter of the store (store-filter.ts), whose sets of whole traces are read as columns (set-trace.ts).
 * A query for one trace id reads that trace alone.
 *
 * Invariant: a trace is left out unless one of its spans overlaps the range and satisfies the hint at once.
 */
import type { QueryBudget, RecordQuerier, SpanSet } from '@sightline/store';
import { timeOfMs } from '@sightline/wire';
import { SetColumns, SetTrace } from './set-trace.ts';
import type { TracelessSpans, TraceRequest, TraceSource, TraceSpans } from './source.ts';
import { filterOfHint, traceIdOfHint } from './store-filter.ts';
import { CellSpans, TableSpans } from './table-spans.ts';

const NS_BELOW_MS = 999_999;

export class StoreTraceSource implements TraceSource {
  readonly #records: RecordQuerier;
  readonly #budget: QueryBudget;
  /** Traces that queries have read so far. */
  inspected = 0;

  constructor(records: RecordQuerier, budget: QueryBudget) {
    this.#records = records;
    this.#budget = budget;
  }

  *traces(request: TraceRequest): Iterable<TraceSpans> {
    for (const set of this.#sets(request)) {
      const columns = new SetColumns(set);
      for (let trace = 0; trace < set.traces; trace++) {
        this.inspected++;
        yield new SetTrace(columns, trace);
      }
    }
  }

  *spans({ startMs, endMs, hint }: TraceRequest): Iterable<TracelessSpans> {
    const budget = this.#budget;
    const range = { from: timeOfMs(startMs), to: timeOfMs(endMs, NS_BELOW_MS) };
    for (const table of this.#records.looseSpans({ ...filterOfHint(hint), ...range, budget })) {
      this.inspected += table.traces;
      yield {
        spans: new TableSpans(table),
        traceId: (row) => table.traceId(row),
        counted: (originMs, stepMs) => {
          const found = table.counts(originMs, stepMs);
          return found && { spans: new CellSpans(found, table.weight), counts: found.counts };
        },
      };
    }
  }

  #sets({ startMs, endMs, hint }: TraceRequest): Iterable<SpanSet> {
    const budget = this.#budget;
    const traceId = traceIdOfHint(hint);
    if (traceId !== null) {
      const set = this.#records.spanSet(traceId, budget);
      return set !== null && overlaps(set, startMs, endMs) ? [set] : [];
    }
    return this.#records.spanSets({
      ...filterOfHint(hint),
      from: timeOfMs(startMs),
      to: timeOfMs(endMs, NS_BELOW_MS),
      budget,
    });
  }
}

/** One trace of a store as TraceQL reads it; null when there is none. */
export function traceOfStore(
  records: RecordQuerier,
  traceId: string,
  budget: QueryBudget,
): TraceSpans | null {
  const set = records.spanSet(traceId, budget);
  return set === null ? null : new SetTrace(new SetColumns(set), 0);
}

function overlaps(
  { startLo, startHi, durationNs }: SpanSet,
  minMs: number,
  maxMs: number,
): boolean {
  return startLo.some((lo, row) => {
    const ns = startHi[row] * 2 ** 32 + lo;
    return ns / 1e6 <= maxMs + 1 && (ns + durationNs[row]) / 1e6 >= minMs;
  });
}
