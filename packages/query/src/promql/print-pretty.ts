/** Expressions over several lines, as Prometheus' `/api/v1/format_query` answers (promql/parser/prettier.go). */
import type { Expr } from './ast.ts';
import { utf8Length } from './parse-error.ts';
import {
  formatPromql,
  printAggregateOp,
  printLeft,
  printOperator,
  printSubquerySuffix,
} from './print.ts';

/** A node whose text is longer than this, in bytes, is split. */
const MAX_LINE_BYTES = 100;

/** The text of an expression, split where it is long. */
export function prettyPromql(expr: Expr): string {
  return pretty(expr, 0);
}

function pretty(expr: Expr, level: number): string {
  const indent = '  '.repeat(level);
  const flat = formatPromql(expr);
  const isLong = utf8Length(flat) > MAX_LINE_BYTES;
  switch (expr.kind) {
    case 'number':
    case 'string':
    case 'selector':
    case 'matrix':
      return indent + flat;
    case 'subquery':
      // Prometheus leaves out the indent of a short subquery.
      return isLong ? pretty(expr.expr, level) + printSubquerySuffix(expr) : flat;
    case 'unary':
      return indent + expr.op + pretty(expr.expr, level).trim();
    case 'paren':
      if (!isLong) return indent + flat;
      return `${indent}(\n${pretty(expr.expr, level + 1)}\n${indent})`;
    case 'call': {
      if (!isLong) return indent + flat;
      const args = expr.args.map((arg) => pretty(arg, level + 1)).join(',\n');
      return `${indent}${expr.func}(\n${args}\n${indent})`;
    }
    case 'aggregate': {
      if (!isLong) return indent + flat;
      const param = expr.param === null ? '' : `${pretty(expr.param, level + 1)},\n`;
      const inner = pretty(expr.expr, level + 1);
      return `${indent}${printAggregateOp(expr)}(\n${param}${inner}\n${indent})`;
    }
    case 'binary': {
      if (!isLong) return indent + flat;
      const isNumber = expr.lhs.kind === 'number';
      const lhs = isNumber ? `${indent}  ${printLeft(expr)}` : pretty(expr.lhs, level + 1);
      return `${lhs}\n${indent}${printOperator(expr)}\n${pretty(expr.rhs, level + 1)}`;
    }
  }
}
