/** What a batch of values costs on its way out: checked, compressed as the zone wants it, encoded and packed. */
import type { OtlpPoint } from '@sightline/wire/encode';
import { systemTimers } from '../src/clock.ts';
import { type Sample, SourceIntake } from '../src/collect/check.ts';
import { MetricCompression } from '../src/compress/metric-compression.ts';
import { Batcher } from '../src/export/batcher.ts';
import type { Metric } from '../src/source.ts';
import { cpuOf, shown, tell } from './measure.ts';

const VALUES = 250;
const RUNS = 300;
const STEP_MS = 30_000;

/** A tenth of the values changes from collection to collection. */
function collection(n: number): Metric[] {
  return Array.from({ length: VALUES }, (_, i) => ({
    name: `some.metric.${i % 50}`,
    kind: 'gauge' as const,
    unit: 'By',
    value: i % 10 === 0 ? n : i,
    attributes: { device: `sd${Math.floor(i / 50)}`, direction: i % 2 === 0 ? 'read' : 'write' },
  }));
}

const TABLE = `CPU us of a batch of ${VALUES} values`;

export async function measureExport(): Promise<void> {
  const intake = new SourceIntake();
  const check = await cpuOf(RUNS, (i) => {
    intake.take(collection(i));
  });
  const made = await cpuOf(RUNS, (i) => {
    collection(i);
  });
  tell(TABLE, { step: 'checked', us: shown(check - made), sent: String(VALUES), bytes: '' });
  const batches: Sample[][] = Array.from({ length: 20 }, (_, i) => intake.take(collection(i)));
  for (const mode of ['off', 'light', 'aggressive'] as const) {
    const compression = new MetricCompression();
    let sent = 0;
    let times = 0;
    const us = await cpuOf(RUNS, () => {
      const samples = batches[times++ % batches.length] ?? [];
      sent += compression.compress(
        [{ priority: 'medium', samples }],
        times * STEP_MS,
        mode,
        80,
      ).length;
    });
    const name = {
      off: 'zone green',
      light: 'compressed, zone yellow',
      aggressive: 'compressed, zone orange',
    }[mode];
    tell(TABLE, { step: name, us: shown(us), sent: shown(sent / times), bytes: '' });
  }
  const compression = new MetricCompression();
  const points: OtlpPoint[] = compression.compress(
    [{ priority: 'medium', samples: batches[0] ?? [] }],
    STEP_MS,
    'off',
    0,
  );
  for (const gzip of [false, true]) {
    let bytes = 0;
    const batcher = new Batcher({
      sender: { resource: { 'service.name': 'bench' }, scope: 'bench', scopeVersion: '1' },
      batchSize: VALUES,
      intervalMs: 1e9,
      gzip,
      timers: systemTimers,
      push: ({ body }) => {
        bytes = body.length;
      },
    });
    const us = await cpuOf(RUNS, () => batcher.addPoints(points));
    batcher.flush();
    tell(TABLE, {
      step: gzip ? 'encoded and packed' : 'encoded',
      us: shown(us),
      sent: String(VALUES),
      bytes: String(bytes),
    });
  }
}
