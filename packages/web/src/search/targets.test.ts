import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SearchItem } from '../api/search.ts';
import { lineKey } from '../logs/line-text.ts';
import { metricExpression, targetOf } from './targets.ts';

const item: SearchItem = {
  signal: 'logs',
  source: 'local',
  time_ns: '1790000000123456789',
  service: 'a "shop"',
  text: 'failed',
  trace_id: '',
  duration_ms: null,
  labels: {},
};
const range = { from: 'now-1h', to: 'now' };

test('a line leads to the Logs page at that line', () => {
  const target = targetOf(item, new Map(), range);
  const ms = 1_790_000_000_123;
  assert.deepEqual(target, {
    to: '/logs',
    search: {
      q: '{service_name="a \\"shop\\""}',
      line: lineKey({
        ns: item.time_ns ?? '',
        line: 'failed',
        stream: {},
        metadata: {},
        parsed: {},
      }),
      from: new Date(ms - 900_000).toISOString(),
      to: new Date(ms + 2000).toISOString(),
    },
  });
});

test('a trace leads to its span, a metric to Explore, and what is elsewhere nowhere', () => {
  const trace: SearchItem = {
    ...item,
    signal: 'traces',
    trace_id: 'ab',
    labels: { span_id: 'cd' },
  };
  assert.deepEqual(targetOf(trace, new Map(), range), {
    to: '/traces/$traceId',
    traceId: 'ab',
    search: { span: 'cd' },
  });
  const metric: SearchItem = { ...item, signal: 'metrics', text: 'up' };
  assert.deepEqual(targetOf(metric, new Map(), range), {
    to: '/explore',
    search: { a: 'up', ...range },
  });
  assert.equal(targetOf({ ...item, source: 'far' }, new Map(), range), undefined);
});

test('a metric is shown as its type is', () => {
  const cases: [string, string, string][] = [
    ['up', 'gauge', 'up'],
    ['x_total', 'counter', 'rate(x_total[5m])'],
    ['x_bucket', 'histogram', 'histogram_quantile(0.95, sum by (le) (rate(x_bucket[5m])))'],
    ['x_count', 'histogram', 'rate(x_count[5m])'],
    ['x_seconds', 'histogram', 'histogram_quantile(0.95, sum(rate(x_seconds[5m])))'],
    ['a.b', '', '{"a.b"}'],
  ];
  for (const [name, type, want] of cases) assert.equal(metricExpression(name, type), want);
  const filters = new Map([
    ['service', 's'],
    ['http.route', '/a'],
    ['5xx', 'y'],
  ]);
  assert.equal(metricExpression('up', '', filters), 'up{http_route="/a", _5xx="y"}');
});
