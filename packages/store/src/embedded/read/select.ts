/**
 * Evaluating matchers on a posting segment.
 *
 * Model: a matcher that refuses the empty value requires its label: its series are the union of the lists of the matching values.
 * A matcher that accepts it only takes away the series whose value it refuses. Required sets are intersected, smallest
 * first; then series are taken away; without a required set one starts from all series of the segment.
 *
 * Invariant: lists of one label name are disjoint (a series has one value), so sizes of unions are sums.
 */
import type { QueryBudget } from '../../querier.ts';
import type { PostingsReader } from '../blocks/postings-reader.ts';
import type { CompiledMatcher } from './matchers.ts';

/** Values tested between two looks at the budget. */
const POLL_VALUES = 1024;

interface EntrySet {
  entries: number[];
  size: number;
}

/** Ascending dsids of the segment's series that satisfy all matchers. Throws what `budget.poll` throws, and CorruptionError. */
export function selectDsids(
  postings: PostingsReader,
  matchers: readonly CompiledMatcher[],
  budget: Pick<QueryBudget, 'poll'>,
): Uint32Array {
  const required: EntrySet[] = [];
  const refused: number[] = [];
  for (const matcher of matchers) {
    if (matcher.matchesEmpty) {
      for (const entry of refusedEntries(postings, matcher, budget)) refused.push(entry);
      continue;
    }
    const entries = matchingEntries(postings, matcher, budget);
    if (entries.length === 0) return new Uint32Array(0);
    required.push({ entries, size: sizeOf(postings, entries) });
  }
  budget.poll();
  required.sort((a, b) => a.size - b.size);
  const marks = new Marks(postings);
  let result = required.length === 0 ? postings.all() : union(postings, required[0], marks);
  for (const set of required.slice(1)) {
    if (result.length === 0) return result;
    if (set.size < postings.series) result = marks.keep(result, set.entries, true);
    budget.poll();
  }
  return refused.length === 0 ? result : marks.keep(result, refused, false);
}

/** Entries whose value a matcher accepts, for one that refuses the empty value. */
function matchingEntries(
  postings: PostingsReader,
  matcher: CompiledMatcher,
  budget: Pick<QueryBudget, 'poll'>,
): number[] {
  const { name, op, pattern } = matcher;
  if (op === '=') return found([postings.find(name, matcher.value)]);
  if (op === '=~' && pattern !== null && pattern.literals !== null) {
    return found(pattern.literals.map((literal) => postings.find(name, literal)));
  }
  const everything = op === '=~' ? pattern?.present === true : matcher.value === '' && op === '!=';
  if (everything) return found([postings.present(name)]);
  const prefix = op === '=~' && pattern !== null ? pattern.prefix : '';
  return scan(postings, name, prefix, budget, matcher.test);
}

/** Entries whose value a matcher refuses, for one that accepts the empty value. */
function refusedEntries(
  postings: PostingsReader,
  matcher: CompiledMatcher,
  budget: Pick<QueryBudget, 'poll'>,
): number[] {
  const { name, op, pattern } = matcher;
  if (op === '!=') return found([postings.find(name, matcher.value)]);
  if (op === '=') return found([postings.present(name)]);
  if (op === '=~' && pattern?.any === true) return [];
  if (op === '!~' && pattern !== null) {
    if (pattern.present) return found([postings.present(name)]);
    if (pattern.literals !== null) {
      return found(pattern.literals.map((literal) => postings.find(name, literal)));
    }
    return scan(postings, name, pattern.prefix, budget, (value) => !matcher.test(value));
  }
  return scan(postings, name, '', budget, (value) => !matcher.test(value));
}

function found(entries: readonly number[]): number[] {
  return entries.filter((entry) => entry >= 0);
}

/** Entries of the values with a prefix that satisfy `test`; the entry of all of the name when all its values do. */
function scan(
  postings: PostingsReader,
  name: string,
  prefix: string,
  budget: Pick<QueryBudget, 'poll'>,
  test: (value: string) => boolean,
): number[] {
  const range = postings.range(name);
  if (range === null) return [];
  const entries: number[] = [];
  const start = prefix === '' ? range.from : postings.lowerBound(range, prefix);
  for (let entry = start; entry < range.to; entry++) {
    const value = postings.value(entry);
    if (!value.startsWith(prefix)) break;
    if (test(value)) entries.push(entry);
    if ((entry - start) % POLL_VALUES === POLL_VALUES - 1) budget.poll();
  }
  return entries.length === range.to - range.from ? [postings.present(name)] : entries;
}

function sizeOf(postings: PostingsReader, entries: readonly number[]): number {
  let size = 0;
  for (const entry of entries) size += postings.count(entry);
  return size;
}

function union(postings: PostingsReader, set: EntrySet, marks: Marks): Uint32Array {
  if (set.entries.length === 1) return postings.list(set.entries[0]);
  if (set.size * 8 > postings.series) return marks.keep(postings.all(), set.entries, true);
  const all = new Uint32Array(set.size);
  let at = 0;
  for (const entry of set.entries) {
    const list = postings.list(entry);
    all.set(list, at);
    at += list.length;
  }
  return all.sort();
}

/** One flag per series of a segment, to intersect and subtract in one pass. */
class Marks {
  readonly #postings: PostingsReader;
  #flags: Uint8Array | undefined;

  constructor(postings: PostingsReader) {
    this.#postings = postings;
  }

  /** The dsids that are (`inside`), or are not, in the lists of the entries; filters in place. */
  keep(dsids: Uint32Array, entries: readonly number[], inside: boolean): Uint32Array {
    const postings = this.#postings;
    const first = postings.first;
    if (this.#flags === undefined) this.#flags = new Uint8Array(postings.series);
    else this.#flags.fill(0);
    const flags = this.#flags;
    for (const entry of entries) {
      const list = postings.list(entry);
      for (let i = 0; i < list.length; i++) flags[list[i] - first] = 1;
    }
    const want = inside ? 1 : 0;
    let n = 0;
    for (let i = 0; i < dsids.length; i++) {
      const dsid = dsids[i];
      if (flags[dsid - first] === want) dsids[n++] = dsid;
    }
    return dsids.subarray(0, n);
  }
}
