/** Operators on single values: floats, and floats or histograms with the types that fit. */
import { type Histogram, RESET_GAUGE } from '@sightline/wire';
import {
  add,
  type Combined,
  compact,
  divide,
  equals,
  multiply,
  subtract,
} from '../histogram/arithmetic.ts';
import { trim } from '../histogram/trim.ts';
import type { Annotations } from './annotations.ts';
import type { BinaryOp } from './ast.ts';

export function isComparison(op: BinaryOp): boolean {
  return op === '==' || op === '!=' || op === '>' || op === '<' || op === '>=' || op === '<=';
}

/** Whether the result is still the same metric (comparisons and trims), so that its name stays. */
export function keepsMetric(op: BinaryOp): boolean {
  switch (op) {
    case '+':
    case '-':
    case '*':
    case '/':
    case '%':
    case '^':
    case 'atan2':
      return false;
    default:
      return true;
  }
}

/** x^y as C and Go have it: 1^y and (-1)^±Inf are 1 where JavaScript says NaN. */
function power(x: number, y: number): number {
  if (x === 1 || (x === -1 && Math.abs(y) === Number.POSITIVE_INFINITY)) return 1;
  return x ** y;
}

/** Comparisons yield 1 or 0. */
export function floatOp(op: BinaryOp, left: number, right: number): number {
  switch (op) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '/':
      return left / right;
    case '%':
      return left % right;
    case '^':
      return power(left, right);
    case 'atan2':
      return Math.atan2(left, right);
    case '==':
      return left === right ? 1 : 0;
    case '!=':
      return left !== right ? 1 : 0;
    case '>':
      return left > right ? 1 : 0;
    case '<':
      return left < right ? 1 : 0;
    case '>=':
      return left >= right ? 1 : 0;
    case '<=':
      return left <= right ? 1 : 0;
    default:
      return Number.NaN;
  }
}

/** Result of the last `elementOp` that returned true. */
export const elementResult: { value: number; h: Histogram | undefined; keep: boolean } = {
  value: 0,
  h: undefined,
  keep: true,
};

function result(value: number, h: Histogram | undefined, keep: boolean): boolean {
  elementResult.value = value;
  elementResult.h = h;
  elementResult.keep = keep;
  return true;
}

function ofCombined(
  op: '+' | '-',
  combined: Combined | null,
  notes: Annotations,
  position: number,
): boolean {
  if (combined === null) {
    notes.warn(`incompatible bucket layout encountered for binary operator ${op}`, position);
    return false;
  }
  const operation = op === '+' ? 'addition' : 'subtraction';
  if (combined.resetCollision) notes.resetCollision(operation, position);
  if (combined.boundsReconciled) notes.boundsReconciled(operation, position);
  const h = compact(combined.h);
  return result(0, op === '-' ? { ...h, resetHint: RESET_GAUGE } : h, true);
}

/**
 * One operation on floats or histograms (a defined histogram goes before the float). False when the types do not fit, which is
 * noted; else `elementResult` holds what comes out, and for comparisons whether it is kept.
 */
export function elementOp(
  op: BinaryOp,
  left: number,
  right: number,
  leftH: Histogram | undefined,
  rightH: Histogram | undefined,
  notes: Annotations,
  position: number,
): boolean {
  if (leftH === undefined && rightH === undefined) {
    if (op !== '</' && op !== '>/') {
      const value = floatOp(op, left, right);
      return isComparison(op)
        ? result(left, undefined, value === 1)
        : result(value, undefined, true);
    }
  } else if (leftH === undefined) {
    if (op === '*' && rightH !== undefined) return result(0, compact(multiply(rightH, left)), true);
  } else if (rightH === undefined) {
    if (op === '*') return result(0, compact(multiply(leftH, right)), true);
    if (op === '/') return result(0, compact(divide(leftH, right)), true);
    if (op === '</' || op === '>/') return result(0, trim(leftH, right, op === '</'), true);
  } else {
    if (op === '+') return ofCombined(op, add(leftH, rightH), notes, position);
    if (op === '-') return ofCombined(op, subtract(leftH, rightH), notes, position);
    if (op === '==') return result(0, leftH, equals(leftH, rightH));
    if (op === '!=') return result(0, leftH, !equals(leftH, rightH));
  }
  const leftType = leftH === undefined ? 'float' : 'histogram';
  const rightType = rightH === undefined ? 'float' : 'histogram';
  notes.incompatibleTypes(leftType, op, rightType, position);
  return false;
}
