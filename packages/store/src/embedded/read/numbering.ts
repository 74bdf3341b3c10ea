/**
 * Numbers the series of one selection over all places that have some of them.
 *
 * Model: a place (a file, the head) has numbers of its own for its series, never 0. The selection numbers series from 0, in the order of the
 * first place that has them. A single place needs no joining: its own order is the selection's, and labels are looked up
 * only when somebody asks.
 *
 * Invariant: equal label sets get one index, whatever places they come from.
 */
import type { QueryBudget } from '../../querier.ts';
import type { SeriesInterner } from './interner.ts';

/** The matching series of one file, or of the head. */
export interface Origin {
  /** The place's own numbers, each once. */
  numbers: ArrayLike<number>;
  /** Interned id of a series. */
  idOf(number: number): number;
}

export interface Numbering {
  readonly length: number;
  /** Interned id of series `index`. */
  idAt(index: number): number;
  /** Per origin: its own number of series `index`; 0, or nothing at all, when it does not have the series. */
  readonly numbers: readonly ArrayLike<number>[];
}

const POLL_SERIES = 1024;

export function numberSeries(
  origins: readonly Origin[],
  interner: SeriesInterner,
  budget: Pick<QueryBudget, 'poll'>,
): Numbering {
  const filled = origins.filter(({ numbers }) => numbers.length > 0);
  const [only] = filled;
  if (only === undefined) return { length: 0, idAt: () => 0, numbers: origins.map(() => []) };
  if (filled.length > 1) return join(origins, interner, budget);
  return {
    length: only.numbers.length,
    idAt: (index) => only.idOf(only.numbers[index] ?? 0),
    numbers: origins.map(({ numbers }) => numbers),
  };
}

function join(
  origins: readonly Origin[],
  interner: SeriesInterner,
  budget: Pick<QueryBudget, 'poll'>,
): Numbering {
  const ids: number[] = [];
  const numbers: ArrayLike<number>[] = [];
  try {
    for (const origin of origins) numbers.push(place(origin, ids, interner, budget));
  } finally {
    const { places } = interner;
    for (const id of ids) places[id] = 0;
  }
  return { length: ids.length, idAt: (index) => ids[index] ?? 0, numbers };
}

/** The origin's numbers by index; series that no earlier origin had are added to `ids`. */
function place(
  origin: Origin,
  ids: number[],
  interner: SeriesInterner,
  budget: Pick<QueryBudget, 'poll'>,
): Uint32Array {
  const own = origin.numbers;
  if (own.length === 0) return new Uint32Array(0);
  const byIndex = new Uint32Array(ids.length + own.length);
  for (let i = 0; i < own.length; i++) {
    if (i % POLL_SERIES === 0) budget.poll();
    const id = origin.idOf(own[i] ?? 0);
    // The interner may have grown its places in `idOf`.
    const { places } = interner;
    const known = places[id];
    const index = known > 0 ? known - 1 : ids.length;
    if (known === 0) {
      ids.push(id);
      places[id] = ids.length;
    }
    byIndex[index] = own[i] ?? 0;
  }
  return byIndex;
}
