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
