import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { HeadSegment } from '../head.ts';
import { RecordSegment } from '../record-head.ts';
import { SeriesTable } from '../series.ts';
import { FlushClient } from './client.ts';

test('the thread starts with a request, ends when it has nothing to do and starts again', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'sightline-flush-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const segment = HeadSegment.create(0, 1000, 1000, 1000);
  const logs = RecordSegment.create('logs', 1000, 1000);
  const spans = RecordSegment.create('spans', 1000, 1000);
  for (const each of [segment, logs, spans]) each.reset(1);
  let flushed = (): void => {};
  const client = new FlushClient(
    {
      dir,
      key: new Uint32Array(4),
      series: SeriesTable.create(1000).shared,
      segments: [segment.shared],
      logs: [logs.shared],
      spans: [spans.shared],
    },
    {
      flushed: () => flushed(),
      sealed: () => {},
      merged: () => {},
      thinned: () => {},
      failed: (error) => assert.fail(error),
    },
  );
  const flush = (): Promise<void> => {
    const done = new Promise<void>((resolve) => {
      flushed = resolve;
    });
    client.send({ type: 'flush', slot: 0, tenants: [], notes: [], files: [] });
    return done;
  };
  assert.ok(!client.running);
  await flush();
  assert.ok(client.running);
  t.mock.timers.tick(70_000);
  // Asked for while the thread before still ends.
  await flush();
  assert.ok(client.running);
  t.mock.timers.tick(70_000);
  while (client.running) await new Promise((resolve) => setImmediate(resolve));
  await flush();
  await client.stop();
  assert.ok(!client.running);
});
