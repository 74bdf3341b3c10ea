/**
 * The typed tree of a PromQL expression: what the parser makes and the evaluator reads.
 *
 * Invariants: a tree that leaves the parser is type-checked (Prometheus' rules), every node carries the half-open range
 * `[start, end)` of its text, and durations that are plain literals are already numbers (milliseconds); those that are
 * expressions stay expressions and are resolved against the query's start, end and step before evaluation.
 */
import type { Matcher } from '@sightline/store';

export type ValueType = 'scalar' | 'vector' | 'matrix' | 'string';

export interface TextRange {
  start: number;
  end: number;
}

export type Expr =
  | NumberLiteral
  | StringLiteral
  | VectorSelector
  | MatrixSelector
  | Subquery
  | Call
  | Aggregate
  | Binary
  | Unary
  | Paren;

export interface NumberLiteral {
  kind: 'number';
  value: number;
  /** Written as a duration (`5m`): printed back that way; the value is in seconds. */
  isDuration: boolean;
  range: TextRange;
}

export interface StringLiteral {
  kind: 'string';
  value: string;
  range: TextRange;
}

/** `@ 1603774699.5`, `@ start()`, `@ end()`. Literal times in Unix ms. */
export type AtModifier = { at: 'time'; timeMs: number } | { at: 'start' } | { at: 'end' };

/** A duration in milliseconds, or an expression for one. */
export type Duration = number | DurationExpr;

export type DurationExpr =
  /** A literal in milliseconds (`5m`, or a bare number of seconds), and in seconds as written. */
  | { kind: 'literal'; ms: number; seconds: number; isDuration: boolean; range: TextRange }
  | { kind: 'step' | 'range'; range: TextRange }
  | { kind: 'min' | 'max'; args: DurationExpr[]; range: TextRange }
  | { kind: 'unary'; op: '+' | '-'; operand: DurationExpr; range: TextRange }
  | {
      kind: 'binary';
      op: '+' | '-' | '*' | '/' | '%' | '^';
      lhs: DurationExpr;
      rhs: DurationExpr;
      range: TextRange;
    }
  | { kind: 'paren'; inner: DurationExpr; range: TextRange };

export interface VectorSelector {
  kind: 'selector';
  /** Metric name written before the braces; also present in `matchers` as `__name__=`. */
  name: string;
  matchers: Matcher[];
  /** Positive looks back. */
  offset: Duration;
  at: AtModifier | null;
  modifier: 'anchored' | 'smoothed' | null;
  range: TextRange;
}

export interface MatrixSelector {
  kind: 'matrix';
  selector: VectorSelector;
  window: Duration;
  range: TextRange;
}

export interface Subquery {
  kind: 'subquery';
  expr: Expr;
  window: Duration;
  /** null: the engine's default step. */
  step: Duration | null;
  offset: Duration;
  at: AtModifier | null;
  range: TextRange;
}

export interface Call {
  kind: 'call';
  func: string;
  args: Expr[];
  range: TextRange;
}

export interface Aggregate {
  kind: 'aggregate';
  op: string;
  expr: Expr;
  /** `topk(3, x)`: 3; `count_values("l", x)`: "l". */
  param: Expr | null;
  grouping: string[];
  without: boolean;
  range: TextRange;
}

export type BinaryOp =
  | '+'
  | '-'
  | '*'
  | '/'
  | '%'
  | '^'
  | 'atan2'
  | '=='
  | '!='
  | '>'
  | '<'
  | '>='
  | '<='
  | 'and'
  | 'or'
  | 'unless'
  /** Trim operators on native histograms. */
  | '</'
  | '>/';

export interface VectorMatching {
  card: 'one-to-one' | 'many-to-one' | 'one-to-many' | 'many-to-many';
  /** `on(...)` when true, `ignoring(...)` otherwise. */
  on: boolean;
  labels: string[];
  /** Labels of `group_left(...)` / `group_right(...)`. */
  include: string[];
  fillLeft: number | null;
  fillRight: number | null;
}

export interface Binary {
  kind: 'binary';
  op: BinaryOp;
  lhs: Expr;
  rhs: Expr;
  bool: boolean;
  /** null unless both sides are vectors. */
  matching: VectorMatching | null;
  range: TextRange;
}

export interface Unary {
  kind: 'unary';
  op: '+' | '-';
  expr: Expr;
  range: TextRange;
}

export interface Paren {
  kind: 'paren';
  expr: Expr;
  range: TextRange;
}
