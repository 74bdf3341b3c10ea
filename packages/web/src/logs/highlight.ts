/** Where the words of a query stand in a line. */
import type { LogQuery } from './query-text.ts';

/** A line that is longer is not searched beyond this. */
const maxLength = 20_000;
const maxMarks = 200;
const maxTerms = 30;

export interface Piece {
  readonly text: string;
  readonly hit: boolean;
}

/** Finds what the line filters of a query ask for; undefined when they ask for nothing that could be shown. */
export function highlighter(query: LogQuery | undefined): RegExp | undefined {
  const sources: string[] = [];
  for (const stage of query?.stages ?? []) {
    // Behind other stages a filter may mean a line that was written anew.
    if (stage.kind === 'other' || sources.length >= maxTerms) break;
    if (stage.kind !== 'line' || stage.value === '') continue;
    if (stage.op === '|=') sources.push(escapeRegex(stage.value));
    else if (stage.op === '|~') sources.push(...expression(stage.value));
  }
  return sources.length === 0 ? undefined : new RegExp(sources.join('|'), 'g');
}

/** RE2's `(?i)` as a group of its own; nothing for what JavaScript reads otherwise. */
function expression(pattern: string): string[] {
  const caseless = pattern.startsWith('(?i)');
  const body = caseless ? pattern.slice(4) : pattern;
  const source = caseless ? `(?i:${body})` : `(?:${body})`;
  try {
    return new RegExp(source).test('') ? [] : [source];
  } catch {
    return [];
  }
}

function escapeRegex(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}

/** The text in pieces, of which some are hits. */
export function piecesOf(text: string, pattern: RegExp | undefined): readonly Piece[] {
  if (pattern === undefined) return [{ text, hit: false }];
  const pieces: Piece[] = [];
  let at = 0;
  for (const found of text.slice(0, maxLength).matchAll(pattern)) {
    if (found[0] === '') continue;
    if (found.index > at) pieces.push({ text: text.slice(at, found.index), hit: false });
    pieces.push({ text: found[0], hit: true });
    at = found.index + found[0].length;
    if (pieces.length >= maxMarks) break;
  }
  if (at < text.length) pieces.push({ text: text.slice(at), hit: false });
  return pieces;
}
