/** Which promise a case belongs to: stable floats must all pass, the rest at least to 95 %. */
import { type DurationExpr, type Expr, FUNCTIONS } from '@sightline/query';
import type { Labels } from '@sightline/store';
import type { EvalCommand } from './format.ts';
import { matcherTest } from './memory-querier.ts';

export type CaseClass = 'stable float' | 'experimental' | 'native histogram';

/** What has been loaded since the last `clear`, as far as the class of a case depends on it. */
export interface LoadedShape {
  labels: Labels;
  hasHistograms: boolean;
  hasStart: boolean;
}

export function classify(
  command: EvalCommand,
  expr: Expr | null,
  loaded: readonly LoadedShape[],
): CaseClass {
  if (command.series.some(({ values }) => values.some((value) => value?.h != null))) {
    return 'native histogram';
  }
  if (expr === null) return 'stable float';
  const found = { native: false, experimental: false };
  visit(expr, (node) => {
    if (isExperimental(node)) found.experimental = true;
    if (node.kind === 'binary' && (node.op === '</' || node.op === '>/')) found.native = true;
    if (node.kind !== 'selector') return;
    const tests = node.matchers.map(matcherTest);
    for (const { labels, hasHistograms, hasStart } of loaded) {
      if (!tests.every((test) => test(labels))) continue;
      if (hasHistograms) found.native = true;
      if (hasStart) found.experimental = true;
    }
  });
  if (found.native) return 'native histogram';
  return found.experimental ? 'experimental' : 'stable float';
}

function isExperimental(node: Expr): boolean {
  switch (node.kind) {
    case 'call':
      return FUNCTIONS.get(node.func)?.experimental ?? false;
    case 'aggregate':
      return node.op === 'limitk' || node.op === 'limit_ratio';
    case 'binary':
      return node.matching?.fillLeft != null || node.matching?.fillRight != null;
    case 'selector':
      return node.modifier !== null || isComputed(node.offset);
    case 'matrix':
      return isComputed(node.window);
    case 'subquery':
      return isComputed(node.window) || isComputed(node.offset) || isComputed(node.step ?? 0);
  }
  return false;
}

function isComputed(duration: number | DurationExpr): boolean {
  return typeof duration !== 'number';
}

/** Calls `see` on every node. */
export function visit(expr: Expr, see: (node: Expr) => void): void {
  see(expr);
  switch (expr.kind) {
    case 'matrix':
      visit(expr.selector, see);
      break;
    case 'subquery':
    case 'unary':
    case 'paren':
      visit(expr.expr, see);
      break;
    case 'call':
      for (const arg of expr.args) visit(arg, see);
      break;
    case 'aggregate':
      if (expr.param !== null) visit(expr.param, see);
      visit(expr.expr, see);
      break;
    case 'binary':
      visit(expr.lhs, see);
      visit(expr.rhs, see);
      break;
  }
}
