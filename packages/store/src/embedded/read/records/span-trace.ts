/** All spans of a trace. */
import type { QueryBudget } from '../../../querier.ts';
import type { SpanRow } from '../../../records.ts';
import type { RecordInputs } from './inputs.ts';

/** In order of their starts, of equal span ids the one that was written last; empty when there is none. */
export function readTrace(
  _inputs: RecordInputs,
  _traceId: string,
  _budget: QueryBudget,
): SpanRow[] {
  return [];
}
