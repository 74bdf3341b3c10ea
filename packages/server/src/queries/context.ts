import type { Querier } from '@sightline/store';
import type { ThreadBudget } from './budget.ts';

/** What a request runs with in its thread. */
export interface ExecuteContext {
  querier: Querier;
  budget: ThreadBudget;
  /** Samples the query may hold in memory at a time. */
  maxSamples: number;
  queuedMs: number;
}
