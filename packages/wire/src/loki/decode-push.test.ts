import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DecodeError, RequestLimitError } from '../model/decode-error.ts';
import type { LogLimits } from '../model/log-limits.ts';
import { type DecodedLogs, decodedLogs, type TestRecord } from '../model/test-records.ts';
import { bytes, encode, message, text, varint } from '../otlp/test-payload.ts';
import { compressSnappy, uncompressSnappyBlock } from '../snappy/snappy.ts';
import { decodeLokiPush } from './decode-push.ts';
import { decodeLokiPushJson } from './decode-push-json.ts';

const T = 1_699_999_999_123_456_789n;
const TRACE = '5b8efff798038103d269b633813fc60c';

interface Entry {
  t: bigint;
  line: string;
  metadata: [string, string][];
}
interface Stream {
  labels: string;
  entries: Entry[];
}
function protobuf(streams: Stream[]): Uint8Array {
  return encode(
    ...streams.map(({ labels, entries }) =>
      message(
        1,
        text(1, labels),
        ...entries.map(({ t, line, metadata }) =>
          message(
            2,
            message(
              1,
              varint(1, Number(t / 1_000_000_000n)),
              varint(2, Number(t % 1_000_000_000n)),
            ),
            text(2, line),
            ...metadata.map(([name, value]) => message(3, text(1, name), text(2, value))),
          ),
        ),
      ),
    ),
  );
}

function decode(body: Uint8Array, limits: Partial<LogLimits> = {}, json = false) {
  const decoder = json ? decodeLokiPushJson : decodeLokiPush;
  return decodedLogs((...rest) => decoder(body, ...rest), limits);
}

const decodeJson = (body: unknown, limits: Partial<LogLimits> = {}) =>
  decode(Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)), limits, true);

const WANT: TestRecord = {
  stream: 1,
  t: T,
  severity: 17,
  trace: TRACE,
  span: '',
  body: 'it broke',
  fields: [
    ['level', 0, 'Error'],
    ['user', 0, 'ü'],
  ],
};
const METADATA: [string, string][] = [
  ['level', 'Error'],
  ['trace_id', TRACE],
  ['user', 'ü'],
];

test('an entry with metadata, in a snappy block', () => {
  const entries = [{ t: T, line: 'it broke', metadata: METADATA }];
  const body = compressSnappy(protobuf([{ labels: '{app="shop", env="x"}', entries }]));
  const { records, streams } = decode(uncompressSnappyBlock(body, 1e6));
  assert.deepEqual(streams, ['{app="shop",env="x",service_name="shop"}']);
  assert.deepEqual(records, [WANT]);
});

test('the same in JSON, in any order of the keys', () => {
  const stream = { env: 'x', app: 'shop' };
  const values = [[String(T), 'it broke', Object.fromEntries(METADATA)]];
  for (const body of [
    { streams: [{ stream, values }] },
    { more: [1, { a: null }], streams: [{ values, other: 1, stream }] },
  ]) {
    const { records, streams } = decodeJson(body);
    assert.deepEqual(streams, ['{app="shop",env="x",service_name="shop"}']);
    assert.deepEqual(records, [WANT]);
  }
});

test('JSON: times as numbers, escapes, metadata that is no text', () => {
  const { records } = decodeJson(
    `{"streams":[{"stream":{},"values":[[${T},"a\\n\\u00fc\\ud83d\\ude00\\ud800"],["1","x",{"n":1.50,"o":{"a":[1]},"b":true}],["2","y",null]]}]}`,
  );
  assert.equal(records[0].t, T);
  assert.equal(records[0].body, 'a\nü😀\ufffd');
  assert.deepEqual(records[1].fields, [
    ['n', 0, '1.50'],
    ['o', 0, '{"a":[1]}'],
    ['b', 0, 'true'],
  ]);
  assert.equal(records[2].t, 2n);
});

test('the service of a stream', () => {
  const want = (labels: string, service: string) => {
    const { streams } = decode(protobuf([{ labels, entries: [{ t: T, line: '', metadata: [] }] }]));
    assert.match(streams[0], new RegExp(`service_name="${service}"`), labels);
  };
  want('{}', 'unknown_service');
  want('{job="j", container="c"}', 'c');
  want('{service_name="s", app="a"}', 's');
  want('{app="", job="j"}', 'j');
});

test('streams with bad labels are refused with their entries', () => {
  const entries = [
    { t: T, line: 'a', metadata: [] },
    { t: T, line: 'b', metadata: [] },
  ];
  const { records, batch } = decode(
    protobuf([
      { labels: 'nonsense', entries },
      { labels: '{a="b", a="c"}', entries },
      { labels: '{a="b"}', entries },
    ]),
  );
  assert.equal(records.length, 2);
  assert.deepEqual(Object.fromEntries(batch.rejected), { invalid_labels: 2, duplicate_label: 2 });
  const json = decodeJson({ streams: [{ stream: { a: 1 }, values: [['1', 'x']] }] });
  assert.deepEqual([...json.batch.rejected], [['invalid_labels', 1]]);
});

test('times outside of the limits, more entries than allowed, long lines, many fields', () => {
  const line = 'x'.repeat(100);
  const metadata = [...Array(20).keys()].map((i): [string, string] => [`k${i}`, 'v']);
  const body = protobuf([
    {
      labels: '{}',
      entries: [
        { t: 1n, line, metadata: [] },
        { t: T, line, metadata },
      ],
    },
  ]);
  const { records, batch } = decode(body, { minTime: 1000, maxBodyBytes: 10, maxFields: 5 });
  assert.equal(records[0].body, 'x'.repeat(10));
  assert.equal(records[0].fields.length, 6);
  assert.deepEqual(records[0].fields.at(-1), ['dropped_attributes_count', 2, '15']);
  assert.deepEqual(Object.fromEntries(batch.rejected), { too_old: 1, label_limit: 0 });
  assert.throws(() => decode(body, { maxPoints: 1 }), RequestLimitError);
});

test('a line that is not UTF-8 keeps what is', () => {
  const entry = message(2, bytes(2, Uint8Array.of(0x61, 0xff, 0x62)));
  const { records } = decode(encode(message(1, text(1, '{}'), entry)));
  assert.equal(records[0].body, 'a\ufffdb');
});

test('JSON that is no push', () => {
  for (const body of [
    '',
    '[]',
    '{"streams":{}}',
    '{"streams":[{"values":[]}]}',
    '{"streams":[{"stream":{},"values":[["x","y"]]}]}',
    '{"streams":[{"stream":{},"values":[["1"]]}]}',
    '{"streams":[{"stream":{},"values":[["1",2]]}]}',
    '{"streams":[{"stream":{},"values":[[1.5,"x"]]}]}',
    '{"streams":[{"stream":{},"values":[["18446744073709551616","x"]]}]}',
    '{"streams":[{"stream":{},"values":[["1","\\q"]]}]}',
    '{"streams":[]} x',
    `{"streams":[{"stream":{},"values":[["1","x",{"a":${'['.repeat(10_000)}`,
  ]) {
    assert.throws(() => decodeJson(body), DecodeError, body);
  }
  assert.equal(decodeJson('{}').batch.n, 0);
});

const everything = protobuf([
  { labels: '{app="shop"}', entries: [{ t: T, line: 'it broke', metadata: METADATA }] },
  { labels: '{job="j"}', entries: [{ t: T, line: 'ü'.repeat(80), metadata: [] }] },
]);
const everythingJson = Buffer.from(
  JSON.stringify({
    streams: [{ stream: { a: 'ü' }, values: [['1', 'x\n', { trace_id: TRACE, n: [1] }]] }],
  }),
);

function survives(body: Uint8Array, json: boolean): void {
  try {
    decode(body, {}, json);
  } catch (error) {
    assert.ok(error instanceof DecodeError, String(error));
  }
}

test('a request cut at each byte, random bytes, changed bytes', () => {
  for (const [whole, json] of [
    [everything, false],
    [everythingJson, true],
  ] as const) {
    for (let length = 0; length < whole.length; length++) survives(whole.subarray(0, length), json);
    const random = fc.uint8Array({ maxLength: 200 });
    fc.assert(
      fc.property(random, (body) => survives(body, json)),
      { numRuns: 1000 },
    );
    const changes = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), {
      minLength: 1,
      maxLength: 6,
    });
    fc.assert(
      fc.property(changes, (list) => {
        const body = Uint8Array.from(whole);
        for (const [at, byte] of list) body[at] = byte;
        survives(body, json);
      }),
      { numRuns: 3000 },
    );
  }
});

const anyText = fc.string({ unit: 'grapheme', maxLength: 200 });
const anyEntry = fc.record({
  t: fc.bigInt({ min: 1n, max: 2n ** 34n * 1_000_000_000n - 1n }),
  line: anyText,
  metadata: fc.array(fc.tuple(anyText, anyText), { maxLength: 8 }),
});

test('any entries survive, in protobuf and in JSON', () => {
  const limits = { maxTime: Number.POSITIVE_INFINITY };
  fc.assert(
    fc.property(fc.array(anyEntry, { minLength: 1, maxLength: 5 }), (list) => {
      const entries = list.map(({ t, line, metadata }) => {
        const unique = new Map(metadata.filter(([name]) => name !== '' && name !== '__proto__'));
        return { t, line, metadata: [...unique] };
      });
      const want = entries.map(({ t, line, metadata }) => [
        t,
        line,
        metadata.map(([name, value]) => [name, 0, value]).sort(),
      ]);
      const got = ({ records }: DecodedLogs) =>
        records.map(({ t, body, fields }) => [t, body, fields.sort()]);
      assert.deepEqual(got(decode(protobuf([{ labels: '{}', entries }]), limits)), want);
      const values = entries.map(({ t, line, metadata }) => [
        String(t),
        line,
        Object.fromEntries(metadata),
      ]);
      assert.deepEqual(got(decodeJson({ streams: [{ stream: {}, values }] }, limits)), want);
    }),
  );
});
