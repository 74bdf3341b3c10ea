import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DecodeError, RequestLimitError } from '../../model/decode-error.ts';
import { ProtobufReader } from '../../protobuf/reader.ts';
import { decode } from '../test-payload.ts';
import { IntegerParser } from './integer.ts';
import { JsonMessage, METRICS_REQUEST, TYPE_DOUBLE, TYPE_INT64, TYPE_STRING } from './schema.ts';
import { JsonTranscoder } from './transcode.ts';

const transcoder = new JsonTranscoder();
const utf8 = new TextEncoder();

function metrics(json: unknown): string[] {
  const body = utf8.encode(typeof json === 'string' ? json : JSON.stringify(json));
  return decode(transcoder.transcode(body, METRICS_REQUEST)).rows;
}

const withPoint = (point: string, data = 'gauge', tail = '') =>
  `{"resourceMetrics":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"s"}}]},` +
  `"scopeMetrics":[{"metrics":[{"name":"m","${data}":{"dataPoints":[${point}]${tail}}}]}]}]}`;

test('64-bit numbers as strings and as numbers', () => {
  const at = (time: string) => metrics(withPoint(`{"asDouble":1,"timeUnixNano":${time}}`));
  assert.deepEqual(at('"1544712660300999999"'), ['m{job="s"} 1 @1544712660300']);
  assert.deepEqual(at('1544712660300999999'), ['m{job="s"} 1 @1544712660300']);
  assert.deepEqual(at('1.5447126603e18'), ['m{job="s"} 1 @1544712660300']);
  const of = (value: string) => metrics(withPoint(`{"asInt":${value},"timeUnixNano":"1000000"}`));
  assert.deepEqual(of('"-9007199254740993"'), ['m{job="s"} -9007199254740992 @1']);
  assert.deepEqual(of('-7'), ['m{job="s"} -7 @1']);
});

test('keys of both kinds, unknown keys, nulls, names of enums, any order', () => {
  const rows = metrics(`{
    "unknown": {"a": [1, {"b": null}, "x", true, -1.5e3]},
    "resource_metrics": [{"scope_metrics": [{"metrics": [
      {"sum": {"isMonotonic": true, "aggregation_temporality": "AGGREGATION_TEMPORALITY_CUMULATIVE",
        "data_points": [{"time_unix_nano": 5000000, "as_int": "3", "exemplars": null, "flags": 0,
          "start_time_unix_nano": "1000000"}]}, "n\\u0061me": "m", "unit": "By"}]}], "resource": null}]}`);
  assert.deepEqual(rows, ['m_bytes_total{} 3 @5 from 1']);
});

test('doubles', () => {
  const of = (value: string) =>
    metrics(withPoint(`{"asDouble":${value},"timeUnixNano":"1000000"}`));
  for (const [text, want] of [
    ['0.1', '0.1'],
    ['-1e-7', '-1e-7'],
    ['123456789012345', '123456789012345'],
    ['"NaN"', 'NaN'],
    ['"-Infinity"', '-Infinity'],
    ['"2.5"', '2.5'],
  ]) {
    assert.deepEqual(of(text ?? ''), [`m{job="s"} ${want} @1`]);
  }
});

test('what is no JSON, or not OTLP, is refused', () => {
  const bad = (json: string) => assert.throws(() => metrics(json), DecodeError, json.slice(0, 80));
  for (const json of [
    '',
    '[]',
    '{',
    '{}x',
    '{"a":}',
    '{"a":1,}',
    "{'a':1}",
    '{"a":01}',
    '{"a":tru}',
  ]) {
    bad(json);
  }
  bad('{"a":"\u0001"}');
  bad('{"a":+1}');
  bad('{"a":.5}');
  bad('{"a":1.}');
  bad('{"resourceMetrics":{}}');
  bad('{"resourceMetrics":[null]}');
  bad('{"resourceMetrics":[1]}');
  bad(withPoint('{"timeUnixNano":"18446744073709551616"}'));
  bad(withPoint('{"timeUnixNano":-1}'));
  bad(withPoint('{"timeUnixNano":1.5}'));
  bad(withPoint('{"timeUnixNano":"x"}'));
  bad(withPoint('{"asInt":"9223372036854775808"}'));
  bad(withPoint('{"asDouble":"x"}'));
  bad(withPoint('{"attributes":[{"key":"\\ud80"}]}'));
  bad(withPoint('{"attributes":[{"key":"\\x"}]}'));
  bad(withPoint('{"exemplars":[{"traceId":"xyz"}]}'));
  bad(`${'{"a":['.repeat(60)}`);
  bad(`{"a":${'['.repeat(100_000)}`);
});

test('an empty request is one without points', () => {
  assert.deepEqual(metrics('{}'), []);
  assert.deepEqual(metrics(' {"resourceMetrics" : [ ] } \n'), []);
});

test('a body that would grow beyond its bound', () => {
  const point = `{"timeUnixNano":"1000000","explicitBounds":[${'1,'.repeat(1_000_000)}1]}`;
  assert.throws(() => metrics(withPoint(point, 'histogram')), RequestLimitError);
  assert.deepEqual(metrics('{}'), []);
});

const sample = new JsonMessage()
  .add('text', { number: 1, type: TYPE_STRING, repeated: false, message: null, names: null })
  .add('int', { number: 2, type: TYPE_INT64, repeated: false, message: null, names: null })
  .add('double', { number: 3, type: TYPE_DOUBLE, repeated: true, message: null, names: null });

test('any text, integer and double survives', () => {
  const any = fc.record({
    text: fc.string({ unit: 'grapheme' }),
    int: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    double: fc.array(fc.double({ noNaN: true, noDefaultInfinity: true })),
    ascii: fc.boolean(),
  });
  fc.assert(
    fc.property(any, ({ text, int, double, ascii }) => {
      let quoted = JSON.stringify(text);
      if (ascii) {
        quoted = quoted.replace(
          /[^ -~]/g,
          (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
        );
      }
      const json = `{"text":${quoted},"int":${int},"double":${JSON.stringify(double)}}`;
      const reader = new ProtobufReader();
      reader.reset(transcoder.transcode(utf8.encode(json), sample));
      const doubles: number[] = [];
      while (reader.next()) {
        if (reader.field === 1) {
          const length = reader.length();
          const range = reader.bytes.subarray(reader.pos, reader.pos + length);
          assert.equal(Buffer.from(range).toString(), text);
          reader.pos += length;
        } else if (reader.field === 2) {
          reader.varint();
          const got = (BigInt(reader.high) << 32n) | BigInt(reader.low);
          assert.equal(BigInt.asIntN(64, got), int);
        } else doubles.push(reader.double());
      }
      assert.deepEqual(
        doubles,
        double.map((value) => value + 0 || 0),
      );
    }),
  );
});

test('integers: text to words', () => {
  const parser = new IntegerParser();
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 65n), max: 2n ** 65n }), fc.boolean(), (value, signed) => {
      const bytes = utf8.encode(String(value));
      const fits = signed
        ? BigInt.asIntN(64, value) === value
        : BigInt.asUintN(64, value) === value;
      assert.equal(parser.parse(bytes, 0, bytes.length, signed), fits);
      if (!fits) return;
      const got = (BigInt(parser.high) << 32n) | BigInt(parser.low);
      assert.equal(got, BigInt.asUintN(64, value));
    }),
  );
});

test('random and damaged JSON', () => {
  const survives = (body: Uint8Array) => {
    try {
      decode(transcoder.transcode(body, METRICS_REQUEST));
    } catch (error) {
      assert.ok(error instanceof DecodeError || error instanceof RequestLimitError, String(error));
    }
  };
  const whole = utf8.encode(
    withPoint(
      '{"asInt":"5","timeUnixNano":1,"attributes":[{"key":"\\u00e9","value":{"arrayValue":{"values":[]}}}]}',
    ),
  );
  for (let length = 0; length < whole.length; length++) survives(whole.subarray(0, length));
  const changes = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 5 });
  fc.assert(
    fc.property(changes, (list) => {
      const body = whole.slice();
      for (const [at, byte] of list) body[at] = byte;
      survives(body);
    }),
    { numRuns: 2000 },
  );
  fc.assert(fc.property(fc.json(), (json) => survives(utf8.encode(json))));
  fc.assert(fc.property(fc.uint8Array(), survives));
});
