/** A stream selector as LogQL writes it, for the configuration; the languages themselves are loaded by query threads only. */
import type { Matcher } from '@sightline/store';

const OPERATORS = ['=~', '!~', '!=', '='] as const;
const LABEL = /\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*(=~|!~|!=|=)\s*("(?:[^"\\\n]|\\.)*"|`[^`]*`)\s*/y;

/** The matchers of `{name="value", ...}`; undefined when the text is no selector, or has a pattern that is none. */
export function parseSelector(text: string): Matcher[] | undefined {
  const inner = /^\s*\{(.*)\}\s*$/s.exec(text)?.[1];
  if (inner === undefined) return undefined;
  const matchers: Matcher[] = [];
  for (let at = 0; at < inner.length; ) {
    LABEL.lastIndex = at;
    const found = LABEL.exec(inner);
    const op = OPERATORS.find((one) => one === found?.[2]);
    if (found === null || op === undefined) return undefined;
    const value = unquoted(found[3]);
    if (value === undefined || (op.endsWith('~') && !isPattern(value))) return undefined;
    matchers.push({ name: found[1], op, value });
    at = LABEL.lastIndex;
    if (at === inner.length) break;
    if (inner[at++] !== ',') return undefined;
  }
  return matchers.length > 0 ? matchers : undefined;
}

function unquoted(text: string): string | undefined {
  if (text.startsWith('`')) return text.slice(1, -1);
  try {
    return String(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function isPattern(text: string): boolean {
  try {
    new RegExp(text, 'u');
    return true;
  } catch {
    return false;
  }
}
