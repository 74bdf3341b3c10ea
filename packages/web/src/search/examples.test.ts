import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SearchItem } from '../api/search.ts';
import { examplesOf } from './examples.ts';

const nothing = { source: 'local', time_ns: '1', service: '', trace_id: '', duration_ms: null };

test('examples are made of what was found', () => {
  const items: SearchItem[] = [
    { ...nothing, signal: 'logs', text: 'x', service: 'far', source: 'far', labels: {} },
    {
      ...nothing,
      signal: 'logs',
      text: '{"id": 42, "msg": "Timeout"}',
      service: 'my shop',
      labels: { detected_level: 'error' },
    },
    { ...nothing, signal: 'traces', text: 'GET /', trace_id: 'ab', labels: {} },
    { ...nothing, signal: 'metrics', text: 'system_cpu_time_seconds_total', labels: {} },
  ];
  assert.deepEqual(
    examplesOf(items).map(({ text }) => text),
    ['Timeout', 'service:"my shop"', 'level:error', 'ab', 'system_cpu'],
  );
  assert.deepEqual(examplesOf([]), []);
});
