/** The difference between two engines' answers to the same query. */
import { almostEqual } from './compare.ts';
import { labelKey } from './format.ts';
import type { Answer, AnswerSeries } from './target.ts';

/** null when the answers say the same. Errors are compared by their kind: their examples depend on the order of series. */
export function compareAnswers(a: Answer, b: Answer): string | null {
  if (!a.ok || !b.ok) {
    if (a.ok || b.ok) return `one fails: ${a.ok ? 'ok' : a.error} / ${b.ok ? 'ok' : b.error}`;
    return errorKind(a.error) === errorKind(b.error) ? null : `${a.error} / ${b.error}`;
  }
  if (a.type !== b.type) return `a ${a.type} / a ${b.type}`;
  return compareScalars(a, b) ?? compareSets(a.series, b.series);
}

function errorKind(error: string): string {
  return error.replaceAll(/\{[^}]*\}|\[[^\]]*\]/g, '').replaceAll(/(left|right) hand-side/g, '');
}

type Success = Extract<Answer, { ok: true }>;

function compareScalars(a: Success, b: Success): string | null {
  if (a.type === 'string') return a.text === b.text ? null : `${a.text} / ${b.text}`;
  if (a.type !== 'scalar') return null;
  const x = a.scalars[0]?.v ?? Number.NaN;
  const y = b.scalars[0]?.v ?? Number.NaN;
  return isClose(x, y) ? null : `${x} / ${y}`;
}

function compareSets(a: readonly AnswerSeries[], b: readonly AnswerSeries[]): string | null {
  const others = new Map(b.map((series) => [labelKey(series.labels), series]));
  for (const { labels, points } of a) {
    const key = labelKey(labels);
    const other = others.get(key);
    if (other === undefined) return `only the first has ${key}`;
    others.delete(key);
    if (points.length !== other.points.length) {
      return `${key} has ${points.length} points / ${other.points.length}`;
    }
    for (const [i, { t, v }] of points.entries()) {
      const point = other.points[i];
      if (point === undefined || point.t !== t || !isClose(v, point.v)) {
        return `${key}: ${v} at ${t} / ${point?.v} at ${point?.t}`;
      }
    }
  }
  for (const key of others.keys()) return `only the second has ${key}`;
  return null;
}

/** Sums that should be zero differ by their rounding. */
const ROUNDING = 1e-9;

function isClose(a: number, b: number): boolean {
  return almostEqual(a, b) || Math.abs(a - b) < ROUNDING;
}
