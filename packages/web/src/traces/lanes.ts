/**
 * The flame view puts every span on a lane below its parent's such that no two spans of a lane overlap: a span takes the first
 * lane after its parent's that is free when it begins. Spans are placed in the order of their starts (parents first where clocks differ), so a
 * lane is free once its last span has ended; a tree of minima over those ends finds the first free lane in logarithmic time.
 */
import { endOf, type Trace } from './trace.ts';
import type { TraceTree } from './tree.ts';

export interface Lanes {
  readonly count: number;
  /** Lane of a row. */
  readonly lane: Int32Array;
  /** The rows of lane l, by start, are `rows[first[l]]` up to `rows[first[l + 1]]`. */
  readonly rows: Int32Array;
  readonly first: Int32Array;
}

/** Ends of lanes; finds the first that has ended. */
class LaneEnds {
  readonly #half: number;
  readonly #least: Float64Array;

  constructor(lanes: number) {
    this.#half = 2 ** Math.ceil(Math.log2(Math.max(1, lanes)));
    this.#least = new Float64Array(this.#half * 2).fill(Number.NEGATIVE_INFINITY);
  }

  #leastOf(node: number): number {
    return this.#least[node] ?? 0;
  }

  /** First lane from `lane` on that has ended at `start`. */
  firstFree(lane: number, start: number): number {
    let node = lane + this.#half;
    // Up while nothing here or to the right within the parent is free, then down to the leftmost that is.
    while (this.#leastOf(node) > start) {
      while (node % 2 === 1) node >>= 1;
      node += 1;
    }
    while (node < this.#half) {
      node *= 2;
      if (this.#leastOf(node) > start) node += 1;
    }
    return node - this.#half;
  }

  setEnd(lane: number, end: number): void {
    let node = lane + this.#half;
    this.#least[node] = end;
    for (node >>= 1; node > 0; node >>= 1)
      this.#least[node] = Math.min(this.#leastOf(node * 2), this.#leastOf(node * 2 + 1));
  }
}

/** Places every span of a trace. */
export function lanesOf(trace: Trace, tree: TraceTree): Lanes {
  const { n } = trace;
  const lane = new Int32Array(n).fill(-1);
  // A lane more than spans: there always is a free one.
  const ends = new LaneEnds(n + 1);
  let count = 0;
  // A lane is taken when it is free, so in this order the spans of a lane follow one another in time.
  const placed: number[] = [];
  const waiting: number[] = [];
  for (let first = 0; first < n; first += 1) {
    for (let row = first; row >= 0 && lane[row] === -1; row = tree.parent[row] ?? -1)
      waiting.push(row);
    for (let row = waiting.pop(); row !== undefined; row = waiting.pop()) {
      const up = tree.parent[row] ?? -1;
      const from = up < 0 ? 0 : (lane[up] ?? -1) + 1;
      const found = ends.firstFree(from, trace.startUs[row] ?? 0);
      lane[row] = found;
      ends.setEnd(found, endOf(trace, row));
      placed.push(row);
      count = Math.max(count, found + 1);
    }
  }
  return { count, lane, ...byLane(placed, lane, count) };
}

function byLane(placed: readonly number[], lane: Int32Array, count: number) {
  const first = new Int32Array(count + 2);
  for (const one of lane) first[one + 2] = (first[one + 2] ?? 0) + 1;
  for (let one = 2; one < count + 2; one += 1)
    first[one] = (first[one] ?? 0) + (first[one - 1] ?? 0);
  const rows = new Int32Array(placed.length);
  for (const row of placed) {
    const at = (lane[row] ?? 0) + 1;
    const place = first[at] ?? 0;
    rows[place] = row;
    first[at] = place + 1;
  }
  return { rows, first: first.subarray(0, count + 1) };
}
