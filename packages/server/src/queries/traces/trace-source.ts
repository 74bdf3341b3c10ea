/** The traces that a TraceQL query reads, counted. */
import {
  type TraceRequest,
  type TraceSource,
  type TraceSpans,
  timeOfMs,
  traceOfRows,
} from '@sightline/query';
import type { RecordQuerier, SpanRow } from '@sightline/store';
import type { ThreadBudget } from '../budget.ts';

export class CountedSource implements TraceSource {
  readonly #records: RecordQuerier;
  readonly #budget: ThreadBudget;
  /** Traces that were read so far. */
  inspected = 0;

  constructor(records: RecordQuerier, budget: ThreadBudget) {
    this.#records = records;
    this.#budget = budget;
  }

  *traces({ startMs, endMs }: TraceRequest): Iterable<TraceSpans> {
    const budget = this.#budget;
    const refs = this.#records.traces({
      wants: () => true,
      from: timeOfMs(startMs),
      to: timeOfMs(endMs, 999_999),
      names: [],
      fields: [],
      errors: false,
      minDuration: 0,
      maxDuration: Number.POSITIVE_INFINITY,
      budget,
    });
    for (const { traceId } of refs) {
      budget.poll();
      const rows = this.#records.trace(traceId, budget);
      if (rows.length === 0) continue;
      this.inspected++;
      yield spansOf(rows);
    }
  }
}

/** At least one row. */
export function spansOf(rows: readonly SpanRow[]): TraceSpans {
  return traceOfRows(
    rows.map((row) => ({
      record: row.record,
      startLo: row.startLo,
      startHi: row.startHi,
      endLo: row.endLo,
      endHi: row.endHi,
      kind: row.kind,
      status: row.status,
      resource: row.stream.toPairs(),
    })),
  );
}
