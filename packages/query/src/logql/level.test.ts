import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Labels } from '@sightline/store';
import {
  DEFAULT_LOG_LIMITS,
  decodeLokiPushJson,
  decodeOtlpLogsJson,
  isFoundLevel,
  LogBatch,
  type SeriesResolver,
} from '@sightline/wire';
import fc from 'fast-check';
import { type RecordParts, recordMetadata } from './record-metadata.ts';
import { nameStream } from './stream-names.ts';

const NO_RECORD: RecordParts = { severity: 0, traceId: '', spanId: '', body: '', fields: [] };

function levelOf(record: Partial<RecordParts>, labels: Record<string, string> = {}): string {
  const stream = { labels: Labels.of(labels), metadata: [], isResource: false };
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
    isResource: true,
  });
  const pushed = ['host', 'h', 'service_name', 's'];
  assert.deepEqual(nameStream(pushed), { own: pushed, metadata: [], isResource: false });
});

const resolver: SeriesResolver = { refusal: '', lookup: () => 1, register: () => 1 };

function severityOf(decode: typeof decodeLokiPushJson, body: unknown): number {
  const batch = new LogBatch();
  const limits = { ...DEFAULT_LOG_LIMITS, now: 1 };
  decode(Buffer.from(JSON.stringify(body)), resolver, limits, batch);
  assert.equal(batch.n, 1);
  return batch.severity[0] ?? 0;
}

const lokiPush = (stream: unknown, body: string, fields: [string, string][]) => {
  return { streams: [{ stream, values: [['1', body, Object.fromEntries(fields)]] }] };
};
const otlpLogs = (body: string, fields: [string, string][]) => {
  const attributes = fields.map(([key, value]) => ({ key, value: { stringValue: value } }));
  const logRecords = [{ timeUnixNano: '1', body: { stringValue: body }, attributes }];
  return { resourceLogs: [{ scopeLogs: [{ logRecords }] }] };
};

const words = fc.constantFrom(
  ...['level', 'Level', 'lvl', 'severity', 'log.level', '{', '}', '"', ':', '=', ' ', '\n'],
  ...[
    'info',
    'INFO',
    'Err',
    'error:',
    '[warn]',
    'warning',
    'critical',
    'debug',
    'x',
    'ü',
    '\u00a0',
  ],
);
const line = fc.array(words, { maxLength: 12 }).map((parts) => parts.join(''));
const fieldName = fc.constantFrom('a', 'Level', ' level ', 'log-level', 'levels', 'detected_level');
const field = fc.tuple(fieldName, fc.constantFrom('', 'x', 'Err'));

test('a level is the same found at intake or by a query, and no number is shown of it', () => {
  const labels = fc.constantFrom({ app: 'a' }, { level: 'wrn' });
  const fields = fc.uniqueArray(field, { maxLength: 2, selector: ([name]) => name });
  fc.assert(
    fc.property(line, labels, fields, (body, streamLabels, pairs) => {
      for (const [isResource, severity] of [
        [false, severityOf(decodeLokiPushJson, lokiPush(streamLabels, body, pairs))],
        [true, severityOf(decodeOtlpLogsJson, otlpLogs(body, pairs))],
      ] as const) {
        const stream = { labels: Labels.of(streamLabels), metadata: ['host', 'h'], isResource };
        const record = { ...NO_RECORD, body, fields: pairs.flat() };
        const shown = recordMetadata({ ...record, severity }, stream);
        assert.ok(!shown.includes('severity_number'));
        if (severity > 0 && !isFoundLevel(severity)) continue;
        assert.deepEqual(shown, recordMetadata(record, stream));
        const isTold = pairs.some(([name]) => name !== 'a' && name !== 'levels');
        assert.equal(isFoundLevel(severity), !isTold);
      }
    }),
    { numRuns: 500 },
  );
});

test('a resource shows the number that was sent, another stream none', () => {
  const shown = (isResource: boolean) =>
    recordMetadata(
      { ...NO_RECORD, severity: 18 },
      { labels: Labels.empty, metadata: [], isResource },
    );
  assert.deepEqual(shown(true), ['severity_number', '18', 'detected_level', 'error']);
  assert.deepEqual(shown(false), ['detected_level', 'error']);
});
