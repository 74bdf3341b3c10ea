/** Replacement by regular expressions in templates, with Go's `$1` and `${name}`. */
import type { RE2JS } from 're2js';
import { compileRegex } from './regex.ts';

/** Templates nearly always name their patterns literally: a few suffice. */
const MAX_CACHED = 64;
const cache = new Map<string, RE2JS>();

function cached(pattern: string): RE2JS {
  let regex = cache.get(pattern);
  if (regex === undefined) {
    regex = compileRegex(pattern);
    if (cache.size >= MAX_CACHED) cache.clear();
    cache.set(pattern, regex);
  }
  return regex;
}

/** Replaces every match; `expands`: the replacement may name groups. */
export function replaceExpanded(
  pattern: string,
  value: string,
  replacement: string,
  expands: boolean,
): string {
  const regex = cached(pattern);
  const names = regex.namedGroups();
  const matcher = regex.matcher(value);
  let result = '';
  let at = 0;
  while (matcher.find()) {
    result += value.slice(at, matcher.start());
    at = matcher.end();
    if (!expands) result += replacement;
    else {
      result += replacement.replace(/\$(?:(\$)|\{(\w+)\}|(\w+))/g, (_, dollar, braced, bare) => {
        if (dollar !== undefined) return '$';
        const name: string = braced ?? bare;
        const group = /^\d+$/.test(name) ? Number(name) : names[name];
        if (group === undefined || group > matcher.groupCount()) return '';
        return matcher.group(group) ?? '';
      });
    }
  }
  return result + value.slice(at);
}
