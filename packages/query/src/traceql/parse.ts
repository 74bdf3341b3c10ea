/**
 * The parser of TraceQL: text to a checked tree.
 *
 * Model: recursive descent with precedence climbing over the tokens of lex.ts. The language is that of Tempo's documentation ("Construct a
 * TraceQL query", "TraceQL metrics functions").
 *
 * Invariants: the first fault in the order of the text is thrown, syntax before types; the depth of the tree and the length
 * of the text are bounded, so that nothing that walks a tree can overflow the stack.
 */
import type { Query } from './ast.ts';
import { checkQuery } from './check.ts';
import { Cursor } from './parse-cursor.ts';
import { isMath, parseMath, parseSpanQuery } from './parse-math.ts';
import { parseHints } from './parse-metrics.ts';

export interface TraceqlParseOptions {
  /** Longest query, in UTF-16 units. */
  maxLength?: number;
  /** Deepest nesting of the text and of the tree. */
  maxDepth?: number;
}

const MAX_LENGTH = 65_536;
/** A chain of operators is as deep as it is long; queries of a builder reach a few dozen. */
const MAX_DEPTH = 500;

/** Parses and checks a query. Throws TraceqlParseError. */
export function parseTraceql(text: string, options: TraceqlParseOptions = {}): Query {
  const maxLength = options.maxLength ?? MAX_LENGTH;
  const maxDepth = options.maxDepth ?? MAX_DEPTH;
  const cursor = new Cursor(text, maxDepth);
  if (text.length > maxLength) {
    throw cursor.error({ start: 0, end: 0 }, `query is too long (at most ${maxLength} characters)`);
  }
  const query: Query = isMath(cursor)
    ? { ...parseMath(cursor), hints: parseHints(cursor) }
    : { ...parseSpanQuery(cursor), hints: parseHints(cursor) };
  if (cursor.token.kind !== 'eof') throw cursor.unexpected();
  checkQuery(query, text, maxDepth);
  return query;
}
