/** Expressions as JSON, as Prometheus' `/api/v1/parse_query` answers (web/api/v1/translate_ast.go). */
import type { AtModifier, Duration, Expr, VectorSelector } from './ast.ts';
import { FUNCTIONS } from './functions.ts';
import { formatF } from './number-format.ts';

export type ParseTree = { readonly [key: string]: unknown };

/** The tree of an expression; times and durations in ms, computed durations 0. */
export function toParseTree(expr: Expr): ParseTree {
  switch (expr.kind) {
    case 'number':
      return { type: 'numberLiteral', val: formatF(expr.value) };
    case 'string':
      return { type: 'stringLiteral', val: expr.value };
    case 'paren':
      return { type: 'parenExpr', expr: toParseTree(expr.expr) };
    case 'unary':
      return { type: 'unaryExpr', op: expr.op, expr: toParseTree(expr.expr) };
    case 'selector':
      return { type: 'vectorSelector', ...selectorTree(expr) };
    case 'matrix':
      return {
        type: 'matrixSelector',
        range: literalMs(expr.window),
        ...selectorTree(expr.selector),
      };
    case 'subquery':
      return {
        type: 'subquery',
        expr: toParseTree(expr.expr),
        range: literalMs(expr.window),
        offset: literalMs(expr.offset),
        step: literalMs(expr.step ?? 0),
        ...atTree(expr.at),
      };
    case 'aggregate':
      return {
        type: 'aggregation',
        op: expr.op,
        expr: toParseTree(expr.expr),
        param: expr.param === null ? null : toParseTree(expr.param),
        grouping: expr.grouping,
        without: expr.without,
      };
    case 'binary': {
      const { matching } = expr;
      return {
        type: 'binaryExpr',
        op: expr.op,
        lhs: toParseTree(expr.lhs),
        rhs: toParseTree(expr.rhs),
        matching: matching && {
          card: matching.card,
          labels: matching.labels,
          on: matching.on,
          include: matching.include,
          fillValues: { lhs: matching.fillLeft, rhs: matching.fillRight },
        },
        bool: expr.bool,
      };
    }
    case 'call': {
      const signature = FUNCTIONS.get(expr.func);
      return {
        type: 'call',
        func: {
          name: expr.func,
          argTypes: signature?.argTypes ?? [],
          variadic: signature?.variadic ?? 0,
          returnType: signature?.returnType ?? 'vector',
        },
        args: expr.args.map(toParseTree),
      };
    }
  }
}

function selectorTree(selector: VectorSelector): ParseTree {
  return {
    name: selector.name,
    offset: literalMs(selector.offset),
    matchers: selector.matchers.map(({ name, op, value }) => ({ name, value, type: op })),
    ...atTree(selector.at),
    anchored: selector.modifier === 'anchored',
    smoothed: selector.modifier === 'smoothed',
  };
}

function atTree(at: AtModifier | null): ParseTree {
  return {
    timestamp: at?.at === 'time' ? at.timeMs : null,
    startOrEnd: at === null || at.at === 'time' ? null : at.at,
  };
}

function literalMs(duration: Duration): number {
  return typeof duration === 'number' ? duration : 0;
}
