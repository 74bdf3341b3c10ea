/** Fields of log lines: what Drilldown and the field list show. */
import type { QueryBudget, RecordQuerier } from '@sightline/store';
import type { LogExpr } from './ast.ts';
import type { TimeSpan } from './log-info.ts';

export interface DetectedField {
  /** As LogQL names it. */
  label: string;
  type: 'string' | 'int' | 'float' | 'boolean' | 'duration' | 'bytes';
  /** Distinct values seen. */
  cardinality: number;
  /** `json` or `logfmt` when it was found in lines; empty for structured metadata. */
  parsers: readonly string[];
  /** The most frequent values first. */
  values: readonly string[];
}

export interface DetectOptions extends TimeSpan {
  /** Lines looked at, the newest first. */
  lineLimit: number;
  /** Fields, and values of one. */
  limit: number;
}

/** Fields of the newest lines that pass the query, sorted by name. Throws the budget's errors. */
export function detectedFields(
  _querier: RecordQuerier,
  _expr: LogExpr,
  _options: DetectOptions,
  _budget: QueryBudget,
): DetectedField[] {
  return [];
}
