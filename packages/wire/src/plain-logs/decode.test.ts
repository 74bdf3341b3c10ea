import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DecodeError, RequestLimitError } from '../model/decode-error.ts';
import type { LogLimits } from '../model/log-limits.ts';
import { decodedLogs, NOW } from '../model/test-records.ts';
import { decodePlainLogs } from './decode.ts';

const T = 1_699_999_999_123_000_000n;
const NOW_NS = BigInt(NOW) * 1_000_000n;
const TRACE = '5b8efff798038103d269b633813fc60c';
const SPAN = 'eee19b7ec3c1b174';

function decode(body: string | Uint8Array, limits: Partial<LogLimits> = {}, labels: string[] = []) {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  return decodedLogs((...rest) => decodePlainLogs(bytes, labels, ...rest), limits);
}

/** The one record of a body: time, severity, body and fields. */
function one(body: string): [bigint, number, string, [string, number, string][]] {
  const { records } = decode(body);
  assert.equal(records.length, 1, body);
  return [records[0].t, records[0].severity, records[0].body, records[0].fields];
}

test('a JSON line: time, level, message and ids by their usual names, the rest as fields', () => {
  const line = {
    ts: '2023-11-14T22:13:19.123Z',
    level: 'WARN',
    msg: 'slow ü\n',
    traceId: TRACE,
    span: { id: SPAN },
    user: { id: 5, tags: ['a', 'b'], ok: true, gone: null, deep: { x: 1.5 } },
    big: 'y',
  };
  const { records, streams } = decode(JSON.stringify(line), {}, ['service.name', 's', 'env', 'e']);
  assert.deepEqual(streams, ['{env="e",service.name="s"}']);
  assert.deepEqual(records, [
    {
      stream: 1,
      t: T,
      severity: 13,
      trace: TRACE,
      span: SPAN,
      body: 'slow ü\n',
      fields: [
        ['severity_text', 0, 'WARN'],
        ['user.id', 2, '5'],
        ['user.tags', 5, '["a","b"]'],
        ['user.ok', 1, 'true'],
        ['user.deep.x', 3, '1.5'],
        ['big', 0, 'y'],
      ],
    },
  ]);
});

test('what loggers write', () => {
  const want = (
    line: string,
    t: bigint,
    severity: number,
    body: string,
    ...fields: [string, number, string][]
  ) => assert.deepEqual(one(line), [t, severity, body, fields], line);
  // pino, zap, Docker, Serilog
  want(
    '{"level":30,"time":1699999999123,"pid":7,"msg":"m"}',
    T,
    9,
    'm',
    ['level', 2, '30'],
    ['pid', 2, '7'],
  );
  want('{"level":"info","ts":1699999999.123,"msg":"m"}', T, 9, 'm', ['severity_text', 0, 'info']);
  want('{"log":"x\\n","time":"2023-11-14T22:13:19.123Z","stream":"stdout"}', T, 0, 'x\n', [
    'stream',
    0,
    'stdout',
  ]);
  want('{"@t":"2023-11-14T22:13:19.123Z","@m":"m","@l":"Error"}', T, 17, 'm', [
    'severity_text',
    0,
    'Error',
  ]);
  // Values that do not fit their role are fields; without a message the line is the body.
  want(
    '{"time":"noon","level":"high"}',
    NOW_NS,
    0,
    '{"time":"noon","level":"high"}',
    ['time', 0, 'noon'],
    ['level', 0, 'high'],
  );
  want('{"msg":"a","message":"b"}', NOW_NS, 0, 'a', ['message', 0, 'b']);
  want(
    '{"msg":"a","n":9223372036854775807,"m":9223372036854775808}',
    NOW_NS,
    0,
    'a',
    ['n', 2, '9223372036854775807'],
    ['m', 0, '9223372036854775808'],
  );
  want('{"msg":"a","trace_id":"0"}', NOW_NS, 0, 'a', ['trace_id', 0, '0']);
  want('{}', NOW_NS, 0, '{}');
});

test('text lines: time, level and logfmt where they are certain', () => {
  const want = (
    line: string,
    t: bigint,
    severity: number,
    body: string,
    ...fields: [string, number, string][]
  ) => assert.deepEqual(one(line), [t, severity, body, fields], line);
  const at = '2023-11-14T22:13:19.123Z';
  const plain = (line: string) => want(line, NOW_NS, 0, line);
  want(`${at} ERROR it broke`, T, 17, `${at} ERROR it broke`, ['severity_text', 0, 'ERROR']);
  want(`[${at}] [warn] x`, T, 13, `[${at}] [warn] x`, ['severity_text', 0, 'warn']);
  want(`  ${at}`, T, 0, `  ${at}`);
  want('INFO: x', NOW_NS, 9, 'INFO: x', ['severity_text', 0, 'INFO']);
  want('error: x', NOW_NS, 17, 'error: x', ['severity_text', 0, 'error']);
  plain('error in x');
  plain('INFORMAL x');
  plain('2023-11-14T22:13:19 x');
  plain('[2023-11-14T22:13:19Z x');
  plain('{"not":"json"');
  plain('[1,2]');
  want(
    `time=${at} level=info msg="a \\"b\\"" trace_id=${TRACE} n=5 empty=`,
    T,
    9,
    'a "b"',
    ['severity_text', 0, 'info'],
    ['n', 0, '5'],
    ['empty', 0, ''],
  );
  want(
    `${at} DEBUG a=1 b="c d"`,
    T,
    5,
    `${at} DEBUG a=1 b="c d"`,
    ['severity_text', 0, 'DEBUG'],
    ['a', 0, '1'],
    ['b', 0, 'c d'],
  );
  plain('a=1');
  plain('a=1 b');
  plain('a=1 b="c');
  plain('a=1 b="c"d');
  plain('a=b=c d=e');
  plain('see http://x/?a=1 b=2');
});

test('lines of every kind of end; empty ones are none', () => {
  const { records, streams } = decode('a\r\n\n  \nb\n{"msg":"c"}\r\nd');
  assert.deepEqual(
    records.map(({ body }) => body),
    ['a', 'b', 'c', 'd'],
  );
  assert.deepEqual(streams, ['{service_name="unknown_service"}']);
  assert.equal(decode('').records.length, 0);
});

test('a list of objects', () => {
  const { records } = decode('\n[ {"msg":"a"},\n{"msg":"b","x":[1]} ]\n');
  assert.deepEqual(
    records.map(({ body }) => body),
    ['a', 'b'],
  );
  assert.throws(() => decode('[{"msg":"a"},'), DecodeError);
});

/** Stream and body of each record of lines, and its fields. */
function told(lines: readonly object[], labels: string[] = []) {
  const { records, streams } = decode(JSON.stringify(lines), {}, labels);
  return records.map(({ stream, body, fields }) => [
    streams[stream - 1],
    body,
    ...fields.map(([key, , value]) => `${key}=${value}`),
  ]);
}

test('a line names its service where the request does not', () => {
  const lines = [
    { service: 'shop', msg: 'a' },
    { msg: 'b', service: { name: 'cart' } },
    { msg: 'c', service_name: 'shop', service: 'twice' },
    { msg: 'd', service: '' },
    { msg: 'e' },
  ];
  assert.deepEqual(told(lines, ['env', 'e']), [
    ['{env="e",service_name="shop"}', 'a'],
    ['{env="e",service_name="cart"}', 'b'],
    ['{env="e",service_name="shop"}', 'c', 'service=twice'],
    ['{env="e",service_name="unknown_service"}', 'd', 'service='],
    ['{env="e",service_name="unknown_service"}', 'e'],
  ]);
  assert.deepEqual(told([{ service: 'shop', msg: 'a' }], ['app', 'x']), [
    ['{app="x",service_name="x"}', 'a', 'service=shop'],
  ]);
  const { streams } = decode('service=shop msg=a\n{"service":"cart"} no JSON');
  assert.deepEqual(streams, ['{service_name="shop"}', '{service_name="unknown_service"}']);
});

test('past a hundred services of a request, and where one is no label, it is a field', () => {
  const lines = Array.from({ length: 102 }, (_, i) => ({ service: `s${i}`, msg: 'a' }));
  const all = told([...lines, { service: 's5', msg: 'b' }]);
  assert.deepEqual(all[99], ['{service_name="s99"}', 'a']);
  assert.deepEqual(all[100], ['{service_name="unknown_service"}', 'a', 'service=s100']);
  assert.deepEqual(all[102], ['{service_name="s5"}', 'b']);
  const long = 'x'.repeat(100_000);
  assert.deepEqual(told([{ service: long, msg: 'a' }]), [
    ['{service_name="unknown_service"}', 'a', `service=${long}`],
  ]);
});

test('bounds: long lines, many fields, deep objects, many lines, labels', () => {
  const long = decode(`${'x'.repeat(1000)}\ny`, { maxBodyBytes: 10 });
  assert.deepEqual(
    long.records.map(({ body }) => body),
    ['x'.repeat(10), 'y'],
  );
  assert.equal(long.batch.rejectedItems, 0);
  const many = Object.fromEntries([...Array(10_000).keys()].map((i) => [`k${i}`, i]));
  const { fields } = decode(JSON.stringify(many)).records[0];
  assert.equal(fields.length, 1001);
  assert.deepEqual(fields.at(-1), ['dropped_attributes_count', 2, '9000']);
  const deep = `${'{"a":'.repeat(20)}1${'}'.repeat(20)}`;
  const key = Array(10).fill('a').join('.');
  const rest = `${'{"a":'.repeat(10)}1${'}'.repeat(10)}`;
  assert.deepEqual(decode(deep).records[0].fields, [[key, 5, rest]]);
  const hostile = '{"a":'.repeat(100_000);
  assert.equal(decode(hostile, { maxBodyBytes: 5 }).records[0].body, '{"a":');
  assert.throws(() => decode('a\nb\nc', { maxPoints: 2 }), RequestLimitError);
  assert.throws(() => decode('a', {}, ['x', '1', 'x', '2']), RangeError);
  assert.deepEqual(
    [...decode('{"time":1000000000}', { minTime: NOW }).batch.rejected],
    [['too_old', 1]],
  );
});

test('text that is not UTF-8 keeps what is', () => {
  assert.equal(decode(Uint8Array.of(0x61, 0xff, 0x62)).records[0].body, 'a\ufffdb');
  assert.equal(decode('{"msg":"\\ud800"}').records[0].body, '\ufffd');
});

test('any line is one record', () => {
  const characters = '{}[]":,=\\ .0123456789eEtrufalsnINFO-\u00fcTZ';
  const line = fc.string({ unit: fc.constantFrom(...characters), minLength: 1, maxLength: 80 });
  fc.assert(
    fc.property(fc.array(line, { maxLength: 5 }), (lines) => {
      const kept = lines.filter((text) => text.trim() !== '');
      const body = ['x', ...lines].join('\n');
      assert.equal(decode(body).records.length, kept.length + 1);
    }),
    { numRuns: 3000 },
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
      try {
        decode(bytes);
      } catch (error) {
        assert.ok(error instanceof DecodeError);
      }
    }),
    { numRuns: 2000 },
  );
});

test('any flat object comes back', () => {
  const key = fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
    .map((text) => `k${text}`);
  const value = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 50 }),
    fc.integer(),
    fc.boolean(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).filter((x) => !Number.isInteger(x)),
  );
  fc.assert(
    fc.property(fc.dictionary(key, value, { maxKeys: 10 }), (object) => {
      const want = Object.entries(object).map(([name, shown]) => [name, String(shown)]);
      const { fields } = decode(JSON.stringify(object)).records[0];
      assert.deepEqual(
        fields.map(([name, , shown]) => [name, shown]),
        want,
      );
    }),
  );
});
