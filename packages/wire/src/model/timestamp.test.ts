import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { nanos } from './nanos.ts';
import { parseEpoch, scanRfc3339 } from './timestamp.ts';

const read = () => (BigInt(nanos[1]) << 32n) | BigInt(nanos[0]);

function rfc3339(text: string): bigint | null {
  const bytes = Buffer.from(text);
  return scanRfc3339(bytes, 0, bytes.length) === bytes.length ? read() : null;
}

function epoch(text: string): bigint | null {
  const bytes = Buffer.from(text);
  return parseEpoch(bytes, 0, bytes.length) ? read() : null;
}

test('RFC 3339', () => {
  const want = (text: string, ns: bigint | null) => assert.equal(rfc3339(text), ns, text);
  want('2023-11-14T22:13:20Z', 1_700_000_000_000_000_000n);
  want('2023-11-14 22:13:20.123456789Z', 1_700_000_000_123_456_789n);
  want('2023-11-14t22:13:20,5z', 1_700_000_000_500_000_000n);
  want('2023-11-14T22:13:20.1234567899Z', 1_700_000_000_123_456_789n);
  want('2023-11-15T00:13:20+02:00', 1_700_000_000_000_000_000n);
  want('2023-11-14T17:13:20-0500', 1_700_000_000_000_000_000n);
  want('1970-01-01T00:00:00.000000001Z', 1n);
  for (const text of [
    '2023-11-14T22:13:20',
    '2023-11-14',
    '2023-13-14T22:13:20Z',
    '2023-11-14T24:13:20Z',
    '2023-11-14T22:13:20.Z',
    '2023-11-14T22:13:20+02',
    '2023-11-14T22:13:20+24:00',
    '2023/11/14T22:13:20Z',
    '1969-12-31T23:59:59Z',
    '1970-01-01T00:00:00+01:00',
    '2o23-11-14T22:13:20Z',
  ]) {
    want(text, null);
  }
});

test('times since the epoch, by their size', () => {
  const want = (text: string, ns: bigint | null) => assert.equal(epoch(text), ns, text);
  want('1700000000', 1_700_000_000_000_000_000n);
  want('1700000000.123456', 1_700_000_000_123_456_000n);
  want('1700000000123', 1_700_000_000_123_000_000n);
  want('1700000000123.5', 1_700_000_000_123_500_000n);
  want('1700000000123456', 1_700_000_000_123_456_000n);
  want('1700000000123456789', 1_700_000_000_123_456_789n);
  for (const text of ['', '5', '12345678', '-1700000000', '1700000000.', '17000000001234567890']) {
    want(text, null);
  }
  want('1.7e9', null);
});

test('any time that a Date writes', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 4_102_444_800_000 }), (ms) => {
      assert.equal(rfc3339(new Date(ms).toISOString()), BigInt(ms) * 1_000_000n);
    }),
  );
});
