/**
 * The typed tree of a LogQL query: what the parser makes, the pipeline compiles and the evaluator reads.
 *
 * Model: a query is a log query (a selector and stages) or a metric query over log queries.
 *
 * Invariants: a tree that leaves the parser has passed the checks of `check.ts`; patterns of it compile; parentheses leave no
 * trace. Durations are milliseconds where they bound a range, seconds where they are compared with a label.
 */
import type { Matcher } from '@sightline/store';
import type { BinaryOp, VectorMatching } from '../promql/ast.ts';

export type LogqlExpr = LogExpr | MetricExpr;

export interface LogExpr {
  kind: 'log';
  matchers: Matcher[];
  stages: Stage[];
}

export type Stage =
  | LineFilter
  | { kind: 'json'; params: Extraction[] }
  | { kind: 'logfmt'; strict: boolean; keepEmpty: boolean; params: Extraction[] }
  | { kind: 'pattern'; pattern: string }
  | { kind: 'regexp'; pattern: string }
  | { kind: 'unpack' }
  | { kind: 'label_filter'; filter: LabelFilter }
  | { kind: 'line_format'; template: string }
  | { kind: 'label_format'; formats: LabelFormat[] }
  | { kind: 'drop' | 'keep'; items: DropItem[] }
  | { kind: 'decolorize' }
  | Unwrap;

export type LineFilterOp = '|=' | '!=' | '|~' | '!~' | '|>' | '!>';

export interface LineFilter {
  kind: 'line_filter';
  op: LineFilterOp;
  /** Joined by `or`; a negative operator wants none of them. */
  values: { text: string; ip: boolean }[];
}

/** `name="expression"` of json and logfmt. */
export interface Extraction {
  name: string;
  expression: string;
}

export type CompareOp = '==' | '!=' | '>' | '>=' | '<' | '<=';

export type LabelFilter =
  | { kind: 'and' | 'or'; lhs: LabelFilter; rhs: LabelFilter }
  | { kind: 'match'; matcher: Matcher }
  | { kind: 'ip'; name: string; op: '=' | '!='; pattern: string }
  /** `text` is how the value was written; `value` is plain, in seconds, or in bytes. */
  | {
      kind: 'number' | 'duration' | 'bytes';
      name: string;
      op: CompareOp;
      value: number;
      text: string;
    };

export type LabelFormat =
  | { name: string; rename: string }
  /** A Go template. */
  | { name: string; template: string };

export interface DropItem {
  name: string;
  /** null: whatever the value is. */
  matcher: Matcher | null;
}

export interface Unwrap {
  kind: 'unwrap';
  label: string;
  convert: 'duration' | 'duration_seconds' | 'bytes' | null;
}

export interface Grouping {
  labels: string[];
  without: boolean;
}

export type MetricExpr =
  | RangeAggregation
  | VectorAggregation
  | BinaryMetric
  | { kind: 'literal'; value: number }
  | { kind: 'vector'; value: number }
  | LabelReplace;

export interface RangeAggregation {
  kind: 'range';
  op: string;
  /** Of quantile_over_time. */
  param: number | null;
  log: LogExpr;
  windowMs: number;
  /** Positive looks back. */
  offsetMs: number;
  grouping: Grouping | null;
}

export interface VectorAggregation {
  kind: 'aggregate';
  op: string;
  param: number | null;
  expr: MetricExpr;
  grouping: Grouping | null;
}

export interface BinaryMetric {
  kind: 'binary';
  op: BinaryOp;
  lhs: MetricExpr;
  rhs: MetricExpr;
  bool: boolean;
  /** null unless both sides are vectors. */
  matching: VectorMatching | null;
}

export interface LabelReplace {
  kind: 'label_replace';
  expr: MetricExpr;
  destination: string;
  replacement: string;
  source: string;
  pattern: string;
}
