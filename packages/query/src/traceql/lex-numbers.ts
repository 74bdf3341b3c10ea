/**
 * Numbers and durations of TraceQL: `200`, `1.5`, `.99`, `1e3`, `100ms`, `1h30m`, `1.5s`.
 *
 * Units are Go's (`ns us µs ms s m h`) and the days, weeks and years of Prometheus' durations (`d w y`; a year has 365 days).
 */
import { integer, type Value } from './value.ts';

const NUMBER = /(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?/y;
const DURATION = /(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h|d|w|y))+/y;
const DURATION_PART = /(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h|d|w|y)/g;
const WORD_CHAR = /[\p{L}\p{N}_]/u;

const UNIT_NS: ReadonlyMap<string, number> = new Map([
  ['ns', 1],
  ['us', 1e3],
  ['µs', 1e3],
  ['μs', 1e3],
  ['ms', 1e6],
  ['s', 1e9],
  ['m', 60e9],
  ['h', 3600e9],
  ['d', 86_400e9],
  ['w', 604_800e9],
  ['y', 31_536_000e9],
]);

/** The number or duration at an offset that begins one. */
export function scanNumber(
  text: string,
  start: number,
): { value: Value; end: number } | { problem: string } {
  DURATION.lastIndex = start;
  const duration = DURATION.exec(text)?.[0];
  if (duration !== undefined && endsWord(text, start + duration.length)) {
    return {
      value: { type: 'duration', value: durationNs(duration) },
      end: start + duration.length,
    };
  }
  NUMBER.lastIndex = start;
  const number = NUMBER.exec(text)?.[0] ?? '';
  const end = start + number.length;
  if (!endsWord(text, end)) return { problem: 'syntax error: unexpected IDENTIFIER' };
  const type = /^\d+$/.test(number) ? 'int' : 'float';
  const value = Number(number);
  if (!Number.isFinite(value) || (type === 'int' && value > 2 ** 63)) {
    return { problem: `value out of range: ${number}` };
  }
  return { value: type === 'int' ? integer(number) : { type, value }, end };
}

function endsWord(text: string, at: number): boolean {
  const next = text[at];
  return next === undefined || !(WORD_CHAR.test(next) || next === '.');
}

/** Fractions of a unit are rounded to whole nanoseconds, each part for itself. */
function durationNs(text: string): number {
  let total = 0;
  for (const [, count = '', unit = ''] of text.matchAll(DURATION_PART)) {
    total += Math.round(Number(count) * (UNIT_NS.get(unit) ?? 0));
  }
  return total;
}
