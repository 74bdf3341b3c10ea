/** The bound on the depth of a tree, measured without recursion. */
import type { Expr } from './ast.ts';
import { tooDeep } from './parse-cursor.ts';

/** Sub-expressions of a node, in the order of the text. */
function children(expr: Expr): Expr[] {
  switch (expr.kind) {
    case 'number':
    case 'string':
    case 'selector':
      return [];
    case 'matrix':
      return [expr.selector];
    case 'subquery':
    case 'unary':
    case 'paren':
      return [expr.expr];
    case 'call':
      return expr.args;
    case 'aggregate':
      return expr.param === null ? [expr.expr] : [expr.param, expr.expr];
    case 'binary':
      return [expr.lhs, expr.rhs];
  }
}

/** Throws PromqlParseError when the tree is deeper than `maxDepth`. */
export function checkDepth(text: string, root: Expr, maxDepth: number): void {
  let level: Expr[] = [root];
  for (let depth = 1; level.length > 0; depth++) {
    const first = level[0];
    if (depth > maxDepth && first !== undefined) throw tooDeep(text, first.range, maxDepth);
    level = level.flatMap(children);
  }
}
