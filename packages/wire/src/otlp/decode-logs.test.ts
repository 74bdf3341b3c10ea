import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DecodeError, RequestLimitError } from '../model/decode-error.ts';
import type { LogLimits } from '../model/log-limits.ts';
import { decodedLogs, NOW } from '../model/test-records.ts';
import { decodeOtlpLogs, decodeOtlpLogsJson } from './decode-logs.ts';
import {
  attribute,
  bytes,
  double,
  encode,
  type Field,
  fixed,
  message,
  text,
  varint,
} from './test-payload.ts';

const T = 1_699_999_999_123_456_789n;
const TRACE = '5b8efff798038103d269b633813fc60c';
const SPAN = 'eee19b7ec3c1b174';

function decode(body: Uint8Array, limits: Partial<LogLimits> = {}, json = false) {
  const decoder = json ? decodeOtlpLogsJson : decodeOtlpLogs;
  return decodedLogs((...rest) => decoder(body, ...rest), limits);
}

const record = (...fields: Field[]): Field => message(2, ...fields);
const request = (resource: Field[], scope: Field[], ...records: Field[]) =>
  encode(message(1, message(1, ...resource), message(2, message(1, ...scope), ...records)));
const one = (...fields: Field[]) => decode(request([], [], record(...fields)));
const bodyText = (value: string) => message(5, text(1, value));
const value = (...fields: Field[]) => message(6, text(1, 'k'), message(2, ...fields));

test('all parts of a record', () => {
  const body = request(
    [attribute(1, 'service.name', 'shop'), attribute(1, 'host.name', 'h')],
    [text(1, 'lib'), text(2, '1.0'), attribute(3, 'scope.x', 'y')],
    record(
      fixed(1, T),
      varint(2, 17),
      text(3, 'Error'),
      bodyText('it broke'),
      attribute(6, 'a.b', 'c'),
      varint(7, 3),
      bytes(9, Buffer.from(TRACE, 'hex')),
      bytes(10, Buffer.from(SPAN, 'hex')),
      fixed(11, 5n),
      text(12, 'broken'),
    ),
  );
  const { records, streams } = decode(body);
  assert.deepEqual(streams, ['{host.name="h",service.name="shop"}']);
  assert.deepEqual(records, [
    {
      stream: 1,
      t: T,
      severity: 17,
      trace: TRACE,
      span: SPAN,
      body: 'it broke',
      fields: [
        ['severity_text', 0, 'Error'],
        ['event_name', 0, 'broken'],
        ['a.b', 0, 'c'],
        ['scope_name', 0, 'lib'],
        ['scope_version', 0, '1.0'],
        ['scope.x', 0, 'y'],
        ['dropped_attributes_count', 2, '3'],
      ],
    },
  ]);
});

test('time: its own, else when it was observed, else now', () => {
  assert.equal(one(fixed(1, T), fixed(11, 7n)).records[0].t, T);
  assert.equal(one(fixed(11, T)).records[0].t, T);
  assert.equal(one().records[0].t, BigInt(NOW) * 1_000_000n);
  assert.equal(one(fixed(1, 2n ** 64n - 1n)).records[0].t, 2n ** 64n - 1n);
});

test('values of every type', () => {
  const want = (type: number, shown: string, ...fields: Field[]) =>
    assert.deepEqual(one(value(...fields)).records[0].fields, [['k', type, shown]]);
  want(0, 'v', text(1, 'v'));
  want(0, 'ü'.repeat(500), text(1, 'ü'.repeat(500)));
  want(0, '', text(1, ''));
  want(0, '');
  want(1, 'true', varint(2, 1));
  want(1, 'false', varint(2, 0));
  want(2, '42', varint(3, 42));
  want(2, '-7', (w) => {
    w.tag(3, 0);
    w.int64(-7);
  });
  want(3, '637.704', double(4, 637.704));
  want(3, 'NaN', double(4, Number.NaN));
  want(5, '["a",1]', message(5, message(1, text(1, 'a')), message(1, varint(3, 1))));
  want(5, '{"x":"y"}', message(6, message(1, text(1, 'x'), message(2, text(1, 'y')))));
  want(4, 'AQI=', bytes(7, Uint8Array.of(1, 2)));
  want(1, 'true', text(1, 'overwritten'), varint(2, 1));
  const noValue = one(message(6, text(1, 'k'))).records[0].fields;
  assert.deepEqual(noValue, [['k', 0, '']]);
  assert.deepEqual(one(message(6, message(2, text(1, 'v')))).records[0].fields, [
    ['dropped_attributes_count', 2, '1'],
  ]);
});

test('bodies of every type', () => {
  const want = (shown: string, ...fields: Field[]) =>
    assert.equal(one(message(5, ...fields)).records[0].body, shown);
  want('', text(1, ''));
  want('');
  want('x'.repeat(1000), text(1, 'x'.repeat(1000)));
  want('42', varint(3, 42));
  want('{"x":"y"}', message(6, message(1, text(1, 'x'), message(2, text(1, 'y')))));
});

test('ids that are no ids', () => {
  const want = (trace: string, id: Uint8Array) =>
    assert.equal(one(bytes(9, id)).records[0].trace, trace);
  want('', Buffer.alloc(16));
  want('', Buffer.alloc(0));
  want('', Buffer.alloc(8, 1));
  want('01'.repeat(16), Buffer.alloc(16, 1));
});

test('a body that is a map is JSON with sorted keys, and nothing escaped for HTML', () => {
  const entry = (key: string, value: string) =>
    message(1, text(1, key), message(2, text(1, value)));
  const { records } = one(message(5, message(6, entry('msg', '<b>&</b>'), entry('at', '\u2028'))));
  assert.equal(records[0].body, '{"at":"\\u2028","msg":"<b>&</b>"}');
});

test('severities that are none', () => {
  for (const [sent, want] of [
    [24, 24],
    [25, 0],
    [2 ** 31, 0],
  ]) {
    assert.equal(one(varint(2, sent)).records[0].severity, want);
  }
});

test('a record outside of the times, or of text that is not UTF-8, is refused alone', () => {
  const bad = bytes(1, Uint8Array.of(0xc3, 0x28));
  const body = request(
    [],
    [],
    record(fixed(1, T), bodyText('kept')),
    record(fixed(1, 5n)),
    record(fixed(1, 2n ** 63n)),
    record(message(5, bad)),
    record(message(6, text(1, 'k'), message(2, bad))),
    record(message(6, bad, message(2, text(1, 'v')))),
    record(bytes(3, Uint8Array.of(0x80))),
    record(bodyText('kept too')),
  );
  const { records, batch } = decode(body, { minTime: 1000, maxTime: NOW + 1000 });
  assert.deepEqual(
    records.map((kept) => kept.body),
    ['kept', 'kept too'],
  );
  assert.deepEqual(Object.fromEntries(batch.rejected), {
    too_old: 1,
    too_far_in_future: 1,
    invalid_value: 4,
  });
  assert.equal(batch.rejectedItems, 6);
  const badScope = decode(request([], [bad], record(), record()));
  assert.deepEqual([...badScope.batch.rejected], [['invalid_value', 2]]);
  const badResource = decode(request([message(1, bad)], [], record(), record()));
  assert.deepEqual([...badResource.batch.rejected], [['invalid_labels', 2]]);
});

test('streams: a missing service name, equal keys, too many attributes', () => {
  assert.deepEqual(one().streams, ['{service.name="unknown_service"}']);
  const twice = [attribute(1, 'a', '1'), attribute(1, 'a', '2'), attribute(1, 'service.name', '')];
  assert.deepEqual(decode(request(twice, [], record())).streams, [
    '{a="1",service.name="unknown_service"}',
  ]);
  const many = [...Array(2000).keys()].map((i) => attribute(1, `k${i}`, 'x'));
  const { streams, records, batch } = decode(request(many, [], record()));
  assert.equal(records.length, 1);
  assert.equal(streams[0].split(',').length, 64);
  assert.match(batch.rejections[0], /^resource: \d+ attributes were left out/);
  assert.equal(batch.rejectedItems, 0);
  const long = [attribute(1, 'args', 'ü'.repeat(20_000))];
  const want = `{args="${'ü'.repeat(8192)}",service.name="unknown_service"}`;
  assert.deepEqual(decode(request(long, [], record())).streams, [want]);
});

test('a resource after its records, a scope after its records, records between other fields', () => {
  const body = encode(
    varint(9, 1),
    message(
      1,
      message(
        2,
        record(bodyText('x'), attribute(6, 'a', '1'), varint(2, 3), attribute(6, 'b', '2')),
      ),
      message(2, record(bodyText('y')), message(1, text(1, 'lib'))),
      message(1, attribute(1, 'service.name', 's')),
    ),
  );
  const { records, streams } = decode(body);
  assert.deepEqual(streams, ['{service.name="s"}']);
  assert.deepEqual(
    records.map(({ body: shown, fields }) => [shown, fields.map(([key]) => key).join()]),
    [
      ['x', 'a,b'],
      ['y', 'scope_name'],
    ],
  );
});

test('10,000 attributes: the limit, and how many were dropped', () => {
  const many = [...Array(10_000).keys()].map((i) => attribute(6, `key${i}`, `value${i}`));
  const { records, batch } = one(...many);
  const { fields } = records[0];
  assert.equal(fields.length, 1001);
  assert.deepEqual(fields.at(-1), ['dropped_attributes_count', 2, '9000']);
  assert.match(batch.rejections[0], /9000 attributes of a log record were dropped/);
  assert.equal(batch.rejectedItems, 0);
});

test('long bodies and values are cut or dropped', () => {
  const limits = { maxBodyBytes: 5, maxFieldsBytes: 50 };
  const body = request(
    [],
    [],
    record(bodyText('aüüü'), attribute(6, 'k', 'x'.repeat(60)), attribute(6, 'l', 'm')),
  );
  const { records } = decode(body, limits);
  assert.equal(records[0].body, 'aüü');
  assert.deepEqual(records[0].fields, [
    ['l', 0, 'm'],
    ['dropped_attributes_count', 2, '1'],
  ]);
});

test('values nested 10,000 deep refuse their record only', () => {
  let deep = encode(text(1, 'x'));
  for (let i = 0; i < 10_000; i++) {
    const inner = deep;
    deep =
      i % 2 === 0
        ? encode(message(5, bytes(1, inner)))
        : encode(message(6, message(1, text(1, 'k'), bytes(2, inner))));
  }
  const inAttribute = record(message(6, text(1, 'deep'), bytes(2, deep)));
  const inBody = record(bytes(5, deep));
  const { records, batch } = decode(request([], [], inAttribute, inBody, record(bodyText('kept'))));
  assert.deepEqual(
    records.map((kept) => kept.body),
    ['kept'],
  );
  assert.deepEqual([...batch.rejected], [['invalid_value', 2]]);
});

test('a scope whose attributes would be repeated without end', () => {
  const scope = [...Array(10_000).keys()].map((i) => attribute(3, `k${i}`, 'x'.repeat(50)));
  const { records, batch } = decode(request([], scope, record(), record()));
  assert.equal(records.length, 2);
  assert.ok(batch.sideLength < 40_000);
  assert.match(batch.rejections[0], /^scope: \d+ attributes were left out/);
  const huge = decode(request([], [text(1, 'x'.repeat(100_000))], record()));
  assert.deepEqual(huge.records[0].fields, []);
});

test('more records than a request may bring', () => {
  const body = request([], [], record(), record(), record());
  assert.throws(() => decode(body, { maxPoints: 2 }), RequestLimitError);
});

test('JSON: 64-bit numbers as strings and numbers, ids in any case, names of severities', () => {
  const json = (fields: string) =>
    decode(Buffer.from(`{"resourceLogs":[{"scopeLogs":[{"logRecords":[{${fields}}]}]}]}`), {}, true)
      .records[0];
  assert.equal(json(`"timeUnixNano":"${T}"`).t, T);
  assert.equal(json(`"timeUnixNano":${T}`).t, T);
  assert.equal(json(`"time_unix_nano":${T}`).t, T);
  assert.equal(json(`"traceId":"${TRACE.toUpperCase()}","spanId":"${SPAN}"`).trace, TRACE);
  assert.equal(json('"severityNumber":"SEVERITY_NUMBER_WARN2"').severity, 14);
  const ints = json(
    '"attributes":[{"key":"a","value":{"intValue":"9007199254740993"}},{"key":"b","value":{"intValue":-9223372036854775808}}]',
  );
  assert.deepEqual(ints.fields, [
    ['a', 2, '9007199254740993'],
    ['b', 2, '-9223372036854775808'],
  ]);
  assert.equal(json('"body":{"stringValue":"a\\u00fc\\n"}').body, 'aü\n');
  assert.throws(() => json('"traceId":"xyz"'), DecodeError);
});

const everything = request(
  [attribute(1, 'service.name', 'shop')],
  [text(1, 'lib'), attribute(3, 'x', 'y')],
  record(
    fixed(1, T),
    varint(2, 9),
    text(3, 'Info'),
    bodyText('ü'.repeat(70)),
    attribute(6, 'a', 'b'),
    value(varint(3, 300)),
    value(double(4, 1.5)),
    value(varint(2, 1)),
    value(bytes(7, Uint8Array.of(1))),
    value(message(5, message(1, text(1, 'a')), message(1, varint(3, 1)))),
    bytes(9, Buffer.from(TRACE, 'hex')),
    bytes(10, Buffer.from(SPAN, 'hex')),
  ),
  record(message(5, message(6, message(1, text(1, 'x'), message(2, text(1, 'y')))))),
);

/** Either it decodes, to records that can be read, or it is refused; nothing else may happen. */
function survives(body: Uint8Array, json = false): void {
  try {
    decode(body, {}, json);
  } catch (error) {
    assert.ok(error instanceof DecodeError, String(error));
  }
}

test('a request cut at each byte, random bytes, changed bytes', () => {
  for (let length = 0; length < everything.length; length++) {
    survives(everything.subarray(0, length));
  }
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (body) => survives(body)),
    { numRuns: 2000 },
  );
  const changes = fc.array(fc.tuple(fc.nat(everything.length - 1), fc.nat(255)), {
    minLength: 1,
    maxLength: 8,
  });
  fc.assert(
    fc.property(changes, (list) => {
      const body = everything.slice();
      for (const [at, byte] of list) body[at] = byte;
      survives(body);
    }),
    { numRuns: 5000 },
  );
});
