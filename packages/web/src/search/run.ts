/**
 * One search as it comes in: who was asked, what each has come to, and all results merged.
 *
 * Invariants: `items` is sorted, the newest first and what has no time last, as the server orders them; a side is replaced, never added
 * twice; a run that has ended does not change.
 */
import type { SearchItem, SearchLine, SideSummary, Signal } from '../api/search.ts';

export interface RunSide {
  readonly source: string;
  readonly signal: Signal;
  /** Undefined while the side is searching. */
  readonly ended: SideSummary | undefined;
  /** Time of the oldest of its results. */
  readonly oldestNs: string | undefined;
}

export interface SearchRun {
  readonly sides: readonly RunSide[];
  readonly items: readonly SearchItem[];
  readonly ended: boolean;
  /** Against the whole search. */
  readonly error: Error | undefined;
}

export const emptyRun: SearchRun = { sides: [], items: [], ended: false, error: undefined };

/** The run with one more line of the answer. */
export function withLine(run: SearchRun, line: SearchLine): SearchRun {
  switch (line.kind) {
    case 'begin':
      return {
        ...run,
        sides: line.sides.map((side) => ({ ...side, ended: undefined, oldestNs: undefined })),
      };
    case 'side': {
      const { kind: _, items, ...ended } = line;
      const { source, signal } = ended;
      const oldestNs = items.findLast((item) => item.time_ns !== null)?.time_ns ?? undefined;
      const side: RunSide = { source, signal, ended, oldestNs };
      const isSame = (one: RunSide) => one.source === source && one.signal === signal;
      const known = run.sides.some(isSame);
      return {
        ...run,
        sides: known ? run.sides.map((one) => (isSame(one) ? side : one)) : [...run.sides, side],
        items: merged(run.items, items),
      };
    }
    case 'summary':
      return { ...run, ended: true };
  }
}

/** Two sorted lists as one; of equals those of `a` come first. */
function merged(a: readonly SearchItem[], b: readonly SearchItem[]): SearchItem[] {
  const all: SearchItem[] = [];
  let at = 0;
  for (const item of b) {
    for (let next = a[at]; next !== undefined && order(next, item) <= 0; next = a[at]) {
      all.push(next);
      at += 1;
    }
    all.push(item);
  }
  return [...all, ...a.slice(at)];
}

/** Nanoseconds as decimal text: the longer one is the later one. */
function order({ time_ns: a }: SearchItem, { time_ns: b }: SearchItem): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  if (a.length !== b.length) return b.length - a.length;
  return a < b ? 1 : Number(a > b) * -1;
}

export interface SignalCount {
  readonly count: number;
  /** Some side has more than it gave. */
  readonly more: boolean;
}

/** How many results of a signal there are so far; `all` counts everything. */
export function countOf({ sides }: SearchRun, type: Signal | 'all'): SignalCount {
  const counted = sides.filter(({ signal }) => type === 'all' || signal === type);
  return {
    count: counted.reduce((sum, { ended }) => sum + (ended?.count ?? 0), 0),
    more: counted.some(({ ended }) => ended?.more === true),
  };
}
