/**
 * Two traces side by side. The spans of each are added up by path: the chain of (service, name) from the root down. A path's time is
 * the sum of its spans' durations, so that ten calls where there was one count as what they cost.
 */
import { ERROR_STATUS, type Trace } from './trace.ts';
import type { TraceTree } from './tree.ts';

export interface PathSide {
  readonly count: number;
  readonly totalUs: number;
  readonly errors: number;
  /** First row of the path. */
  readonly row: number;
}

export type PathMark = 'added' | 'removed' | 'slower' | 'faster' | 'same';

export interface PathRow {
  readonly service: string;
  readonly name: string;
  readonly depth: number;
  /** Rows of the subtree, this one included: they follow it. */
  readonly size: number;
  readonly a: PathSide | undefined;
  readonly b: PathSide | undefined;
  readonly mark: PathMark;
}

interface PathNode {
  readonly service: string;
  readonly name: string;
  readonly row: number;
  readonly children: Map<string, PathNode>;
  count: number;
  totalUs: number;
  errors: number;
}

function nodeOf(service: string, name: string, row: number): PathNode {
  return { service, name, row, children: new Map(), count: 0, totalUs: 0, errors: 0 };
}

function pathsOf(trace: Trace, tree: TraceTree): PathNode {
  const top = nodeOf('', '', -1);
  const nodes: PathNode[] = [];
  for (const row of tree.order) {
    const above = nodes[tree.parent[row] ?? -1] ?? top;
    const service = trace.services[trace.service[row] ?? 0] ?? '';
    const name = trace.names[trace.name[row] ?? 0] ?? '';
    // Numbers of services and names differ between two traces; their texts do not.
    const key = `${service}\n${name}`;
    const node = above.children.get(key) ?? nodeOf(service, name, row);
    above.children.set(key, node);
    node.count += 1;
    node.totalUs += trace.spanUs[row] ?? 0;
    if (trace.status[row] === ERROR_STATUS) node.errors += 1;
    nodes[row] = node;
  }
  return top;
}

/** A difference counts from a fifth of the former time and a hundredth of the longer trace on. */
const share = 0.2;
const shareOfTrace = 0.01;

function markOf(a: PathNode | undefined, b: PathNode | undefined, leastUs: number): PathMark {
  if (a === undefined) return 'added';
  if (b === undefined) return 'removed';
  const change = b.totalUs - a.totalUs;
  if (Math.abs(change) < leastUs) return 'same';
  if (change > a.totalUs * share) return 'slower';
  return -change > a.totalUs * share ? 'faster' : 'same';
}

function sideOf(node: PathNode | undefined): PathSide | undefined {
  return node && { count: node.count, totalUs: node.totalUs, errors: node.errors, row: node.row };
}

export interface ComparedTrace {
  readonly trace: Trace;
  readonly tree: TraceTree;
}

interface Pair {
  readonly a: PathNode | undefined;
  readonly b: PathNode | undefined;
  readonly depth: number;
}

/** The paths of both traces, depth first: those of `a` in its order, then those that only `b` has. */
export function compareTraces(a: ComparedTrace, b: ComparedTrace): readonly PathRow[] {
  const leastUs = Math.max(a.trace.durationUs, b.trace.durationUs) * shareOfTrace;
  const found: { pair: Pair; node: PathNode }[] = [];
  const stack = pairs(pathsOf(a.trace, a.tree), pathsOf(b.trace, b.tree), 0).reverse();
  for (let pair = stack.pop(); pair !== undefined; pair = stack.pop()) {
    const node = pair.a ?? pair.b;
    if (node === undefined) continue;
    found.push({ pair, node });
    stack.push(...pairs(pair.a, pair.b, pair.depth + 1).reverse());
  }
  const sizes = sizesOf(found.map(({ pair }) => pair.depth));
  return found.map(({ pair, node }, index) => ({
    service: node.service,
    name: node.name,
    depth: pair.depth,
    size: sizes[index] ?? 1,
    a: sideOf(pair.a),
    b: sideOf(pair.b),
    mark: markOf(pair.a, pair.b, leastUs),
  }));
}

function pairs(a: PathNode | undefined, b: PathNode | undefined, depth: number): Pair[] {
  const both = [...(a?.children ?? [])].map(([key, node]) => ({
    a: node,
    b: b?.children.get(key),
    depth,
  }));
  const added = [...(b?.children ?? [])]
    .filter(([key]) => a?.children.has(key) !== true)
    .map(([, node]) => ({ a: undefined, b: node, depth }));
  return [...both, ...added];
}

/** Sizes of subtrees from the depths of a depth-first list. */
function sizesOf(depths: readonly number[]): readonly number[] {
  const sizes = new Array<number>(depths.length).fill(1);
  const open: number[] = [];
  const close = (depth: number) => {
    for (let last = open.at(-1); last !== undefined; last = open.at(-1)) {
      if ((depths[last] ?? 0) < depth) return;
      open.pop();
      const above = open.at(-1);
      if (above !== undefined) sizes[above] = (sizes[above] ?? 1) + (sizes[last] ?? 1);
    }
  };
  for (const [index, depth] of depths.entries()) {
    close(depth);
    open.push(index);
  }
  close(0);
  return sizes;
}

/** How many paths have each mark. */
export function countMarks(rows: readonly PathRow[]): Readonly<Record<PathMark, number>> {
  const counts = { added: 0, removed: 0, slower: 0, faster: 0, same: 0 };
  for (const row of rows) counts[row.mark] += 1;
  return counts;
}
