/** Log records of any content, written by an encoder of the test in both encodings, come out as they went in. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LogBatch } from '../model/log-batch.ts';
import { LOG_LIMITS, recordsOf, type TestRecord } from '../model/test-records.ts';
import { decodeOtlpLogs, decodeOtlpLogsJson } from './decode-logs.ts';
import {
  bytes,
  double,
  encode,
  fixed,
  message,
  RecordingResolver,
  text,
  varint,
} from './test-payload.ts';

const TRACE = '5b8efff798038103d269b633813fc60c';
const SPAN = 'eee19b7ec3c1b174';

function decoded(decoder: typeof decodeOtlpLogs, body: Uint8Array): TestRecord[] {
  const batch = new LogBatch();
  decoder(body, new RecordingResolver(), LOG_LIMITS, batch);
  return recordsOf(batch);
}

const key = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 200 });
const anyText = fc.string({ unit: 'grapheme', maxLength: 300 });
const anyField = fc.oneof(
  fc.record({ key, stringValue: anyText }),
  fc.record({ key, intValue: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String) }),
  fc.record({ key, doubleValue: fc.double({ noDefaultInfinity: true, noNaN: true }) }),
  fc.record({ key, boolValue: fc.boolean() }),
);
const anyRecord = fc.record({
  t: fc.bigInt({ min: 1n, max: 2n ** 64n - 1n }),
  severity: fc.integer({ min: 0, max: 24 }),
  trace: fc.constantFrom('', TRACE),
  span: fc.constantFrom('', SPAN),
  body: anyText,
  fields: fc.array(anyField, { maxLength: 20 }),
});

test('any records survive, in protobuf and in JSON', () => {
  fc.assert(
    fc.property(fc.array(anyRecord, { maxLength: 5 }), (list) => {
      const want = list.map((r) => ({
        ...r,
        stream: 1,
        fields: r.fields.map(({ key: name, ...rest }): [string, number, string] => {
          if ('stringValue' in rest) return [name, 0, rest.stringValue];
          if ('intValue' in rest) return [name, 2, rest.intValue];
          if ('boolValue' in rest) return [name, 1, String(rest.boolValue)];
          const number = rest.doubleValue;
          return [name, 3, Object.is(number, -0) ? '-0' : String(number)];
        }),
      }));
      const inProtobuf = list.map((r) =>
        message(
          2,
          fixed(1, r.t),
          varint(2, r.severity),
          message(5, text(1, r.body)),
          ...r.fields.map(({ key: name, ...rest }) =>
            message(6, text(1, name), bytes(2, anyOf(rest))),
          ),
          bytes(9, Buffer.from(r.trace, 'hex')),
          bytes(10, Buffer.from(r.span, 'hex')),
        ),
      );
      const protobuf = encode(message(1, message(2, ...inProtobuf)));
      assert.deepEqual(decoded(decodeOtlpLogs, protobuf), want);
      const logRecords = list.map((r) => ({
        timeUnixNano: String(r.t),
        severityNumber: r.severity,
        body: { stringValue: r.body },
        attributes: r.fields.map(({ key: name, ...rest }) => ({ key: name, value: rest })),
        traceId: r.trace,
        spanId: r.span,
      }));
      const json = JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords }] }] });
      // JSON.stringify has no -0.
      if (!want.some(({ fields }) => fields.some(([, , shown]) => shown === '-0'))) {
        assert.deepEqual(decoded(decodeOtlpLogsJson, Buffer.from(json)), want);
      }
    }),
  );
});

type Any =
  | { stringValue: string }
  | { intValue: string }
  | { doubleValue: number }
  | { boolValue: boolean };

function anyOf(rest: Any): Uint8Array {
  if ('stringValue' in rest) return encode(text(1, rest.stringValue));
  if ('doubleValue' in rest) return encode(double(4, rest.doubleValue));
  if ('boolValue' in rest) return encode(varint(2, rest.boolValue ? 1 : 0));
  const groups = [0x18];
  let left = BigInt.asUintN(64, BigInt(rest.intValue));
  for (; left > 127n; left >>= 7n) groups.push(Number(left & 127n) | 128);
  return Uint8Array.of(...groups, Number(left));
}
