/**
 * The spans of a trace as a forest, in columns by row.
 *
 * Invariants: every row is in `order` exactly once, parents before their children, siblings by start; the subtree of a row is
 * the run of `size[row]` places that begins at `position[row]`. Parents that run in a circle (a sender's fault) are cut where the
 * circle is met, so that every walk ends. Nothing recurses: a trace may be 100,000 spans deep.
 */
import { ERROR_STATUS, endOf, type Trace } from './trace.ts';

export interface TraceTree {
  /** Row of the parent, -1 for a root. */
  readonly parent: Int32Array;
  /** Rows, depth first. */
  readonly order: Int32Array;
  /** Place of a row in `order`. */
  readonly position: Int32Array;
  readonly depth: Int32Array;
  /** Spans in the subtree, its root included. */
  readonly size: Int32Array;
  /** Error spans in the subtree, its root included. */
  readonly errors: Int32Array;
  /** The children of row r are `children[firstChild[r]]` up to `children[firstChild[r + 1]]`, by start. */
  readonly firstChild: Int32Array;
  readonly children: Int32Array;
  readonly roots: Int32Array;
}

/** Parents with circles cut: of a circle, the row from which it was met first becomes a root. */
function cutCircles(parents: Int32Array): Int32Array {
  const parent = parents.map((one) => (one < 0 ? -1 : one));
  const seenFrom = new Int32Array(parent.length).fill(-1);
  for (let start = 0; start < parent.length; start += 1) {
    let row = start;
    while (row >= 0 && seenFrom[row] === -1) {
      seenFrom[row] = start;
      const up = parent[row] ?? -1;
      if (up >= 0 && seenFrom[up] === start) parent[row] = -1;
      row = parent[row] ?? -1;
    }
  }
  return parent;
}

/** Builds the forest of a trace. */
export function treeOf(trace: Trace): TraceTree {
  const { n } = trace;
  const parent = cutCircles(trace.parent);
  const firstChild = new Int32Array(n + 2);
  const roots: number[] = [];
  // Counted two places on, so that filling leaves each count at its own place.
  for (let row = 0; row < n; row += 1) {
    const up = parent[row] ?? -1;
    if (up < 0) roots.push(row);
    else firstChild[up + 2] = (firstChild[up + 2] ?? 0) + 1;
  }
  for (let row = 2; row < n + 2; row += 1)
    firstChild[row] = (firstChild[row] ?? 0) + (firstChild[row - 1] ?? 0);
  const children = new Int32Array(n - roots.length);
  for (let row = 0; row < n; row += 1) {
    const up = parent[row] ?? -1;
    if (up < 0) continue;
    const place = firstChild[up + 1] ?? 0;
    children[place] = row;
    firstChild[up + 1] = place + 1;
  }
  const links = { firstChild: firstChild.subarray(0, n + 1), children };
  return { parent, roots: Int32Array.from(roots), ...links, ...walk(trace, parent, roots, links) };
}

function walk(
  trace: Trace,
  parent: Int32Array,
  roots: readonly number[],
  { firstChild, children }: Pick<TraceTree, 'firstChild' | 'children'>,
) {
  const { n } = trace;
  const order = new Int32Array(n);
  const position = new Int32Array(n);
  const depth = new Int32Array(n);
  const size = new Int32Array(n);
  const errors = new Int32Array(n);
  const stack = roots.toReversed();
  for (let place = 0; place < n; place += 1) {
    const row = stack.pop();
    if (row === undefined) break;
    order[place] = row;
    position[row] = place;
    const up = parent[row] ?? -1;
    depth[row] = up < 0 ? 0 : (depth[up] ?? 0) + 1;
    for (let at = (firstChild[row + 1] ?? 0) - 1; at >= (firstChild[row] ?? 0); at -= 1)
      stack.push(children[at] ?? 0);
  }
  for (let place = n - 1; place >= 0; place -= 1) {
    const row = order[place] ?? 0;
    size[row] = (size[row] ?? 0) + 1;
    if (trace.status[row] === ERROR_STATUS) errors[row] = (errors[row] ?? 0) + 1;
    const up = parent[row] ?? -1;
    if (up < 0) continue;
    size[up] = (size[up] ?? 0) + (size[row] ?? 0);
    errors[up] = (errors[up] ?? 0) + (errors[row] ?? 0);
  }
  return { order, position, depth, size, errors };
}

/** Rows that are shown when the subtrees below `closed` rows are not, nor rows without a flag in `only`. */
export function shownRows(
  tree: TraceTree,
  closed: ReadonlySet<number>,
  only?: Uint8Array,
): Int32Array {
  if (closed.size === 0 && only === undefined) return tree.order;
  const shown: number[] = [];
  for (let place = 0; place < tree.order.length; ) {
    const row = tree.order[place] ?? 0;
    if (only === undefined || only[row] === 1) shown.push(row);
    place += closed.has(row) ? (tree.size[row] ?? 1) : 1;
  }
  return Int32Array.from(shown);
}

/** Flags of the rows that run at some time between two times, and of those above them. */
export function rowsWithin(
  trace: Trace,
  tree: TraceTree,
  fromUs: number,
  toUs: number,
): Uint8Array {
  const flags = new Uint8Array(trace.n);
  for (let place = tree.order.length - 1; place >= 0; place -= 1) {
    const row = tree.order[place] ?? 0;
    if ((trace.startUs[row] ?? 0) <= toUs && endOf(trace, row) >= fromUs) flags[row] = 1;
    const up = tree.parent[row] ?? -1;
    if (up >= 0 && flags[row] === 1) flags[up] = 1;
  }
  return flags;
}

/** Rows that have children and lie at `depth` or deeper: closing them shows the trace down to that depth. */
export function rowsFromDepth(tree: TraceTree, depth: number): number[] {
  const rows: number[] = [];
  for (const row of tree.order)
    if ((tree.size[row] ?? 1) > 1 && (tree.depth[row] ?? 0) >= depth) rows.push(row);
  return rows;
}

/** The rows above `row`, from its parent to its root. */
export function ancestorsOf(tree: TraceTree, row: number): number[] {
  const rows: number[] = [];
  for (let up = tree.parent[row] ?? -1; up >= 0; up = tree.parent[up] ?? -1) rows.push(up);
  return rows;
}
