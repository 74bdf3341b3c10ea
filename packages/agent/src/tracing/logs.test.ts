import assert from 'node:assert/strict';
import { test } from 'node:test';
import { trace } from '@opentelemetry/api';
import { logs } from '@opentelemetry/api-logs';
import type { OtlpLogRecord } from '@sightline/wire/encode';
import { startLogs } from './logs.ts';
import { traced } from './test-traced.ts';

test('records of the logs API are handed on with their trace', async (t) => {
  const records: OtlpLogRecord[] = [];
  const clock = { now: () => 0, unixMs: () => 1_700_000_000_000 };
  traced(t);
  const end = await startLogs({ clock, add: (record) => records.push(record) });
  t.after(end);
  const logger = logs.getLogger('winston');
  logger.emit({ body: 'plain', severityNumber: 9, severityText: 'info' });
  trace.getTracer('app').startActiveSpan('work', (span) => {
    const attributes = { user: 7, tags: ['a', 'b'], none: undefined, deep: { a: 1 } };
    logger.emit({ body: { code: 5 }, attributes, timestamp: [1_600_000_000, 500_000_000] });
    const { traceId, spanId } = span.spanContext();
    assert.deepEqual([records[1]?.traceId, records[1]?.spanId], [traceId, spanId]);
    span.end();
  });
  assert.deepEqual(records[0], {
    timeMs: 1_700_000_000_000,
    severityNumber: 9,
    severityText: 'info',
    body: 'plain',
    eventName: '',
    attributes: { 'otel.scope.name': 'winston' },
    traceId: '',
    spanId: '',
  });
  assert.equal(records[1]?.timeMs, 1_600_000_000_500);
  assert.equal(records[1]?.body, '{"code":5}');
  assert.deepEqual(records[1]?.attributes, {
    'otel.scope.name': 'winston',
    user: 7,
    tags: '["a","b"]',
    deep: '{"a":1}',
  });
  end();
  logger.emit({ body: 'after' });
  assert.equal(records.length, 2);
});

test('whatever a record holds, nothing is thrown at the line that logs, and texts are bounded', async (t) => {
  const records: OtlpLogRecord[] = [];
  const clock = { now: () => 0, unixMs: () => 0 };
  t.after(await startLogs({ clock, add: (record) => records.push(record) }));
  const logger = logs.getLogger('odd');
  const hostile = {
    toJSON() {
      throw new Error('no');
    },
    toString() {
      throw new Error('no');
    },
  };
  Reflect.apply(logger.emit, logger, [{ body: hostile }]);
  assert.equal(records.length, 0);
  logger.emit({ body: 'x'.repeat(100_000), attributes: { long: 'y'.repeat(100_000) } });
  assert.equal(records[0]?.body.length, 65_536);
  assert.equal(String(records[0]?.attributes.long).length, 4096);
  Reflect.apply(logger.emit, logger, [{ body: Symbol('s'), attributes: { f: () => 1 } }]);
  assert.equal(records[1]?.body, 'Symbol(s)');
  const odd = { severityNumber: '9', severityText: 5, eventName: { a: 'x'.repeat(1000) } };
  Reflect.apply(logger.emit, logger, [{ body: 'odd', ...odd }]);
  const { severityNumber, severityText, eventName = '' } = records[2] ?? {};
  assert.deepEqual([severityNumber, severityText, eventName.length], [0, '5', 255]);
});
