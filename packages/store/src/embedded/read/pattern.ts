/**
 * Regular expressions of matchers, reduced to something cheaper where that is possible.
 *
 * Model: a pattern must match the whole value, `.` matches every character (Prometheus' `^(?s:...)$`). Patterns made of literals, `.*`,
 * `.+`, groups, alternations, small character classes and `?` are expanded into alternatives; an alternative is a
 * list of literals with gaps between them. Only when the expansion meets anything else, or grows too large, RE2 is used.
 *
 * Invariants: the reduced form accepts exactly what RE2 would; a pattern is refused exactly when RE2 refuses it (whatever is not fully
 * understood here is given to RE2). Matching time is linear in the value.
 */
import { RE2JS, RE2JSSyntaxException } from 're2js';
import { PatternError } from './pattern-error.ts';

export interface Pattern {
  /** Every matching value, when they are finitely many and few; sorted by nothing in particular, distinct. */
  readonly literals: readonly string[] | null;
  /** Every matching value begins so. */
  readonly prefix: string;
  /** Whether every value matches, whether every value but the empty one. */
  readonly any: boolean;
  readonly present: boolean;
  test(value: string): boolean;
}

/** One way to match: literals[0] gap literals[1] gap ... ; a gap of 0 or of at least 1 character. */
interface Alternative {
  literals: string[];
  /** Least characters of the gap behind literal i. */
  gaps: (0 | 1)[];
}

/** Alternatives of one part of a pattern, when groups are multiplied out. */
const MAX_PRODUCT = 1024;
/** Alternatives of a whole pattern: dashboards send lists of thousands of names. */
const MAX_ALTERNATIVES = 65_536;
/** Joins of alternatives in all: bounds the work of an expansion. */
const MAX_JOINS = 500_000;
const MAX_PATTERN_LENGTH = 1 << 20;
/** Longest pattern for RE2 itself; its program grows with it. */
const MAX_RE2_LENGTH = 64 * 1024;
const MAX_DEPTH = 100;

/** Compiles a pattern. Throws PatternError. */
export function compilePattern(text: string): Pattern {
  if (text.length > MAX_PATTERN_LENGTH) {
    throw new PatternError(`regular expression longer than ${MAX_PATTERN_LENGTH} characters`);
  }
  const alternatives = new Expansion(text).whole();
  return alternatives === null ? re2Pattern(text) : reducedPattern(alternatives);
}

function reducedPattern(alternatives: readonly Alternative[]): Pattern {
  const finite = alternatives.every(({ gaps }) => gaps.length === 0);
  if (finite) {
    const literals = new Set(alternatives.map((alternative) => alternative.literals[0]));
    return {
      literals: [...literals],
      prefix: commonPrefix(alternatives),
      any: false,
      present: false,
      test: (value) => literals.has(value),
    };
  }
  const free = alternatives.filter(({ literals }) => literals.every((literal) => literal === ''));
  const any = free.some(({ gaps }) => gaps[0] === 0);
  const present =
    !any && free.some(({ gaps }) => gaps[0] === 1) && !alternatives.some(matchesEmpty);
  return {
    literals: null,
    prefix: commonPrefix(alternatives),
    any,
    present,
    test: any
      ? () => true
      : alternatives.length === 1
        ? (value) => matchesAlternative(alternatives[0], value)
        : (value) => alternatives.some((alternative) => matchesAlternative(alternative, value)),
  };
}

function matchesEmpty({ literals, gaps }: Alternative): boolean {
  return literals.every((literal) => literal === '') && gaps.every((gap) => gap === 0);
}

function commonPrefix(alternatives: readonly Alternative[]): string {
  let prefix = alternatives[0].literals[0];
  for (const { literals } of alternatives) {
    while (!literals[0].startsWith(prefix)) prefix = prefix.slice(0, -1);
  }
  return prefix;
}

function matchesAlternative({ literals, gaps }: Alternative, value: string): boolean {
  if (gaps.length === 0) return value === literals[0];
  if (!value.startsWith(literals[0])) return false;
  let at = literals[0].length;
  const last = literals.length - 1;
  for (let i = 1; i < last; i++) {
    const found = value.indexOf(literals[i], at + gaps[i - 1]);
    if (found < 0) return false;
    at = found + literals[i].length;
  }
  const tail = literals[last];
  return value.length - tail.length >= at + gaps[last - 1] && value.endsWith(tail);
}

function re2Pattern(text: string): Pattern {
  if (text.length > MAX_RE2_LENGTH) {
    throw new PatternError(`regular expression longer than ${MAX_RE2_LENGTH} characters`);
  }
  const re2 = compileRe2(text);
  return {
    literals: null,
    prefix: literalPrefix(text),
    any: false,
    present: false,
    test: (value) => re2.testExact(value),
  };
}

function compileRe2(text: string): RE2JS {
  try {
    return RE2JS.compile(text, RE2JS.DOTALL);
  } catch (error) {
    // Once more without the flag, which would stand in the message.
    let cause = error;
    try {
      RE2JS.compile(text);
    } catch (plain) {
      cause = plain;
    }
    if (cause instanceof RE2JSSyntaxException) throw new PatternError(cause.message);
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new PatternError(`error parsing regexp: ${why}`);
  }
}

const PLAIN = /^[\p{L}\p{N}_:\-/ ,;=@%&#~"'<>!]$/u;

/** ASCII characters without a meaning, each followed by another or by the end of its alternative. */
const PLAIN_RUN = /(?:[\w:\-/ ,;=@%&#~"'<>!](?![*+?{]))*/y;

/** Literal characters that every match of a pattern begins with; '' when in doubt. */
function literalPrefix(text: string): string {
  if (text.includes('|') || text.includes('(?')) return '';
  let prefix = '';
  for (const char of text) {
    if (!PLAIN.test(char)) {
      // A quantifier makes the last character optional.
      if ('*?{'.includes(char)) return [...prefix].slice(0, -1).join('');
      return prefix;
    }
    prefix += char;
  }
  return prefix;
}

/** Parses a pattern into alternatives; every method returns null when it meets something that it does not know. */
class Expansion {
  readonly #text: string;
  #at = 0;
  #depth = 0;
  #joins = 0;

  constructor(text: string) {
    this.#text = text;
  }

  whole(): Alternative[] | null {
    const alternatives = this.#alternation();
    return this.#at === this.#text.length ? alternatives : null;
  }

  #alternation(): Alternative[] | null {
    const all: Alternative[] = [];
    for (;;) {
      const some = this.#sequence();
      if (some === null || all.length + some.length > MAX_ALTERNATIVES) return null;
      for (const alternative of some) all.push(alternative);
      if (this.#text[this.#at] !== '|') return all;
      this.#at++;
    }
  }

  #sequence(): Alternative[] | null {
    let before: Alternative[] = [{ literals: [''], gaps: [] }];
    for (;;) {
      const char = this.#text[this.#at];
      if (char === undefined || char === '|' || char === ')') return before;
      const item = this.#item();
      if (item === null) return null;
      this.#joins += before.length * item.length;
      const next = this.#joins > MAX_JOINS ? null : product(before, item);
      if (next === null) return null;
      before = next;
    }
  }

  /** One literal, gap, class or group with its quantifier. */
  #item(): Alternative[] | null {
    if (this.#text[this.#at] === '.') return this.#gap();
    const atom = this.#atom();
    if (atom === null) return null;
    const quantifier = this.#text[this.#at];
    if (quantifier === '*' || quantifier === '+' || quantifier === '{') return null;
    if (quantifier !== '?') return atom;
    this.#at++;
    if (this.#isQuantifier()) return null;
    return [...atom, { literals: [''], gaps: [] }];
  }

  #isQuantifier(): boolean {
    return '*+?{'.includes(this.#text[this.#at] ?? ' ');
  }

  #gap(): Alternative[] | null {
    const quantifier = this.#text[this.#at + 1];
    if (quantifier !== '*' && quantifier !== '+') return null;
    this.#at += 2;
    // A lazy gap matches the same whole values.
    if (this.#text[this.#at] === '?') this.#at++;
    if (this.#isQuantifier()) return null;
    return [{ literals: ['', ''], gaps: [quantifier === '+' ? 1 : 0] }];
  }

  #atom(): Alternative[] | null {
    const char = this.#text[this.#at];
    if (char === '(') return this.#group();
    if (char === '[') return this.#class();
    if (char === '\\') return this.#escape();
    if ('*+?{}]^$'.includes(char)) return null;
    const code = this.#text.codePointAt(this.#at) ?? 0;
    const literal = String.fromCodePoint(code);
    if (code >= 0xd800 && code <= 0xdfff) return null;
    this.#at += literal.length;
    return [{ literals: [literal + this.#plainRun()], gaps: [] }];
  }

  /** More literal characters, as far as no quantifier can follow them. */
  #plainRun(): string {
    PLAIN_RUN.lastIndex = this.#at;
    const run = PLAIN_RUN.exec(this.#text)?.[0] ?? '';
    this.#at += run.length;
    return run;
  }

  #escape(): Alternative[] | null {
    const escaped = this.#text[this.#at + 1];
    if (escaped === undefined || !/^[!-/:-@[-`{-~]$/.test(escaped)) return null;
    this.#at += 2;
    return [{ literals: [escaped], gaps: [] }];
  }

  #group(): Alternative[] | null {
    this.#at++;
    if (this.#text.startsWith('?:', this.#at)) this.#at += 2;
    else if (this.#text[this.#at] === '?') return null;
    if (++this.#depth > MAX_DEPTH) return null;
    const alternatives = this.#alternation();
    this.#depth--;
    if (alternatives === null || this.#text[this.#at] !== ')') return null;
    this.#at++;
    return alternatives;
  }

  /** A class of plain characters and ranges of ASCII letters or digits. */
  #class(): Alternative[] | null {
    const members = /^\[((?:[a-z]-[a-z]|[A-Z]-[A-Z]|[0-9]-[0-9]|[A-Za-z0-9_.:/])+)\]/.exec(
      this.#text.slice(this.#at, this.#at + 64),
    );
    if (members === null) return null;
    const chars = new Set<string>();
    for (const [part] of members[1].matchAll(/.-.|./g)) {
      const first = part.charCodeAt(0);
      const last = part.charCodeAt(part.length - 1);
      if (last < first) return null;
      for (let code = first; code <= last; code++) chars.add(String.fromCharCode(code));
    }
    this.#at += members[0].length;
    return [...chars].map((char) => ({ literals: [char], gaps: [] }));
  }
}

/** Every alternative of the one followed by every one of the other; null when there are too many, or two gaps meet badly. */
function product(
  before: readonly Alternative[],
  after: readonly Alternative[],
): Alternative[] | null {
  if (before.length * after.length > MAX_PRODUCT && before.length > 1 && after.length > 1)
    return null;
  if (before.length * after.length > MAX_ALTERNATIVES) return null;
  if (before.length === 1 && after.length === 1) {
    const joined = join(before[0], after[0]);
    return joined === null ? null : [joined];
  }
  const all: Alternative[] = [];
  for (const a of before) {
    for (const b of after) {
      const joined = join(a, b);
      if (joined === null) return null;
      all.push(joined);
    }
  }
  return all;
}

function join(a: Alternative, b: Alternative): Alternative | null {
  const middle = a.literals[a.literals.length - 1] + b.literals[0];
  if (middle === '' && a.gaps.length > 0 && b.gaps.length > 0) {
    const behind = a.gaps[a.gaps.length - 1];
    const ahead = b.gaps[0];
    if (behind + ahead > 1) return null;
    const gap = behind === 1 || ahead === 1 ? 1 : 0;
    return {
      literals: [...a.literals.slice(0, -1), ...b.literals.slice(1)],
      gaps: [...a.gaps.slice(0, -1), gap, ...b.gaps.slice(1)],
    };
  }
  return {
    literals: [...a.literals.slice(0, -1), middle, ...b.literals.slice(1)],
    gaps: [...a.gaps, ...b.gaps],
  };
}
