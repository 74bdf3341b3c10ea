/** Traces that a filter finds, newest first. */
import type { SpanSet, TraceFilter, TraceRef, TraceSummary } from '../../../records.ts';
import type { RecordInputs } from './inputs.ts';
import { TraceFinder } from './span-finder.ts';
import { SpanMatcher } from './span-matches.ts';
import { hexOf } from './span-page.ts';
import { SpanPages } from './span-pages.ts';
import { SpanSets } from './span-sets.ts';
import { TraceSummarizer } from './span-summaries.ts';

/** A span that overlaps the range may have started before it, and spans of one trace may start outside of it. */
const LOOK_BACK_MS = 24 * 3_600_000;
const LOOK_AHEAD_MS = 3_600_000;

interface Search {
  pages: SpanPages;
  finder: TraceFinder;
}

/** The times of files that may have what a filter wants, or other spans of its traces. */
export function rangeOf({ from, to }: TraceFilter): { minMs: number; maxMs: number } {
  return {
    minMs: (from.hi * 2 ** 32 + from.lo) / 1e6 - LOOK_BACK_MS,
    maxMs: (to.hi * 2 ** 32 + to.lo) / 1e6 + LOOK_AHEAD_MS,
  };
}

function search(inputs: RecordInputs, filter: TraceFilter): Search {
  const { minMs, maxMs } = rangeOf(filter);
  const pages = new SpanPages(inputs, filter.budget, minMs, maxMs);
  const matcher = new SpanMatcher(filter, (stream) => inputs.labels(stream));
  return { pages, finder: new TraceFinder(pages, matcher) };
}

/** Newest first by start, ties by ascending id; each trace once. */
export function* findTraces(inputs: RecordInputs, filter: TraceFilter): Iterable<TraceRef> {
  for (const list of search(inputs, filter).finder.run()) {
    for (const { ids, trace, startLo, startHi } of list) {
      yield { traceId: hexOf(ids, trace * 16, trace * 16 + 16), startLo, startHi };
    }
  }
}

/** The traces of `findTraces` with what is known of them, in its order. */
export function* summarizeTraces(
  inputs: RecordInputs,
  filter: TraceFilter,
): Iterable<TraceSummary> {
  const { pages, finder } = search(inputs, filter);
  const summarizer = new TraceSummarizer(pages, (stream) => inputs.labels(stream));
  for (const list of finder.run()) {
    for (const trace of list) yield summarizer.summaryOf(trace);
  }
}

/** Traces put together at once: few for who wants a handful, many for who wants all. */
const FIRST_TRACES = 32;
const MOST_TRACES = 4096;
/** A list of traces ends with the one that takes it past this. */
const MOST_ROWS = 65_536;
/** Columns that a query usually asks for. */
export const ROW_BYTES = 64;

/** The traces of `findTraces` with all of their spans, in its order. */
export function* readTraces(inputs: RecordInputs, filter: TraceFilter): Iterable<SpanSet> {
  const { pages, finder } = search(inputs, filter);
  const sets = new SpanSets(pages, (stream) => inputs.labels(stream));
  let most = FIRST_TRACES;
  for (const list of finder.run()) {
    for (let from = 0; from < list.length; ) {
      let to = from;
      let rows = 0;
      while (to < list.length && to - from < most && rows < MOST_ROWS) {
        rows += sets.rowsOf(list[to++]);
      }
      filter.budget.addBytes(rows * ROW_BYTES);
      try {
        yield sets.make(list.slice(from, to));
      } finally {
        filter.budget.addBytes(-rows * ROW_BYTES);
      }
      most = Math.min(MOST_TRACES, most * 4);
      from = to;
    }
  }
}
