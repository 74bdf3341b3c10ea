import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { nanosText } from '../../queries/loki/time-text.ts';
import { Params } from '../prometheus/params.ts';
import { LokiParams, parseTime } from './params.ts';

/** Text and Unix nanoseconds, '' when it is no time. */
const times: [string, string][] = [
  ['1700000000', '1700000000000000000'],
  ['1700000000.5', '1700000000500000000'],
  ['1700000000.1234', '1700000000123000000'],
  ['1.7e9', '1700000000000000000'],
  ['1700000000123456789', '1700000000123456789'],
  ['17000000001', '17000000001'],
  ['0', '0'],
  ['-5', '0'],
  ['-5.5', '0'],
  ['9223372036854775807', '9223372036854775807'],
  ['9223372036854775808', ''],
  ['99999999999999999999', ''],
  ['1e300', ''],
  ['2023-11-14T22:13:20Z', '1700000000000000000'],
  ['2023-11-14T22:13:20.123456789Z', '1700000000123456789'],
  ['2023-11-14T23:13:20.1+01:00', '1700000000100000000'],
  ['2023-11-14t22:13:20.1234567891z', '1700000000123456789'],
  ['1969-12-31T23:59:59.5Z', '0'],
  ['2023-13-14T22:13:20Z', ''],
  ['2023-11-14', ''],
  ['now', ''],
  [' 1', ''],
  ['0x10', ''],
  ['Infinity', ''],
  ['NaN', ''],
];
for (const [text, want] of times) {
  test(`time ${text}`, () => {
    const time = parseTime(text);
    assert.equal(time === undefined ? '' : nanosText(time.hi, time.lo), want);
  });
}

test('nanoseconds are exact on the way in and out', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 10n ** 10n, max: 2n ** 63n - 1n }), (ns) => {
      const time = parseTime(String(ns));
      assert.ok(time !== undefined);
      assert.equal((BigInt(time.hi) << 32n) | BigInt(time.lo), ns);
      assert.equal(nanosText(time.hi, time.lo), String(ns));
    }),
  );
});

test('any text is a time or none, never a crash', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const time = parseTime(text);
      assert.ok(time === undefined || (time.hi >= 0 && time.lo >= 0 && time.hi < 2 ** 32));
    }),
  );
});

const NOW = 1_700_000_000_000;
/** Query string, and start and end as seconds before now. */
const ranges: [string, number, number][] = [
  ['', 3600, 0],
  ['since=10m', 600, 0],
  ['since=600', 600, 0],
  ['end=1699999000', 4600, 1000],
  ['end=1700003600', 3600, -3600],
  ['end=1699999000&since=1m', 1060, 1000],
  ['start=1699999000&since=1m', 1000, 0],
];
for (const [query, start, end] of ranges) {
  test(`range of ${query === '' ? 'nothing' : query}`, () => {
    const range = new LokiParams(new Params(query), NOW).range(3_600_000);
    const ago = (time: { hi: number; lo: number }) =>
      (NOW - Number(nanosText(time.hi, time.lo).slice(0, -6))) / 1000;
    assert.deepEqual([ago(range.start), ago(range.end)], [start, end]);
  });
}
