/**
 * The LogQL engine: a tree, a time range and a source in, an answer out. It keeps no state between queries.
 *
 * Log queries run here (log-query.ts); metric queries become PromQL over samples made of lines (lower.ts, line-samples.ts).
 */
import type { QueryBudget } from '@sightline/store';
import { Engine } from '../promql/engine.ts';
import type { QueryResult } from '../promql/result.ts';
import type { LogExpr, MetricExpr } from './ast.ts';
import { LineQuerier } from './line-samples.ts';
import { evalLogQuery, type LogRange, type LogStream } from './log-query.ts';
import { lowerMetric } from './lower.ts';
import type { LogSource } from './source.ts';

export class LogqlEngine {
  readonly #promql: Engine;
  readonly #maxSeries: number;

  /** `maxSamples`: held in memory at a time; `maxSeries`: of one range aggregation. */
  constructor(options: { maxSamples: number; maxSeries: number }) {
    this.#promql = new Engine({ maxSamples: options.maxSamples });
    this.#maxSeries = options.maxSeries;
  }

  /** The lines of a log query. Throws the store's Query*Error. */
  logs(expr: LogExpr, range: LogRange, source: LogSource, budget: QueryBudget): LogStream[] {
    return evalLogQuery(expr, range, source, budget);
  }

  /**
   * A metric query at one time (Unix ms): a vector, or a scalar when it is made of literals. Throws LogqlEvalError,
   * PromqlEvalError and the store's Query*Error.
   */
  instant(expr: MetricExpr, timeMs: number, source: LogSource, budget: QueryBudget): QueryResult {
    const { root, leaves } = lowerMetric(expr);
    const steps = { startMs: timeMs, stepMs: 0 };
    const querier = new LineQuerier(leaves, source, steps, budget, this.#maxSeries);
    return withoutNotes(this.#promql.instant(root, timeMs, querier, budget));
  }

  /** A metric query from `startMs` to `endMs` inclusive, every `stepMs`; always a matrix. Throws as `instant`. */
  range(
    expr: MetricExpr,
    startMs: number,
    endMs: number,
    stepMs: number,
    source: LogSource,
    budget: QueryBudget,
  ): QueryResult {
    const { root, leaves } = lowerMetric(expr);
    const steps = { startMs, stepMs };
    const querier = new LineQuerier(leaves, source, steps, budget, this.#maxSeries);
    return withoutNotes(this.#promql.range(root, startMs, endMs, stepMs, querier, budget));
  }
}

/** Notes speak of metric names and of places in a text that is not the query's. */
function withoutNotes(result: QueryResult): QueryResult {
  return { ...result, warnings: [], infos: [] };
}
