import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type RowColumns, rowColumns } from '../head.ts';
import { clipRows, isAscending, sortRows, takeKind } from './run.ts';

interface Row {
  t: number;
  value: number;
  kind: number;
}

function columnsOf(rows: readonly Row[]): RowColumns {
  const columns = rowColumns(Math.max(1, rows.length));
  columns.n = rows.length;
  rows.forEach(({ t, value, kind }, i) => {
    columns.t[i] = t;
    columns.lo[i] = value;
    columns.hi[i] = value + 1;
    columns.st[i] = value + 2;
    columns.kind[i] = kind;
  });
  return columns;
}

function rowsOf(columns: RowColumns): Row[] {
  return Array.from({ length: columns.n }, (_, i) => {
    assert.equal(columns.hi[i], columns.lo[i] + 1);
    assert.equal(columns.st[i], columns.lo[i] + 2);
    return { t: columns.t[i], value: columns.lo[i], kind: columns.kind[i] };
  });
}

const times = fc.oneof(
  fc.array(fc.integer({ min: -50, max: 50 }), { maxLength: 100 }),
  // Nearly sorted, as senders that overtake each other leave it.
  fc
    .array(fc.integer({ min: -3, max: 3 }), { maxLength: 200 })
    .map((steps) => steps.map((step, i) => i + step)),
);
const rows = times.map((list) =>
  list.map((t, value) => ({ t, value, kind: value % 3 === 0 ? 1 : 0 })),
);

test('sorts by time; of equal times the last arrival stays', () => {
  fc.assert(
    fc.property(rows, (list) => {
      const columns = columnsOf(list);
      sortRows(columns);
      const want = new Map<number, Row>();
      for (const row of list) want.set(row.t, row);
      assert.deepEqual(
        rowsOf(columns),
        [...want.values()].sort((a, b) => a.t - b.t),
      );
      assert.equal(isAscending(columns), true);
    }),
  );
});

test('a long run in reverse order is sorted too', () => {
  const list = Array.from({ length: 5000 }, (_, i) => ({ t: -i, value: i, kind: 0 }));
  const columns = columnsOf(list);
  sortRows(columns);
  assert.deepEqual(rowsOf(columns), list.toReversed());
});

test('clips by time, start included, end not', () => {
  const columns = columnsOf([1, 2, 3, 4].map((t) => ({ t, value: t, kind: 0 })));
  clipRows(columns, 2, 4);
  assert.deepEqual(
    rowsOf(columns).map(({ t }) => t),
    [2, 3],
  );
});

test('takes the rows of one kind out', () => {
  fc.assert(
    fc.property(rows, (list) => {
      const columns = columnsOf(list);
      const taken = rowColumns(1);
      takeKind(columns, 1, taken);
      assert.deepEqual(
        rowsOf(columns),
        list.filter(({ kind }) => kind === 0),
      );
      assert.deepEqual(
        rowsOf(taken),
        list.filter(({ kind }) => kind === 1),
      );
    }),
  );
});
