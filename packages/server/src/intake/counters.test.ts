import assert from 'node:assert/strict';
import { test } from 'node:test';
import { IntakeCounters, PROTOCOLS } from './counters.ts';

test('counters start at nothing, for every protocol', () => {
  const { protocols, rejections, firstExternalSampleMs } = new IntakeCounters().snapshot();
  assert.deepEqual(
    protocols.map(({ protocol }) => protocol),
    [...PROTOCOLS],
  );
  assert.ok(
    protocols.every(({ requests, lastReceivedMs }) => requests === 0 && lastReceivedMs === null),
  );
  assert.deepEqual(rejections, []);
  assert.equal(firstExternalSampleMs, null);
});

test('what is counted is shown', () => {
  let now = 1000;
  const counters = new IntakeCounters(() => now);
  counters.accepted('self', 5);
  assert.equal(counters.snapshot().firstExternalSampleMs, null);
  counters.request('import', 70);
  counters.accepted('import', 0);
  assert.equal(counters.snapshot().firstExternalSampleMs, null);
  counters.accepted('import', 3);
  now = 2000;
  counters.request('import', 30);
  counters.accepted('import', 4);
  counters.repeated('import', 2);
  counters.failed('import', 'broken');
  const { protocols, firstExternalSampleMs } = counters.snapshot();
  assert.equal(firstExternalSampleMs, 1000);
  assert.deepEqual(
    protocols.find(({ protocol }) => protocol === 'import'),
    {
      protocol: 'import',
      requests: 2,
      points: { accepted: 7, repeated: 2, rejected: 0 },
      records: { accepted: 0, repeated: 0, rejected: 0 },
      spans: { accepted: 0, repeated: 0, rejected: 0 },
      bytes: 100,
      failedRequests: 1,
      lastFailure: 'broken',
      lastFailureMs: 2000,
      lastReceivedMs: 2000,
    },
  );
});

test('refusals are kept by protocol and reason, with the last message cut short', () => {
  let now = 1;
  const counters = new IntakeCounters(() => now);
  counters.rejected('scrape', 'too_old', 2, 'first');
  now = 2;
  counters.rejected('scrape', 'too_old', 3, 'x'.repeat(500));
  counters.rejected('remote_write', 'too_old', 1, '');
  const { rejections, protocols } = counters.snapshot();
  assert.equal(rejections.length, 2);
  assert.equal(rejections[0]?.count, 5);
  assert.equal(rejections[0]?.lastMs, 2);
  assert.equal(rejections[0]?.lastMessage.length, 200);
  assert.equal(protocols.find(({ protocol }) => protocol === 'scrape')?.points.rejected, 5);
});

test('a snapshot does not change afterwards', () => {
  const counters = new IntakeCounters();
  const before = counters.snapshot();
  counters.request('self', 1);
  assert.equal(before.protocols.find(({ protocol }) => protocol === 'self')?.requests, 0);
});

test('records and spans are counted by name', () => {
  const counters = new IntakeCounters(() => 1);
  counters.accepted('otlp_http', 3, 'records');
  counters.repeated('otlp_http', 2, 'spans');
  counters.rejected('otlp_http', 'too_old', 4, 'late', 'spans');
  counters.rejected('otlp_http', 'too_old', 1, 'late');
  const { protocols, rejections, firstExternalSampleMs } = counters.snapshot();
  const own = protocols.find(({ protocol }) => protocol === 'otlp_http');
  assert.deepEqual(own?.records, { accepted: 3, repeated: 0, rejected: 0 });
  assert.deepEqual(own?.spans, { accepted: 0, repeated: 2, rejected: 4 });
  assert.deepEqual(
    rejections.map(({ item, count }) => [item, count]),
    [
      ['spans', 4],
      ['points', 1],
    ],
  );
  assert.equal(firstExternalSampleMs, 1);
});
