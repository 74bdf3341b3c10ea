/**
 * The critical path: the work without which the trace would have ended sooner. It is walked back from the end of the root: a span's time
 * belongs to its child that ended last, before that child to the child that had ended when it began, and between them to the span itself.
 * A child is cut to its parent's time: what it does after its parent has answered delays nobody. This is the method of
 * CRISP (Zhang et al., USENIX ATC 2022), which Jaeger follows too.
 */
import { endOf, type Trace } from './trace.ts';
import type { TraceTree } from './tree.ts';

/** Pieces of time in order; together they cover the root's time without overlap. */
export interface CriticalPath {
  readonly rows: readonly number[];
  readonly fromUs: readonly number[];
  readonly toUs: readonly number[];
  /** Microseconds of each row on the path. */
  readonly ownUs: Float64Array;
  /** The pieces of row r are `pieces[first[r]]` up to `pieces[first[r + 1]]`: places in `rows`, by time. */
  readonly first: Int32Array;
  readonly pieces: Int32Array;
}

interface Frame {
  readonly row: number;
  readonly fromUs: number;
  readonly toUs: number;
  /** Everything after this is on the path already. */
  cursor: number;
  /** Children by their ends, the last first; those before `next` are done. */
  readonly children: Int32Array;
  next: number;
}

/** Roots from which the path is walked: the longest true root, or all of them when none is. */
function startsOf(trace: Trace, tree: TraceTree): Int32Array {
  const trueRoots = tree.roots.filter((row) => trace.parent[row] === -1);
  if (trueRoots.length === 0) return tree.roots;
  const longest = trueRoots.reduce((best, row) =>
    (trace.spanUs[row] ?? 0) > (trace.spanUs[best] ?? 0) ? row : best,
  );
  return Int32Array.of(longest);
}

/** Walks the critical path of a trace. */
export function criticalPath(trace: Trace, tree: TraceTree): CriticalPath {
  const byEnd = (rows: Int32Array) => rows.sort((a, b) => endOf(trace, b) - endOf(trace, a));
  const frameOf = (row: number, fromUs: number, toUs: number): Frame => ({
    row,
    fromUs,
    toUs,
    cursor: toUs,
    children: byEnd(tree.children.slice(tree.firstChild[row], tree.firstChild[row + 1])),
    next: 0,
  });
  const rows: number[] = [];
  const fromUs: number[] = [];
  const toUs: number[] = [];
  const emit = (row: number, from: number, to: number) => {
    if (row < 0 || to <= from) return;
    rows.push(row);
    fromUs.push(from);
    toUs.push(to);
  };
  // A span of nobody around the starts lets several roots be walked as siblings.
  const nobody = { row: -1, fromUs: 0, toUs: Number.POSITIVE_INFINITY };
  const stack: Frame[] = [
    {
      ...nobody,
      cursor: Number.POSITIVE_INFINITY,
      children: byEnd(startsOf(trace, tree)),
      next: 0,
    },
  ];
  for (let frame = stack.at(-1); frame !== undefined; frame = stack.at(-1)) {
    const child = frame.children[frame.next];
    if (child === undefined || frame.cursor <= frame.fromUs) {
      emit(frame.row, frame.fromUs, frame.cursor);
      stack.pop();
      continue;
    }
    frame.next += 1;
    const from = Math.max(frame.fromUs, trace.startUs[child] ?? 0);
    const to = Math.min(frame.toUs, endOf(trace, child));
    // It still ran when the next piece of the path began: nobody waited for it.
    if (to > frame.cursor || to <= from) continue;
    emit(frame.row, to, frame.cursor);
    frame.cursor = from;
    stack.push(frameOf(child, from, to));
  }
  return indexed(trace.n, rows.reverse(), fromUs.reverse(), toUs.reverse());
}

function indexed(n: number, rows: number[], fromUs: number[], toUs: number[]): CriticalPath {
  const ownUs = new Float64Array(n);
  const first = new Int32Array(n + 2);
  for (const [place, row] of rows.entries()) {
    ownUs[row] = (ownUs[row] ?? 0) + (toUs[place] ?? 0) - (fromUs[place] ?? 0);
    first[row + 2] = (first[row + 2] ?? 0) + 1;
  }
  for (let row = 2; row < n + 2; row += 1) first[row] = (first[row] ?? 0) + (first[row - 1] ?? 0);
  const pieces = new Int32Array(rows.length);
  for (const [place, row] of rows.entries()) {
    const at = first[row + 1] ?? 0;
    pieces[at] = place;
    first[row + 1] = at + 1;
  }
  return { rows, fromUs, toUs, ownUs, first: first.subarray(0, n + 1), pieces };
}
