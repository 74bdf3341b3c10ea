/** Regular expressions from queries: RE2's syntax, linear time. */
import { RE2JS } from 're2js';

/** Throws when the pattern is no RE2 pattern. */
export function compileRegex(pattern: string): RE2JS {
  return RE2JS.compile(pattern);
}

/** For lines: the dot matches ends of lines too. Throws as `compileRegex`. */
export function compileLineRegex(pattern: string): RE2JS {
  return RE2JS.compile(pattern, RE2JS.DOTALL);
}

/** Tests whole values, as label matchers do; equal values in a row cost nothing. */
export function wholeMatcher(pattern: string): (value: string) => boolean {
  const regex = RE2JS.compile(`^(?s:${pattern})$`);
  let lastValue: string | null = null;
  let lastResult = false;
  return (value) => {
    if (value === lastValue) return lastResult;
    lastResult = regex.test(value);
    lastValue = value;
    return lastResult;
  };
}

const SPECIAL = /[\\.+*?()|[\]{}^$]/;

/** The literals of which one must occur in what the pattern matches, when it is a plain alternation; else null. */
export function literalAlternatives(pattern: string): string[] | null {
  const parts = pattern.split('|');
  return parts.some((part) => part === '' || SPECIAL.test(part)) ? null : parts;
}

const OUTSIDE_LITERAL = /[.^$)\]}]/;
const REPEATS = /[*?{]/;
/** Counts of a repetition; a brace that begins none stands for itself. */
const COUNTS = /\{\d+(?:,\d*)?\}/y;

/**
 * The longest text that everything has which the pattern matches anywhere; '' when none is seen. Looks at what stands outside of groups and
 * classes only.
 */
export function requiredText(pattern: string): string {
  let longest = '';
  let run = '';
  const endRun = (): void => {
    if (run.length > longest.length) longest = run;
    run = '';
  };
  for (let at = 0; at < pattern.length; at++) {
    const char = pattern.charAt(at);
    if (char === '|' || pattern.startsWith('(?', at)) return '';
    if (char === '\\') {
      const escaped = pattern.charAt(++at);
      if (/[A-Za-z0-9]/.test(escaped)) {
        // Classes, edges of words, escapes with digits, quoted stretches.
        if (!/[bBdDsSwW]/.test(escaped)) return '';
        endRun();
      } else run += escaped;
    } else if (char === '(' || char === '[') {
      endRun();
      at = char === '(' ? groupEnd(pattern, at) : classEnd(pattern, at);
      // Not understood: an alternation may follow, of which no side must occur.
      if (at >= pattern.length) return '';
    } else if (REPEATS.test(char)) {
      // What stands before may be missing.
      run = run.slice(0, -1);
      endRun();
      COUNTS.lastIndex = at;
      if (COUNTS.test(pattern)) at = COUNTS.lastIndex - 1;
    } else if (char === '+') endRun();
    else if (OUTSIDE_LITERAL.test(char)) endRun();
    else run += char;
  }
  endRun();
  return longest.isWellFormed() ? longest : '';
}

/** Where the class that begins at `start` ends; the end of the pattern for what is not understood. */
function classEnd(pattern: string, start: number): number {
  let at = start + 1;
  if (pattern.charAt(at) === '^') at++;
  // A bracket that stands first is one of the class.
  if (pattern.charAt(at) === ']') at++;
  for (; at < pattern.length; at++) {
    const char = pattern.charAt(at);
    if (char === '\\') at++;
    // Classes within classes and quoting are not followed.
    else if (char === '[') return pattern.length;
    else if (char === ']') return at;
  }
  return at;
}

function groupEnd(pattern: string, start: number): number {
  let depth = 0;
  for (let at = start; at < pattern.length; at++) {
    const char = pattern.charAt(at);
    if (char === '\\') {
      if (/[QE]/.test(pattern.charAt(++at))) return pattern.length;
    } else if (char === '[') at = classEnd(pattern, at);
    else if (char === '(') depth++;
    else if (char === ')' && --depth === 0) return at;
  }
  return pattern.length;
}
