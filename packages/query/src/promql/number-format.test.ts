import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatF, formatG, formatSample } from './number-format.ts';

test('sample values', () => {
  const is = (value: number, want: string) => assert.equal(formatSample(value), want);
  is(0, '0');
  is(-0, '-0');
  is(1, '1');
  is(0.1, '0.1');
  is(1e-6, '0.000001');
  is(1.5e-7, '1.5e-07');
  is(-1e-7, '-1e-07');
  is(1e20, '100000000000000000000');
  is(1e21, '1e+21');
  is(1.7976931348623157e308, '1.7976931348623157e+308');
  is(5e-324, '5e-324');
  is(Number.NaN, 'NaN');
  is(Number.POSITIVE_INFINITY, '+Inf');
  is(Number.NEGATIVE_INFINITY, '-Inf');
});

test('plain decimals', () => {
  const is = (value: number, want: string) => assert.equal(formatF(value), want);
  is(1e21, '1000000000000000000000');
  is(1.25e-9, '0.00000000125');
  is(-12.5, '-12.5');
  is(0, '0');
});

test('shortest forms', () => {
  const is = (value: number, want: string) => assert.equal(formatG(value), want);
  is(100000, '100000');
  is(1000000, '1e+06');
  is(1234567.5, '1.2345675e+06');
  is(0.0001, '0.0001');
  is(0.00001, '1e-05');
});

test('every form reads back as the same number', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
      for (const format of [formatF, formatG, formatSample]) {
        assert.ok(Object.is(Number(format(value)), value), `${format.name}: ${format(value)}`);
      }
    }),
  );
});
