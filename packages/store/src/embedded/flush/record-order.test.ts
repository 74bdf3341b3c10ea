import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { RecordSignal } from '../../records.ts';
import { orderRecords } from './record-order.ts';
import type { RecordRows } from './record-rows.ts';

interface Row {
  stream: number;
  trace: number;
  time: number;
}

/** Rows whose traces share the bytes that the order looks at first, where `alike`. */
function rowsOf(signal: RecordSignal, rows: readonly Row[], alike: boolean): RecordRows {
  const side = new Uint8Array(rows.length * 16);
  rows.forEach(({ trace }, i) => {
    side[i * 16] = trace;
    if (!alike) side[i * 16 + 15] = trace;
  });
  return {
    signal,
    lo: Uint32Array.from(rows, ({ time }) => time % 10),
    hi: Uint32Array.from(rows, ({ time }) => Math.floor(time / 10)),
    endLo: new Uint32Array(0),
    endHi: new Uint32Array(0),
    at: Uint32Array.from(rows, (_, i) => i * 16),
    length: new Uint32Array(rows.length).fill(16),
    level: new Uint8Array(rows.length),
    status: new Uint8Array(0),
    side,
  };
}

const anyRows = fc.array(
  fc.record({ stream: fc.integer({ min: 1, max: 4 }), trace: fc.nat(5), time: fc.nat(40) }),
  { maxLength: 80 },
);

function orderOf(signal: RecordSignal, rows: readonly Row[], alike = false): number[] {
  const chosen = Uint32Array.from(rows.keys());
  const streams = Uint32Array.from(rows, ({ stream }) => stream);
  return [...orderRecords(rowsOf(signal, rows, alike), chosen, streams)];
}

test('log records stand by stream and time, equal ones as they came', () => {
  fc.assert(
    fc.property(anyRows, (rows) => {
      const want = [...rows.keys()].sort(
        (a, b) => rows[a].stream - rows[b].stream || rows[a].time - rows[b].time || a - b,
      );
      assert.deepEqual(orderOf('logs', rows), want);
    }),
  );
});

test('spans stand trace by trace in the order of first starts, equal ones as they came', () => {
  fc.assert(
    fc.property(anyRows, fc.boolean(), (rows, alike) => {
      const order = orderOf('spans', rows, alike);
      assert.deepEqual(
        [...order].sort((a, b) => a - b),
        [...rows.keys()],
      );
      const first = (trace: number): number =>
        Math.min(...rows.filter((row) => row.trace === trace).map(({ time }) => time));
      const traces = order
        .map((i) => rows[i].trace)
        .filter((trace, i, all) => trace !== all[i - 1]);
      assert.equal(new Set(traces).size, traces.length, 'a trace in two places');
      for (let i = 1; i < traces.length; i++) assert.ok(first(traces[i - 1]) <= first(traces[i]));
      for (let i = 1; i < order.length; i++) {
        const [a, b] = [order[i - 1], order[i]];
        if (rows[a].trace !== rows[b].trace) continue;
        assert.ok(rows[a].time < rows[b].time || (rows[a].time === rows[b].time && a < b));
      }
    }),
  );
});

test('rows that are not all of a segment are ordered among themselves', () => {
  const times = [5, 1, 4, 2, 3];
  const rows = times.map((time) => ({ stream: 1, trace: time, time }));
  for (const signal of ['logs', 'spans'] as const) {
    const from = rowsOf(signal, rows, false);
    const order = orderRecords(from, Uint32Array.of(0, 2, 4), Uint32Array.of(1, 1, 1));
    assert.deepEqual([...order], [2, 1, 0]);
  }
});
