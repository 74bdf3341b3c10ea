/**
 * Natural order of label values: runs of digits compare as numbers ("node2" before "node10"), the rest byte by byte.
 */
import { compareBytes } from '@sightline/store';

function chunks(text: string): string[] {
  return text.match(/\d+|\D+/g) ?? [];
}

const DIGITS = /^\d/;

function compareNumbers(a: string, b: string): number {
  const x = a.replace(/^0+(?=\d)/, '');
  const y = b.replace(/^0+(?=\d)/, '');
  return x.length - y.length || compareBytes(x, y);
}

/** Whether `a` stands before `b`. */
export function naturalLess(a: string, b: string): boolean {
  const left = chunks(a);
  const right = chunks(b);
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const x = left[i] ?? '';
    const y = right[i] ?? '';
    if (x === y) continue;
    const numbers = DIGITS.test(x) && DIGITS.test(y);
    const order = numbers ? compareNumbers(x, y) : compareBytes(x, y);
    if (order !== 0) return order < 0;
  }
  return left.length < right.length;
}
