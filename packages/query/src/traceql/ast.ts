/**
 * The tree of a TraceQL query.
 *
 * Model: a query is a pipeline of stages that turn spansets of one trace into spansets, then optionally one metrics function over all
 * spans that are left, further stages over its series, and hints. Series of several such queries may be combined. Parentheses are not kept: nesting is.
 *
 * Invariant: every node knows its place in the text (UTF-16 offsets); nothing but messages depends on it.
 */
import type { TextRange } from '../promql/ast.ts';
import type { ComparisonOp, Value } from './value.ts';

export type Query = SpanQuery | MathQuery;

export interface SpanQuery {
  readonly kind: 'spans';
  readonly stages: readonly Stage[];
  readonly metrics: MetricsFunction | null;
  /** What is done with the series; empty without a metrics function. */
  readonly seriesStages: readonly SeriesStage[];
  readonly hints: readonly Hint[];
}

/** Arithmetic between the series of several queries: `({ ... } | rate()) / ({ } | rate()) * 100`. */
export interface MathQuery {
  readonly kind: 'math';
  readonly expr: SeriesMath;
  readonly seriesStages: readonly SeriesStage[];
  readonly hints: readonly Hint[];
}

export type SeriesExpr = Literal | SpanQuery | SeriesMath;

export interface SeriesMath {
  readonly kind: 'series math';
  readonly op: SeriesOp;
  readonly left: SeriesExpr;
  readonly right: SeriesExpr;
  readonly range: TextRange;
}

export type SeriesOp = '+' | '-' | '*' | '/';

export type Stage = SpansetExpr | GroupStage | SelectStage | CoalesceStage | ScalarFilter;

export type SpansetExpr = SpansetFilter | SpansetCombination | WrappedPipeline;

/** `{ ... }`; without a condition every span passes. */
export interface SpansetFilter {
  readonly kind: 'filter';
  readonly where: FieldExpr | null;
  readonly range: TextRange;
}

export interface SpansetCombination {
  readonly kind: 'combination';
  readonly op: SpansetOp;
  readonly left: SpansetExpr;
  readonly right: SpansetExpr;
  readonly range: TextRange;
}

export type Relation = '>' | '<' | '>>' | '<<' | '~';
/** `!` negates, `&` returns the matching spans of both sides. */
export type SpansetOp = '&&' | '||' | Relation | `!${Relation}` | `&${Relation}`;

/** `( ... | ... )` as an operand of a spanset operator. */
export interface WrappedPipeline {
  readonly kind: 'pipeline';
  readonly stages: readonly Stage[];
  readonly range: TextRange;
}

export interface GroupStage {
  readonly kind: 'by';
  readonly by: FieldExpr;
  readonly range: TextRange;
}

export interface SelectStage {
  readonly kind: 'select';
  readonly fields: readonly Field[];
  readonly range: TextRange;
}

export interface CoalesceStage {
  readonly kind: 'coalesce';
  readonly range: TextRange;
}

export interface ScalarFilter {
  readonly kind: 'scalar filter';
  readonly op: ScalarComparisonOp;
  readonly left: ScalarExpr;
  readonly right: ScalarExpr;
  readonly range: TextRange;
}

export type ScalarComparisonOp = Exclude<ComparisonOp, '=~' | '!~'>;
export type ArithmeticOp = '+' | '-' | '*' | '/' | '%' | '^';

export type ScalarExpr = Literal | SpansetAggregate | ScalarArithmetic;

export interface SpansetAggregate {
  readonly kind: 'aggregate';
  readonly func: 'count' | 'avg' | 'min' | 'max' | 'sum';
  /** Null for count(). */
  readonly of: FieldExpr | null;
  readonly range: TextRange;
}

export interface ScalarArithmetic {
  readonly kind: 'arithmetic';
  readonly op: ArithmeticOp;
  readonly left: ScalarExpr;
  readonly right: ScalarExpr;
  readonly range: TextRange;
}

export type FieldExpr = Literal | Field | UnaryExpr | BinaryExpr;
export type Field = Attribute | IntrinsicField;

export interface Literal {
  readonly kind: 'literal';
  readonly value: Value;
  readonly range: TextRange;
}

export type AttributeScope = 'span' | 'resource' | 'event' | 'link' | 'instrumentation';

export interface Attribute {
  readonly kind: 'attribute';
  /** Null: of the span, else of its resource. */
  readonly scope: AttributeScope | null;
  /** Of the span's parent. */
  readonly parent: boolean;
  readonly name: string;
  readonly range: TextRange;
}

export interface IntrinsicField {
  readonly kind: 'intrinsic';
  readonly name: Intrinsic;
  readonly range: TextRange;
}

/** One name for each fact about a span; the spellings of a query are in intrinsics.ts. */
export type Intrinsic =
  | 'duration'
  | 'name'
  | 'status'
  | 'statusMessage'
  | 'kind'
  | 'childCount'
  | 'parent'
  | 'nestedSetLeft'
  | 'nestedSetRight'
  | 'nestedSetParent'
  | 'rootName'
  | 'rootServiceName'
  | 'traceDuration'
  | 'trace:id'
  | 'span:id'
  | 'span:parentID'
  | 'event:name'
  | 'event:timeSinceStart'
  | 'link:traceID'
  | 'link:spanID'
  | 'instrumentation:name'
  | 'instrumentation:version';

export interface UnaryExpr {
  readonly kind: 'unary';
  readonly op: '-' | '!';
  readonly operand: FieldExpr;
  readonly range: TextRange;
}

export interface BinaryExpr {
  readonly kind: 'binary';
  readonly op: FieldOp;
  readonly left: FieldExpr;
  readonly right: FieldExpr;
  readonly range: TextRange;
}

export type FieldOp = ComparisonOp | ArithmeticOp | '&&' | '||';

export type MetricsFunction = CountFunction | OverTimeFunction | CompareFunction;

export interface CountFunction {
  readonly kind: 'count';
  readonly func: 'rate' | 'count_over_time';
  readonly by: readonly Field[];
  readonly range: TextRange;
}

export interface OverTimeFunction {
  readonly kind: 'over time';
  readonly func:
    | 'min_over_time'
    | 'max_over_time'
    | 'avg_over_time'
    | 'sum_over_time'
    | 'quantile_over_time'
    | 'histogram_over_time';
  readonly of: Field;
  /** 0 to 1; at least one for quantile_over_time, none for the others. */
  readonly quantiles: readonly number[];
  readonly by: readonly Field[];
  readonly range: TextRange;
}

export interface CompareFunction {
  readonly kind: 'compare';
  readonly selection: SpansetFilter;
  /** Most values told apart for each attribute. */
  readonly topN: number;
  /** Unix nanoseconds that bound the selection, or null. */
  readonly window: { readonly start: number; readonly end: number } | null;
  readonly range: TextRange;
}

export type SeriesStage =
  | {
      readonly kind: 'topk' | 'bottomk';
      readonly k: number;
      readonly range: TextRange;
    }
  | {
      readonly kind: 'threshold';
      readonly op: ScalarComparisonOp;
      readonly value: Value;
      readonly range: TextRange;
    };

export interface Hint {
  readonly name: string;
  readonly value: Value;
}
