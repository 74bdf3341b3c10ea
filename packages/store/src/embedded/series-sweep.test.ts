import assert from 'node:assert/strict';
import { test } from 'node:test';
import { labelsFromPairs } from '@sightline/wire';
import { Segments } from './segments.ts';
import { SeriesTable } from './series.ts';
import { SeriesSweep } from './series-sweep.ts';
import { Tenants } from './tenants.ts';

const HOUR_MS = 3_600_000;

test('a stream with records in a live segment is kept, an idle one is not', () => {
  const table = SeriesTable.create(100);
  const limits = { maxTenants: 1, maxSeriesPerTenant: 100, maxSeries: 100 };
  const tenants = new Tenants(new Uint32Array(4), table, limits);
  const rooms = { rows: 10, maxSeries: 100, sideBytes: 10, recordRows: 10, recordBytes: 10 };
  const segments = new Segments({ count: 2, ...rooms });
  const tenant = tenants.get('one');
  const [idle, logging] = ['idle', 'logging'].map((name) => {
    const labels = labelsFromPairs(['service.name', name]);
    return tenants.series(tenant, labels, 0, labels.length);
  });
  const sweep = new SeriesSweep(table, tenants, segments);
  const forgotten: number[] = [];
  sweep.listeners.push((sids) => forgotten.push(...sids));
  segments.rotate(1);
  segments.activeStreams.add(logging);
  for (const hours of [1, 2.5, 4]) sweep.run(hours * HOUR_MS);
  assert.deepEqual(forgotten, [idle]);
  segments.rotate(2);
  segments.flushed(0);
  for (const hours of [5, 6.5, 8]) sweep.run(hours * HOUR_MS);
  assert.deepEqual(forgotten, [idle, logging]);
});
