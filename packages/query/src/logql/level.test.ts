import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Labels } from '@sightline/store';
import { type RecordParts, recordMetadata } from './record-metadata.ts';
import { nameStream } from './stream-names.ts';

const NO_RECORD: RecordParts = { severity: 0, traceId: '', spanId: '', body: '', fields: [] };

function levelOf(record: Partial<RecordParts>, labels: Record<string, string> = {}): string {
  const stream = { labels: Labels.of(labels), metadata: [] };
  const pairs = recordMetadata({ ...NO_RECORD, ...record }, stream);
  return pairs.at(-2) === 'detected_level' ? (pairs.at(-1) ?? '') : '';
}

test('the severity tells the level', () => {
  const levels = Array.from({ length: 6 }, (_, i) =>
    levelOf({ severity: i * 4 + 1, body: 'INFO' }),
  );
  assert.deepEqual(levels, ['trace', 'debug', 'info', 'warn', 'error', 'fatal']);
  assert.equal(levelOf({ severity: 24, fields: ['detected_level', 'warn'] }), 'fatal');
});

test('else labels, then fields, then the line', () => {
  assert.equal(levelOf({ fields: ['level', 'info'] }, { level: 'WRN' }), 'warn');
  assert.equal(levelOf({ fields: ['severity', 'Err', 'level', 'odd'] }), 'odd');
  assert.equal(levelOf({ fields: ['log.level', 'DBG'], body: 'info' }), 'debug');
  assert.equal(levelOf({ fields: ['detected_level', 'WARNING'] }, { level: 'info' }), 'warn');
});

const LINES: [string, string][] = [
  ['{"msg":"x","a":{"level":"Error"}}', 'error'],
  ['{"level": 30, "severity":"critical"}', 'critical'],
  ['{"nothing":"here"}', 'unknown'],
  ['ts=1 Level=warn msg="an info"', 'warn'],
  ['lvl="dbg" msg=x', 'debug'],
  ['msg="level is fine"', 'unknown'],
  ['INFO starting', 'info'],
  ['[error] no', 'error'],
  ['WARNING: disk', 'warn'],
  ['critical: on fire', 'critical'],
  ['a debug line', 'debug'],
  ['nothing', 'unknown'],
  ['', 'unknown'],
];
for (const [line, want] of LINES) {
  test(`level of ${JSON.stringify(line)}`, () => assert.equal(levelOf({ body: line }), want));
}

test('resources show the usual attributes as labels, pushed streams all of theirs', () => {
  const pairs = ['host.name', 'h', 'k8s.pod.name', 'p', 'service.name', 's'];
  assert.deepEqual(nameStream(pairs), {
    own: ['k8s_pod_name', 'p', 'service_name', 's'],
    metadata: ['host_name', 'h'],
  });
  const pushed = ['host', 'h', 'service_name', 's'];
  assert.deepEqual(nameStream(pushed), { own: pushed, metadata: [] });
});
