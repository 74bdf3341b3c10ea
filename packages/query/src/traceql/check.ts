/**
 * The check of a parsed query: types, regular expressions, what functions may take, depth.
 *
 * Model: the type of an attribute is known only when a span is read, so it fits everywhere. Everything else has a type: operands
 * must be of one type (all numbers are one), and an operator must know it. nil may be compared with anything by `=` and `!=`.
 * The words of the errors are those of Tempo's validation.
 */
import { RE2JS } from 're2js';
import type { TextRange } from '../promql/ast.ts';
import type {
  FieldExpr,
  FieldOp,
  MetricsFunction,
  Query,
  ScalarExpr,
  SeriesExpr,
  SpanQuery,
  Stage,
} from './ast.ts';
import { intrinsicType } from './intrinsics.ts';
import { TraceqlParseError } from './parse-error.ts';
import { printFieldExpr, printScalar, printStage } from './print.ts';
import type { Value } from './value.ts';

type Type = 'attribute' | 'number' | 'string' | 'bool' | 'nil' | 'status' | 'kind';

const ARITHMETIC: readonly FieldOp[] = ['+', '-', '*', '/', '%', '^'];
const EQUALITY: readonly FieldOp[] = ['=', '!='];
const ORDER: readonly FieldOp[] = ['=', '!=', '<', '<=', '>', '>='];
const LOGIC: readonly FieldOp[] = ['&&', '||'];

const OPERATORS: Readonly<Record<Type, readonly FieldOp[]>> = {
  attribute: [...ORDER, ...ARITHMETIC, ...LOGIC, '=~', '!~'],
  number: [...ORDER, ...ARITHMETIC],
  string: [...ORDER, '=~', '!~'],
  bool: [...EQUALITY, ...LOGIC],
  nil: EQUALITY,
  status: EQUALITY,
  kind: EQUALITY,
};

/** Throws TraceqlParseError. */
export function checkQuery(query: Query, text: string, maxDepth: number): void {
  const check = new Check(text, maxDepth);
  if (query.kind === 'spans') check.query(query);
  else check.math(query.expr, 0);
}

class Check {
  readonly #text: string;
  readonly #maxDepth: number;

  constructor(text: string, maxDepth: number) {
    this.#text = text;
    this.#maxDepth = maxDepth;
  }

  #error(range: TextRange, detail: string): TraceqlParseError {
    return new TraceqlParseError(this.#text, range, detail, false);
  }

  #deep(range: TextRange, depth: number): void {
    if (depth > this.#maxDepth) {
      throw this.#error(range, `query is nested too deeply (at most ${this.#maxDepth} levels)`);
    }
  }

  query({ stages, metrics }: SpanQuery): void {
    for (const stage of stages) this.stage(stage, 0);
    if (metrics !== null) this.metrics(metrics);
  }

  math(expr: SeriesExpr, depth: number): void {
    if (expr.kind === 'spans') this.query(expr);
    if (expr.kind !== 'series math') return;
    this.#deep(expr.range, depth);
    this.math(expr.left, depth + 1);
    this.math(expr.right, depth + 1);
  }

  stage(stage: Stage, depth: number): void {
    this.#deep(stage.range, depth);
    switch (stage.kind) {
      case 'filter': {
        const type = stage.where === null ? 'bool' : this.#typeOf(stage.where, depth + 1);
        if (type !== 'bool' && type !== 'attribute') {
          const detail = 'span filter field expressions must resolve to a boolean';
          throw this.#error(stage.range, `${detail}: ${printStage(stage)}`);
        }
        return;
      }
      case 'combination':
        this.stage(stage.left, depth + 1);
        this.stage(stage.right, depth + 1);
        return;
      case 'pipeline':
        for (const inner of stage.stages) this.stage(inner, depth + 1);
        return;
      case 'by':
        this.#typeOf(stage.by, depth + 1);
        if (!readsSpan(stage.by)) {
          const detail = 'grouping field expressions must reference the span';
          throw this.#error(stage.range, `${detail}: ${printStage(stage)}`);
        }
        return;
      case 'scalar filter': {
        const left = this.#scalarType(stage.left, depth + 1);
        const right = this.#scalarType(stage.right, depth + 1);
        if (left !== 'number' || right !== 'number') {
          const detail = 'binary operations must operate on the same type';
          throw this.#error(stage.range, `${detail}: ${printStage(stage)}`);
        }
        return;
      }
    }
  }

  metrics(func: MetricsFunction): void {
    if (func.kind === 'compare') this.stage(func.selection, 0);
    if (func.kind !== 'over time') return;
    const type = this.#typeOf(func.of, 0);
    if (type === 'number' || type === 'attribute') return;
    const detail = 'aggregate field expressions must resolve to a number type';
    throw this.#error(func.range, `${detail}: ${func.func}(${printFieldExpr(func.of)})`);
  }

  #scalarType(expr: ScalarExpr, depth: number): Type {
    this.#deep(expr.range, depth);
    switch (expr.kind) {
      case 'literal':
        return valueType(expr.value.type);
      case 'arithmetic': {
        const left = this.#scalarType(expr.left, depth + 1);
        const right = this.#scalarType(expr.right, depth + 1);
        if (left === 'number' && right === 'number') return 'number';
        const detail = 'illegal operation for the given types';
        throw this.#error(expr.range, `${detail}: ${printScalar(expr)}`);
      }
      case 'aggregate': {
        if (expr.of === null) return 'number';
        const type = this.#typeOf(expr.of, depth + 1);
        const problem =
          type !== 'number' && type !== 'attribute'
            ? 'resolve to a number type'
            : !readsSpan(expr.of)
              ? 'reference the span'
              : '';
        if (problem === '') return 'number';
        const detail = `aggregate field expressions must ${problem}`;
        throw this.#error(expr.range, `${detail}: ${printScalar(expr)}`);
      }
    }
  }

  #typeOf(expr: FieldExpr, depth: number): Type {
    this.#deep(expr.range, depth);
    switch (expr.kind) {
      case 'literal':
        return valueType(expr.value.type);
      case 'attribute':
        return 'attribute';
      case 'intrinsic':
        return valueType(intrinsicType(expr.name));
      case 'unary': {
        const type = this.#typeOf(expr.operand, depth + 1);
        const want = expr.op === '-' ? 'number' : 'bool';
        if (type === want || type === 'attribute') return want;
        const detail = 'illegal operation for the given type';
        throw this.#error(expr.range, `${detail}: ${printFieldExpr(expr)}`);
      }
      case 'binary':
        return this.#binaryType(expr, depth);
    }
  }

  #binaryType(expr: Extract<FieldExpr, { kind: 'binary' }>, depth: number): Type {
    const { op } = expr;
    const left = this.#typeOf(expr.left, depth + 1);
    const right = this.#typeOf(expr.right, depth + 1);
    const free = left === 'attribute' || right === 'attribute';
    const withNil = (left === 'nil' || right === 'nil') && EQUALITY.includes(op);
    if (left !== right && !free && !withNil) {
      const detail = 'binary operations must operate on the same type';
      throw this.#error(expr.range, `${detail}: ${printFieldExpr(expr)}`);
    }
    if (!withNil && !(OPERATORS[left].includes(op) && OPERATORS[right].includes(op))) {
      const detail = 'illegal operation for the given types';
      throw this.#error(expr.range, `${detail}: ${printFieldExpr(expr)}`);
    }
    if (op === '=~' || op === '!~') this.#checkPattern(expr);
    return ARITHMETIC.includes(op) ? 'number' : 'bool';
  }

  #checkPattern({ right, range }: Extract<FieldExpr, { kind: 'binary' }>): void {
    if (right.kind !== 'literal' || right.value.type !== 'string') {
      throw this.#error(range, 'invalid regex: the pattern must be a string');
    }
    try {
      RE2JS.compile(right.value.value);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw this.#error(right.range, `invalid regex: ${why}`);
    }
  }
}

function valueType(type: Value['type']): Type {
  switch (type) {
    case 'int':
    case 'float':
    case 'duration':
      return 'number';
    case 'array':
      return 'attribute';
    default:
      return type;
  }
}

/** Whether an expression depends on the span at all. */
function readsSpan(expr: FieldExpr): boolean {
  switch (expr.kind) {
    case 'literal':
      return false;
    case 'unary':
      return readsSpan(expr.operand);
    case 'binary':
      return readsSpan(expr.left) || readsSpan(expr.right);
    default:
      return true;
  }
}
