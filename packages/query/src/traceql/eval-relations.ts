/**
 * Structural operators: which spans of the right side stand in a relation to a span of the left.
 *
 * Model: sides are sets of rows as flags. `>` asks whether the parent is on the left, `>>` whether any ancestor is, `<` and `<<` turn this
 * around, `~` whether another child of the same parent is (spans without a known parent have no siblings). Everything is linear
 * in the trace. `!` keeps the right spans that stand in no such relation; `&` adds the left spans that stand in it.
 */
import type { Relation, SpansetOp } from './ast.ts';
import type { TraceView } from './trace-view.ts';

const REVERSE: Readonly<Record<Relation, Relation>> = {
  '>': '<',
  '<': '>',
  '>>': '<<',
  '<<': '>>',
  '~': '~',
};

/** Rows that a structural operator returns. */
export function relatedRows(
  op: Exclude<SpansetOp, '&&' | '||'>,
  left: Uint8Array,
  right: Uint8Array,
  view: TraceView,
): Uint8Array {
  switch (op) {
    case '!>':
    case '!<':
    case '!>>':
    case '!<<':
    case '!~': {
      const related = relatedOnce(relationOf(op), left, right, view);
      return right.map((flag, row) => flag & ~related[row]);
    }
    case '&>':
    case '&<':
    case '&>>':
    case '&<<':
    case '&~': {
      const relation = relationOf(op);
      const rights = relatedOnce(relation, left, right, view);
      const lefts = relatedOnce(REVERSE[relation], right, left, view);
      return rights.map((flag, row) => flag | lefts[row]);
    }
    default:
      return relatedOnce(op, left, right, view);
  }
}

function relationOf(op: `!${Relation}` | `&${Relation}`): Relation {
  switch (op) {
    case '!>':
    case '&>':
      return '>';
    case '!<':
    case '&<':
      return '<';
    case '!>>':
    case '&>>':
      return '>>';
    case '!<<':
    case '&<<':
      return '<<';
    default:
      return '~';
  }
}

/** Right rows with a left row in the relation. */
function relatedOnce(
  relation: Relation,
  left: Uint8Array,
  right: Uint8Array,
  view: TraceView,
): Uint8Array {
  const { parent } = view.spans;
  const n = right.length;
  const found = new Uint8Array(n);
  switch (relation) {
    case '>':
      for (let row = 0; row < n; row++) if (parent[row] >= 0) found[row] = left[parent[row]];
      break;
    case '<':
      for (let row = 0; row < n; row++)
        if (left[row] & (parent[row] >= 0 ? 1 : 0)) found[parent[row]] = 1;
      break;
    case '>>':
      for (const row of view.structure.order) {
        if (parent[row] >= 0) found[row] = left[parent[row]] | found[parent[row]];
      }
      break;
    case '<<': {
      const { order } = view.structure;
      for (let i = order.length - 1; i >= 0; i--) {
        const row = order[i];
        if (parent[row] >= 0) found[parent[row]] |= left[row] | found[row];
      }
      break;
    }
    case '~': {
      const lefts = new Uint32Array(n);
      for (let row = 0; row < n; row++) if (parent[row] >= 0) lefts[parent[row]] += left[row];
      for (let row = 0; row < n; row++) {
        if (parent[row] >= 0 && lefts[parent[row]] > left[row]) found[row] = 1;
      }
      break;
    }
  }
  for (let row = 0; row < n; row++) found[row] &= right[row];
  return found;
}
