/** Operations of services: names and kinds of spans by stream. */
import type { OperationFilter, SpanOperation } from '../../../records.ts';
import type { RecordInputs } from './inputs.ts';

/** Each once, in any order. */
export function listOperations(_inputs: RecordInputs, _filter: OperationFilter): SpanOperation[] {
  return [];
}
