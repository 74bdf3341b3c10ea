/** Traces that a filter finds, newest first. */
import type { TraceFilter, TraceRef } from '../../../records.ts';
import type { RecordInputs } from './inputs.ts';

/** Newest first by start, ties by ascending id; each trace once. */
export function findTraces(_inputs: RecordInputs, _filter: TraceFilter): Iterable<TraceRef> {
  return [];
}
