/**
 * Matchers made ready for use: on values, and on canonical label bytes of series that have no postings yet.
 *
 * Model: a missing label has the empty value. `test` says whether a series with this value of the label stays.
 */

import type { Matcher, MatchOp } from '../../matcher.ts';
import { byteString, byteStringOf, textOf } from '../blocks/strings.ts';
import { compilePattern, type Pattern } from './pattern.ts';

export interface CompiledMatcher {
  readonly name: string;
  readonly op: MatchOp;
  /** null for `=` and `!=`. */
  readonly pattern: Pattern | null;
  /** The literal of `=` and `!=`. */
  readonly value: string;
  readonly matchesEmpty: boolean;
  test(value: string): boolean;
}

/** Compiles matchers. Throws PatternError. */
export function compileMatchers(matchers: readonly Matcher[]): CompiledMatcher[] {
  return matchers.map(({ name, op, value }) => {
    if (op === '=' || op === '!=') return literalMatcher(name, op, value);
    const pattern = compilePattern(value);
    const literal = pattern.literals?.length === 1 ? pattern.literals[0] : null;
    if (literal !== null) return literalMatcher(name, op === '=~' ? '=' : '!=', literal);
    const want = op === '=~';
    const test = (text: string): boolean => pattern.test(text) === want;
    return { name, op, pattern, value, matchesEmpty: test(''), test };
  });
}

function literalMatcher(name: string, op: '=' | '!=', value: string): CompiledMatcher {
  const want = op === '=';
  const test = (text: string): boolean => (text === value) === want;
  return { name, op, pattern: null, value, matchesEmpty: test(''), test };
}

/** Results of a matcher that are remembered per distinct value. */
const MAX_REMEMBERED = 65_536;

interface BytesMatcher {
  name: string;
  /** Byte string that decides `=` and `!=`, else null. */
  literal: string | null;
  matchesEmpty: boolean;
  want: boolean;
  known: Map<string, boolean>;
  test(value: string): boolean;
}

/** All matchers of a selector, for canonical label bytes. */
export class CanonicalFilter {
  /** By name, in byte order, as labels are. */
  readonly #matchers: BytesMatcher[];

  constructor(matchers: readonly CompiledMatcher[]) {
    this.#matchers = matchers
      .map((matcher) => ({
        name: byteStringOf(matcher.name),
        literal: matcher.pattern === null ? byteStringOf(matcher.value) : null,
        matchesEmpty: matcher.matchesEmpty,
        want: matcher.op === '=' || matcher.op === '=~',
        known: new Map<string, boolean>(),
        test: matcher.test,
      }))
      .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  }

  /** Forgets what was learnt of values when that is much. */
  trim(maxValues: number): void {
    for (const { known } of this.#matchers) if (known.size > maxValues) known.clear();
  }

  /** Whether the canonical labels bytes[start, end) satisfy all matchers. */
  matchesCanonical(bytes: Uint8Array, start: number, end: number): boolean {
    const matchers = this.#matchers;
    let next = 0;
    let at = start;
    while (next < matchers.length && at < end) {
      const nameLength = readLength(bytes, at);
      const nameAt = at + lengthBytes(nameLength);
      const valueHead = nameAt + nameLength;
      const valueLength = readLength(bytes, valueHead);
      const valueAt = valueHead + lengthBytes(valueLength);
      at = valueAt + valueLength;
      let order = compareName(matchers[next].name, bytes, nameAt, nameLength);
      while (order < 0) {
        if (!matchers[next++].matchesEmpty) return false;
        if (next === matchers.length) return true;
        order = compareName(matchers[next].name, bytes, nameAt, nameLength);
      }
      while (order === 0) {
        if (!testValue(matchers[next++], bytes, valueAt, valueLength)) return false;
        if (next === matchers.length) return true;
        order = compareName(matchers[next].name, bytes, nameAt, nameLength);
      }
    }
    while (next < matchers.length) if (!matchers[next++].matchesEmpty) return false;
    return true;
  }
}

function testValue(matcher: BytesMatcher, bytes: Uint8Array, at: number, length: number): boolean {
  const { literal } = matcher;
  if (literal !== null) {
    const same = literal.length === length && compareName(literal, bytes, at, length) === 0;
    return same === matcher.want;
  }
  const value = byteString(bytes, at, at + length);
  const known = matcher.known.get(value);
  if (known !== undefined) return known;
  const result = matcher.test(textOf(value));
  if (matcher.known.size < MAX_REMEMBERED) matcher.known.set(value, result);
  return result;
}

/** Orders a byte string and bytes[at, at + length). */
function compareName(text: string, bytes: Uint8Array, at: number, length: number): number {
  const shorter = Math.min(text.length, length);
  for (let i = 0; i < shorter; i++) {
    const difference = text.charCodeAt(i) - bytes[at + i];
    if (difference !== 0) return difference;
  }
  return text.length - length;
}

function readLength(bytes: Uint8Array, at: number): number {
  const first = bytes[at];
  if (first < 0x80) return first;
  let length = first & 0x7f;
  for (let shift = 7, i = at + 1; shift < 35; shift += 7, i++) {
    length += (bytes[i] & 0x7f) * 2 ** shift;
    if (bytes[i] < 0x80) break;
  }
  return length;
}

function lengthBytes(length: number): number {
  return length < 0x80
    ? 1
    : length < 0x4000
      ? 2
      : length < 0x200000
        ? 3
        : length < 0x10000000
          ? 4
          : 5;
}
