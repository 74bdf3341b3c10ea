import type { OptimizationRule } from '../rule.ts';
import { proposeIndex } from './index-proposal.ts';

/** A normalised statement and how long it took. */
export interface TimedStatement {
  readonly statement: string;
  readonly calls: number;
  readonly meanMs: number;
  readonly maxMs: number;
  /** How often it took longer than the profiler's limit. */
  readonly slow?: number;
}

const LIMIT = 5;
const SLOW_MS = 500;
const COOLDOWN_MS = 15 * 60_000;
const MOST_TOLD = 10;

/** Too many statements take long: tell which, and which index might help. Never creates one. */
export function slowQueryRule(statements: () => readonly TimedStatement[]): OptimizationRule {
  return {
    id: 'slow-queries',
    name: 'Queries are slow',
    priority: 'medium',
    cooldown: COOLDOWN_MS,
    plans: true,
    goal: { vital: 'slowQueries', better: 'lower' },
    condition: ({ slowQueries }) => slowQueries !== undefined && slowQueries > LIMIT,
    action: (_metrics, changes) => {
      const slow = statements().filter(({ maxMs, slow = 0 }) => slow > 0 || maxMs > SLOW_MS);
      for (const { statement, calls, meanMs } of slow.slice(0, MOST_TOLD)) {
        const index = proposeIndex(statement);
        const what = index === null ? 'look at its plan with EXPLAIN' : `try ${index}`;
        changes.propose(
          `${what}: ${calls} calls took ${meanMs.toFixed(0)} ms on average: ${statement}`,
          {
            statement: statement.slice(0, MOST_TEXT),
            calls,
            mean_ms: Math.round(meanMs),
            ...(index === null ? {} : { index }),
          },
        );
      }
    },
  };
}

const MOST_TEXT = 2000;
