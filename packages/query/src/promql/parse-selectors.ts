/** Vector selectors (`name{a="b", "utf-8 name"=~"c"}`) and label lists (`by (a, "b")`). */
import { type Matcher, type MatchOp, METRIC_NAME } from '@sightline/store';
import type { VectorSelector } from './ast.ts';
import { patternProblem } from './check-matchers.ts';
import { quote, unquote } from './go-quote.ts';
import { isLabelWord } from './lex-tokens.ts';
import type { Cursor } from './parse-cursor.ts';

/** A selector; the current token is a metric name or `{`. */
export function parseVectorSelector(cursor: Cursor): VectorSelector {
  const { start } = cursor.token;
  const name = cursor.kind === '{' ? '' : cursor.take().text;
  const matchers = cursor.kind === '{' ? parseMatchers(cursor) : [];
  // Last, as Prometheus appends it: the order shows in `parse_query`.
  if (name !== '') matchers.push({ name: METRIC_NAME, op: '=', value: name });
  const range = { start, end: cursor.lastEnd };
  return { kind: 'selector', name, matchers, offset: 0, at: null, modifier: null, range };
}

const CONTEXT = 'label matching';

function parseMatchers(cursor: Cursor): Matcher[] {
  cursor.take();
  const matchers: Matcher[] = [];
  while (cursor.kind !== '}') {
    matchers.push(parseMatcher(cursor));
    if (cursor.kind === '}') break;
    cursor.expect(',', CONTEXT, '"," or "}"');
  }
  cursor.take();
  return matchers;
}

function parseMatcher(cursor: Cursor): Matcher {
  const { start } = cursor.token;
  if (cursor.kind !== 'identifier' && cursor.kind !== 'string') {
    throw cursor.unexpected(CONTEXT, 'identifier or "}"');
  }
  const isQuoted = cursor.kind === 'string';
  const { text } = cursor.take();
  const name = isQuoted ? unquote(text) : text;
  const op = matchOp(cursor.kind);
  if (op === null) {
    if (isQuoted) return { name: METRIC_NAME, op: '=', value: name };
    throw cursor.unexpected(CONTEXT, 'label matching operator');
  }
  cursor.take();
  const value = unquote(cursor.expect('string', CONTEXT, 'string').text);
  const matcher: Matcher = { name, op, value };
  const problem = patternProblem(matcher);
  if (problem !== null) throw cursor.error({ start, end: cursor.lastEnd }, problem);
  return matcher;
}

function matchOp(kind: string): MatchOp | null {
  switch (kind) {
    case '=':
    case '!=':
    case '=~':
    case '!~':
      return kind;
  }
  return null;
}

const GROUPING = 'grouping opts';

/** `(a, "b", c,)`. */
export function parseLabelList(cursor: Cursor): string[] {
  cursor.expect('(', GROUPING, '"("');
  const labels: string[] = [];
  while (cursor.kind !== ')') {
    labels.push(parseLabel(cursor));
    if (cursor.kind === ')') break;
    cursor.expect(',', GROUPING, '"," or ")"');
  }
  cursor.take();
  return labels;
}

function parseLabel(cursor: Cursor): string {
  const isQuoted = cursor.kind === 'string';
  if (!isQuoted && !isLabelWord(cursor.kind)) throw cursor.unexpected(GROUPING, 'label');
  const token = cursor.take();
  const label = isQuoted ? unquote(token.text) : token.text;
  if (label === '' || !label.isWellFormed()) {
    throw cursor.error(token, `invalid label name for grouping: ${quote(label)}`);
  }
  return label;
}
