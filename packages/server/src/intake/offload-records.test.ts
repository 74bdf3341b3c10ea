import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hashString, LogBatch, labelsFromPairs, processKey, SpanBatch } from '@sightline/wire';
import fc from 'fast-check';
import { LocalSeries } from './local-series.ts';
import { adoptRecords, offloadRecords } from './offload-records.ts';
import { MemoryStore } from './test-store.ts';

/** Handle of the stream `{s="<name>"}` in a worker. */
function localStream(series: LocalSeries, name: string): number {
  hashString(name, processKey);
  const known = series.lookup();
  const labels = labelsFromPairs(['s', name]);
  hashString(name, processKey);
  return known === 0 ? series.register(labels, labels.length) : known;
}

const row = fc.record({ stream: fc.nat(6), text: fc.string({ maxLength: 20 }) });

/** As it comes back: stream and record of each row. */
function rowsOf(batch: LogBatch | SpanBatch, store: MemoryStore): [string, string][] {
  const bytes = Buffer.from(batch.side.buffer, 0, batch.sideLength);
  let expected = 0;
  return Array.from({ length: batch.n }, (_, i) => {
    assert.equal(batch.at[i], expected, 'no gaps');
    expected += batch.length[i];
    const text = bytes.toString('utf8', batch.at[i], expected);
    return [store.streamLabels('t', batch.stream[i])[1], text];
  });
}

for (const kind of ['logs', 'spans'] as const) {
  test(`${kind} come over as they were, without those of refused streams`, () => {
    fc.assert(
      fc.property(fc.array(row, { maxLength: 60 }), fc.nat(7), (rows, maxSeries) => {
        const series = new LocalSeries();
        const from = kind === 'logs' ? new LogBatch(1) : new SpanBatch(1);
        rows.forEach(({ stream, text }, i) => {
          const handle = localStream(series, `s${stream}`);
          const at = from.writer.length;
          const bytes = Buffer.from(text);
          from.writer.copy(bytes, 0, bytes.length);
          if (from instanceof LogBatch) from.push(handle, i, i + 1, i % 25, at);
          else {
            const index = from.push(handle, at);
            from.startLo[index] = i;
            from.status[index] = i % 3;
          }
        });
        from.reject('too_old', 'late', 2);
        const store = new MemoryStore();
        store.resolver('t').maxSeries = maxSeries;
        const { records, transfer } = offloadRecords(from, series);
        assert.equal(new Set(transfer).size, transfer.length, 'each buffer is handed over once');
        const into = kind === 'logs' ? new LogBatch() : new SpanBatch();
        adoptRecords(structuredClone(records, { transfer }), store.resolver('t'), into);
        const seen = [...new Set(rows.map(({ stream }) => stream))];
        const kept = new Set(seen.slice(0, maxSeries));
        const want = rows.flatMap((one, i) => (kept.has(one.stream) ? [{ ...one, i }] : []));
        assert.deepEqual(
          rowsOf(into, store),
          want.map(({ stream, text }) => [`s${stream}`, text]),
        );
        const column = into instanceof LogBatch ? into.tLo : into.startLo;
        assert.deepEqual(
          [...column.subarray(0, into.n)],
          want.map(({ i }) => i),
        );
        const refused = rows.length - want.length;
        assert.equal(into.rejectedItems, refused + 2);
        // The batch can be used on.
        into.clear();
        assert.equal(into.rejectedItems, 0);
      }),
    );
  });
}
