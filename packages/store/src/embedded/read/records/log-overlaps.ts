/**
 * Finds records that are in two sources.
 *
 * Model: for every stream of a source the range of its times is noted, and its first and last times. Where ranges of one stream overlap,
 * the rows in the overlap are compared: those of equal time are the same if their identities are. Within a source nothing is there twice.
 * What is written in turns overlaps a little wherever one flush ends and the next begins, but hardly ever has two records of one time:
 * the noted times tell so without a look at the sources.
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

/** A stretch as a block tells it: `min` and `max` are Unix nanoseconds. */
export interface ToldStretch extends OrderedStretch {
  /** Its number in the block. */
  i: number;
  /** A number of the interner. */
  stream: number;
  min: number;
  max: number;
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
  /** The first and the last times; all of them where there are no more. */
  edges: Edges | undefined;
  /** Notes the edges of a source of which none were noted because it was not read. */
  noteEdges?: (() => void) | undefined;
}

interface Edges {
  first: Float64Array;
  last: Float64Array;
  isAll: boolean;
}

/** Some requests' records of a stream. */
const EDGE_TIMES = 64;
/** Bound on what is noted: 2 MiB. */
const MAX_EDGE_TIMES = 2 ** 18;

export class LogOverlaps {
  #edgeTimes = 0;
  readonly #byStream = new Map<number, Stretch[]>();

  /** Notes a source and its counted rows; `open` gives it when this one is no longer valid. */
  add(source: RunSource, rows: Uint32Array, open: OpenSource): void {
    const { lo, hi, ownStreams } = source;
    const own = new Map<number, Stretch>();
    let stream = -1;
    let stretch: Stretch = { open, rows, min: 0, max: 0, edges: undefined };
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i];
      const t = hi[row] * TWO_32 + lo[row];
      if (ownStreams[row] !== stream) {
        stream = ownStreams[row];
        const id = source.streamOf(stream);
        stretch = own.get(id) ?? { open, rows, min: t, max: t, edges: undefined };
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
      if (known === undefined) {
        const edges = this.#edgesOf(source, rows, from, to);
        own.set(id, { open, rows: rows.subarray(from, to), min, max, edges });
      } else {
        known.rows = rows;
        known.edges = undefined;
        known.min = Math.min(known.min, min);
        known.max = Math.max(known.max, max);
      }
    }
    for (const [id, each] of own) this.#note(id, each);
  }

  /** As `addOrdered`, of a source that is not read as long as no others overlap it; no two stretches are of one stream. */
  addUnread(stretches: readonly ToldStretch[], rows: Uint32Array, open: OpenSource): void {
    const noted = stretches.map(({ stream, from, to, min, max }): Stretch => {
      const stretch = { open, rows: rows.subarray(from, to), min, max, edges: undefined };
      this.#note(stream, stretch);
      return stretch;
    });
    const noteEdges = (): void => {
      const source = open();
      for (const stretch of noted) {
        stretch.edges = this.#edgesOf(source, stretch.rows, 0, stretch.rows.length);
        stretch.noteEdges = undefined;
      }
    };
    for (const stretch of noted) stretch.noteEdges = noteEdges;
  }

  #edgesOf(source: RunSource, rows: Uint32Array, from: number, to: number): Edges | undefined {
    const n = Math.min(to - from, EDGE_TIMES);
    const isAll = to - from === n;
    this.#edgeTimes += isAll ? n : 2 * n;
    if (this.#edgeTimes > MAX_EDGE_TIMES) return undefined;
    const first = new Float64Array(n);
    for (let i = 0; i < n; i++) first[i] = timeOf(source, rows[from + i]);
    if (isAll) return { first, last: first, isAll };
    const last = new Float64Array(n);
    for (let i = 0; i < n; i++) last[i] = timeOf(source, rows[to - n + i]);
    return { first, last, isAll };
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
          const together = stretches.slice(i, end);
          if (mayRepeat(together)) compare(stream, together, visit);
        }
        i = end;
      }
    }
  }
}

function timeOf({ lo, hi }: RunSource, row: number): number {
  return hi[row] * TWO_32 + lo[row];
}

/** Whether two of the stretches may have rows of one time. */
function mayRepeat(stretches: readonly Stretch[]): boolean {
  const times: number[] = [];
  for (const stretch of stretches) {
    stretch.noteEdges?.();
    const { from, to } = shared(stretch, stretches);
    const known = timesIn(stretch, from, to);
    if (known === null) return true;
    let last = Number.NaN;
    for (const t of known) {
      if (t >= from && t <= to && t !== last) times.push(t);
      last = t;
    }
  }
  times.sort((a, b) => a - b);
  return times.some((t, i) => t === times[i + 1]);
}

/** The range in which other stretches may have times. */
function shared(stretch: Stretch, stretches: readonly Stretch[]): { from: number; to: number } {
  let from = Number.POSITIVE_INFINITY;
  let to = Number.NEGATIVE_INFINITY;
  for (const other of stretches) {
    if (other === stretch) continue;
    from = Math.min(from, other.min);
    to = Math.max(to, other.max);
  }
  return { from, to };
}

/** Times of a stretch, all that are in the range among them; null where they were not noted. */
function timesIn({ min, max, edges }: Stretch, from: number, to: number): Float64Array | null {
  if (edges === undefined) return null;
  const { first, last, isAll } = edges;
  if (isAll || (from <= min && first[first.length - 1] > to)) return first;
  return to >= max && last[0] < from ? last : null;
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
    const { from, to } = shared(stretch, stretches);
    for (const row of rows) {
      const t = timeOf(source, row);
      if (t < from || t > to || source.streamOf(source.ownStreams[row]) !== stream) continue;
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
