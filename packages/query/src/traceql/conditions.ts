/**
 * What a store may conclude from a query before it reads spans.
 *
 * Model: a hint is a formula of tests of single fields against constants. A span hint holds for one span, a trace hint combines "some span
 * of the trace satisfies ...". `true` knows nothing.
 *
 * Invariant: a hint is necessary, never sufficient: a trace that breaks it cannot match, one that keeps it may still not match. A
 * store may weaken any part of it to `true`. Of a test with `!=` or `!~` the field must be there (a missing value never matches),
 * and an array counts as its elements.
 */
import type { Field, FieldExpr, SpanQuery, SpansetExpr, Stage } from './ast.ts';
import { comparedWith } from './intrinsics.ts';
import type { ComparisonOp, Value } from './value.ts';

export type SpanHint =
  | { readonly kind: 'true' }
  | SpanTest
  | { readonly kind: 'all' | 'any'; readonly of: readonly SpanHint[] };

/** `field op value`; a value of nil asks whether the field is missing (`=`) or there (`!=`). Never of the parent's field. */
export interface SpanTest {
  readonly kind: 'test';
  readonly field: Field;
  readonly op: ComparisonOp;
  readonly value: Value;
}

export type TraceHint =
  | { readonly kind: 'true' }
  | { readonly kind: 'some span'; readonly hint: SpanHint }
  | { readonly kind: 'all' | 'any'; readonly of: readonly TraceHint[] };

const TRUE = { kind: 'true' } as const;

/** The hint of a query's traces. */
export function hintOf(query: SpanQuery): TraceHint {
  return ofStages(query.stages);
}

/** Every stage but a spanset expression keeps or drops spansets of the stage before it. */
function ofStages(stages: readonly Stage[]): TraceHint {
  return all(
    stages.map((stage) =>
      stage.kind === 'filter' || stage.kind === 'combination' || stage.kind === 'pipeline'
        ? ofSpansets(stage)
        : TRUE,
    ),
  );
}

function ofSpansets(expr: SpansetExpr): TraceHint {
  switch (expr.kind) {
    case 'filter': {
      const hint = expr.where === null ? TRUE : ofField(expr.where);
      return hint.kind === 'true' ? TRUE : { kind: 'some span', hint };
    }
    case 'pipeline':
      return ofStages(expr.stages);
    case 'combination': {
      const right = ofSpansets(expr.right);
      // Spans of the right side are returned when nothing on the left is related to them, or there is nothing.
      if (expr.op.startsWith('!')) return right;
      const left = ofSpansets(expr.left);
      return expr.op === '||' ? any([left, right]) : all([left, right]);
    }
  }
}

function ofField(expr: FieldExpr): SpanHint {
  if (expr.kind === 'attribute') {
    // Alone as a condition it is compared with true.
    return test(expr, '=', { type: 'bool', value: true });
  }
  if (expr.kind !== 'binary') return TRUE;
  const { op, left, right } = expr;
  switch (op) {
    case '&&':
      return all([ofField(left), ofField(right)]);
    case '||':
      return any([ofField(left), ofField(right)]);
    case '+':
    case '-':
    case '*':
    case '/':
    case '%':
    case '^':
      return TRUE;
    default:
      if (isField(left) && right.kind === 'literal') return test(left, op, right.value);
      if (isField(right) && left.kind === 'literal') return test(right, mirrored(op), left.value);
      return TRUE;
  }
}

function isField(expr: FieldExpr): expr is Field {
  return expr.kind === 'attribute' || expr.kind === 'intrinsic';
}

function test(field: Field, op: ComparisonOp, value: Value): SpanHint {
  if (field.kind === 'attribute' && field.parent) return TRUE;
  const exact = op !== '=~' && op !== '!~';
  return { kind: 'test', field, op, value: exact ? comparedWith(field, value) : value };
}

function mirrored(op: ComparisonOp): ComparisonOp {
  switch (op) {
    case '<':
      return '>';
    case '<=':
      return '>=';
    case '>':
      return '<';
    case '>=':
      return '<=';
    default:
      return op;
  }
}

type Formula<H> = H | typeof TRUE | { readonly kind: 'all' | 'any'; readonly of: readonly H[] };

function all<H extends { kind: string }>(parts: readonly H[]): Formula<H> {
  const of = parts.filter(({ kind }) => kind !== 'true');
  return of.length === 0 ? TRUE : of.length === 1 ? of[0] : { kind: 'all', of };
}

function any<H extends { kind: string }>(parts: readonly H[]): Formula<H> {
  if (parts.some(({ kind }) => kind === 'true')) return TRUE;
  return parts.length === 1 ? parts[0] : { kind: 'any', of: parts };
}
