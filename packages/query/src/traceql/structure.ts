/**
 * The shape of a trace: order of the tree, nested sets, children.
 *
 * Model: `order` lists rows so that parents come before their children (depth first; children and roots by start time, then row). The
 * nested set numbers every span on the way down (left) and up (right), from 1 on.
 *
 * Invariants: a row whose chain of parents runs in a circle is in no order and has bounds 0; nothing here recurses, as traces may be
 * 100,000 spans deep.
 */
import { NO_PARENT, type TraceSpans } from './source.ts';

export interface TraceStructure {
  /** Rows, parents first. */
  readonly order: Uint32Array;
  readonly left: Int32Array;
  readonly right: Int32Array;
  /** `left` of the parent, -1 of a root, 0 of a span whose parent is missing. */
  readonly parentLeft: Int32Array;
  readonly childCount: Uint32Array;
}

/** Orders rows by start time, then row. */
export function byStart(spans: TraceSpans): (a: number, b: number) => number {
  const { startLo, startHi } = spans;
  return (a, b) => startHi[a] - startHi[b] || startLo[a] - startLo[b] || a - b;
}

export function structureOf(spans: TraceSpans): TraceStructure {
  const { n, parent } = spans;
  const childCount = new Uint32Array(n);
  for (let row = 0; row < n; row++) if (parent[row] >= 0) childCount[parent[row]]++;
  // Linked lists of children: filled from the last start to the first, so that each list ascends.
  const byTime = Uint32Array.from({ length: n }, (_, row) => row).sort(byStart(spans));
  const firstChild = new Int32Array(n).fill(-1);
  const nextSibling = new Int32Array(n).fill(-1);
  let firstRoot = -1;
  for (let i = n - 1; i >= 0; i--) {
    const row = byTime[i];
    if (parent[row] >= 0) {
      nextSibling[row] = firstChild[parent[row]];
      firstChild[parent[row]] = row;
    } else {
      nextSibling[row] = firstRoot;
      firstRoot = row;
    }
  }
  const order = new Uint32Array(n);
  const left = new Int32Array(n);
  const right = new Int32Array(n);
  const parentLeft = new Int32Array(n);
  let placed = 0;
  let counter = 0;
  let row = firstRoot;
  while (row >= 0) {
    order[placed++] = row;
    left[row] = ++counter;
    const up = parent[row];
    parentLeft[row] = up >= 0 ? left[up] : up === NO_PARENT ? -1 : 0;
    if (firstChild[row] >= 0) {
      row = firstChild[row];
      continue;
    }
    right[row] = ++counter;
    while (nextSibling[row] < 0 && parent[row] >= 0) {
      row = parent[row];
      right[row] = ++counter;
    }
    row = nextSibling[row];
  }
  return { order: order.subarray(0, placed), left, right, parentLeft, childCount };
}
