import type { Querier, RecordQuerier } from '@sightline/store';
import type { ThreadBudget } from './budget.ts';

/** What a request runs with in its thread. */
export interface ExecuteContext {
  querier: Querier;
  records: RecordQuerier;
  budget: ThreadBudget;
  /** Samples the query may hold in memory at a time. */
  maxSamples: number;
  queuedMs: number;
}
