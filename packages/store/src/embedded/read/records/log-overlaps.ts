/**
 * Finds records that are in two sources.
 *
 * Model: for every stream of a source the range of its times is noted. Where ranges of one stream overlap, the rows in the overlap are
 * compared: those of equal time are the same if their identities are. Within a source nothing is there twice.
 */
import type { QueryBudget } from '../../../querier.ts';
import { identityOf, type RunSource } from './log-run.ts';

const TWO_32 = 2 ** 32;

/** The rows rows[from, to) of one stream in one source, which are all of that stream; times ascend. */
export interface OrderedStretch {
  own: number;
  from: number;
  to: number;
}

/** Gives a source again: nothing of it is held until there is something to compare. */
export type OpenSource = () => RunSource;

/** The rows of one stream in one source. Times are doubles: they only bound what is looked at. */
interface Stretch {
  open: OpenSource;
  /** Counted rows of the source, all of the stream among them. */
  rows: Uint32Array;
  min: number;
  max: number;
}

export class LogOverlaps {
  readonly #byStream = new Map<number, Stretch[]>();

  /** Notes a source and its counted rows; `open` gives it when this one is no longer valid. */
  add(source: RunSource, rows: Uint32Array, open: OpenSource): void {
    const { lo, hi, ownStreams } = source;
    const own = new Map<number, Stretch>();
    let stream = -1;
    let stretch: Stretch = { open, rows, min: 0, max: 0 };
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i];
      const t = hi[row] * TWO_32 + lo[row];
      if (ownStreams[row] !== stream) {
        stream = ownStreams[row];
        const id = source.streamOf(stream);
        stretch = own.get(id) ?? { open, rows, min: t, max: t };
        own.set(id, stretch);
      }
      if (t < stretch.min) stretch.min = t;
      if (t > stretch.max) stretch.max = t;
    }
    for (const [id, each] of own) this.#note(id, each);
  }

  /** As `add`, of a source whose counted rows are these stretches. */
  addOrdered(
    source: RunSource,
    rows: Uint32Array,
    open: OpenSource,
    stretches: readonly OrderedStretch[],
  ): void {
    const own = new Map<number, Stretch>();
    for (const { own: number, from, to } of stretches) {
      const min = timeOf(source, rows[from]);
      const max = timeOf(source, rows[to - 1]);
      const id = source.streamOf(number);
      const known = own.get(id);
      if (known === undefined) own.set(id, { open, rows: rows.subarray(from, to), min, max });
      else {
        known.rows = rows;
        known.min = Math.min(known.min, min);
        known.max = Math.max(known.max, max);
      }
    }
    for (const [id, each] of own) this.#note(id, each);
  }

  #note(stream: number, stretch: Stretch): void {
    const others = this.#byStream.get(stream);
    if (others === undefined) this.#byStream.set(stream, [stretch]);
    else others.push(stretch);
  }

  /** Visits every row that is the same as one of another source that was not visited. */
  forEachRepeat(
    budget: Pick<QueryBudget, 'poll'>,
    visit: (source: RunSource, row: number) => void,
  ): void {
    for (const [stream, stretches] of this.#byStream) {
      if (stretches.length < 2) continue;
      stretches.sort((a, b) => a.min - b.min);
      for (let i = 0; i < stretches.length; ) {
        // Stretches that overlap hang together; the time where two of them meet is what counts.
        let end = i + 1;
        let max = stretches[i].max;
        for (; end < stretches.length && stretches[end].min <= max; end++) {
          max = Math.max(max, stretches[end].max);
        }
        if (end - i > 1) {
          budget.poll();
          compare(stream, stretches.slice(i, end), visit);
        }
        i = end;
      }
    }
  }
}

function timeOf({ lo, hi }: RunSource, row: number): number {
  return hi[row] * TWO_32 + lo[row];
}

interface Place {
  source: RunSource;
  row: number;
}

function compare(
  stream: number,
  stretches: readonly Stretch[],
  visit: (source: RunSource, row: number) => void,
): void {
  const byTime = new Map<string, Place[]>();
  for (const stretch of stretches) {
    const { rows } = stretch;
    const source = stretch.open();
    const others = stretches.filter((other) => other !== stretch);
    const min = Math.min(...others.map((other) => other.min));
    const max = Math.max(...others.map((other) => other.max));
    for (const row of rows) {
      const t = timeOf(source, row);
      if (t < min || t > max || source.streamOf(source.ownStreams[row]) !== stream) continue;
      const key = `${source.hi[row]} ${source.lo[row]}`;
      const places = byTime.get(key);
      if (places === undefined) byTime.set(key, [{ source, row }]);
      else places.push({ source, row });
    }
  }
  for (const places of byTime.values()) {
    if (places.length < 2 || places.every(({ source }) => source === places[0].source)) continue;
    const seen = new Set<string>();
    for (const { source, row } of places) {
      const identity = identityOf(source, row);
      if (seen.has(identity)) visit(source, row);
      else seen.add(identity);
    }
  }
}
