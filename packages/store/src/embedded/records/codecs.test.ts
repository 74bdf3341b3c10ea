/** Column codecs: what goes in comes out, and random bytes are damage, never a crash. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ByteReader, ByteWriter } from '../blocks/bytes.ts';
import { CorruptionError } from '../blocks/errors.ts';
import { CodeColumn } from './code-column.ts';
import { readIntegers, readWords } from './integer-reader.ts';
import { writeIntegers, writeWords } from './integers.ts';
import { readStrings, writeCodes } from './strings.ts';

const LIMIT = 2 ** 51;
const integer = fc.oneof(
  fc.integer({ min: -300, max: 300 }),
  fc.constantFrom(-LIMIT, LIMIT, 2 ** 32, 2 ** 32 - 1, -(2 ** 31), 1e9, 3e9, 5e12),
  fc.maxSafeInteger().map((n) => n % LIMIT),
);

test('integers come back', () => {
  fc.assert(
    fc.property(fc.array(integer, { maxLength: 60 }), (values) => {
      const out = new ByteWriter();
      writeIntegers(out, Float64Array.from(values));
      const reader = new ByteReader(out.view(), 'test');
      const want = values.map((value) => value + 0);
      assert.deepEqual(
        [...readIntegers(reader, values.length)].map((value) => value + 0),
        want,
      );
      assert.equal(reader.left, 0);
    }),
    { numRuns: 500 },
  );
});

test('integers in runs come back', () => {
  const length = fc.oneof(fc.integer({ min: 1, max: 90 }), fc.constantFrom(16_000, 17_000));
  const run = fc.tuple(integer, length);
  fc.assert(
    fc.property(fc.array(run, { maxLength: 20, size: 'max' }), (runs) => {
      const values = runs.flatMap(([value, length]) => new Array<number>(length).fill(value + 0));
      const out = new ByteWriter();
      writeIntegers(out, Float64Array.from(values));
      const reader = new ByteReader(out.view(), 'test');
      const got = [...readIntegers(reader, values.length)].map((value) => value + 0);
      assert.deepEqual(got, values);
      assert.equal(reader.left, 0);
    }),
  );
});

test('times of one stream after the other come back', () => {
  const step = fc.integer({ min: 0, max: 2 ** 31 });
  const stream = fc.tuple(fc.integer({ min: 0, max: 2 ** 45 }), fc.array(step, { minLength: 60 }));
  fc.assert(
    fc.property(fc.array(stream, { maxLength: 3 }), (streams) => {
      const values = streams.flatMap(([start, steps]) => {
        let t = start;
        return steps.map((each) => {
          t += each;
          return t;
        });
      });
      const lo = Uint32Array.from(values, (value) => value % 2 ** 32);
      const hi = Uint32Array.from(values, (value) => Math.floor(value / 2 ** 32));
      const out = new ByteWriter();
      writeWords(out, { lo, hi }, values.length, false);
      const reader = new ByteReader(out.view(), 'test');
      assert.deepEqual(readWords(reader, values.length), { lo, hi });
      assert.equal(reader.left, 0);
    }),
  );
});

test('few different words and codes come back', () => {
  const few = fc.tuple(
    fc.array(fc.nat(2 ** 31 - 1), { minLength: 1, maxLength: 5 }),
    fc.array(fc.nat(4), { maxLength: 300, size: 'max' }),
  );
  fc.assert(
    fc.property(few, ([values, which]) => {
      const lo = Uint32Array.from(which, (each) => values[each % values.length] ?? 0);
      const words = { lo, hi: new Uint32Array(lo.length) };
      const out = new ByteWriter();
      writeWords(out, words, lo.length, false, true);
      const reader = new ByteReader(out.view(), 'test');
      assert.deepEqual(readWords(reader, lo.length), words);
      assert.equal(reader.left, 0);
      const distinct = [...new Set(lo)];
      const codes = lo.map((value) => distinct.indexOf(value));
      out.clear();
      writeCodes(out, codes, codes.length, true);
      const column = new CodeColumn(
        new ByteReader(out.view(), 'test'),
        codes.length,
        distinct.length,
      );
      for (const [i, code] of codes.entries()) assert.equal(column.at(i), code);
      assert.deepEqual(column.all(), codes);
    }),
  );
});

test('words that differ little from their neighbours come back, over all bounds of a word', () => {
  const step = fc.oneof(
    fc.integer({ min: -3, max: 300 }),
    fc.constantFrom(
      2 ** 31,
      2 ** 31 - 1,
      -(2 ** 31),
      1 - 2 ** 31,
      2 ** 32,
      -(2 ** 32) - 1,
      2 ** 45,
    ),
    fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  );
  const first = fc.constantFrom(2 ** 32 - 2, 2 ** 48 + 5, 200, 2 ** 50);
  fc.assert(
    fc.property(first, fc.array(step, { maxLength: 40 }), fc.boolean(), (start, steps, isMicro) => {
      const values = [start];
      for (const each of steps) {
        const more = isMicro ? (each % 2 ** 36) * 1000 : each;
        values.push(Math.max(start % 1000, (values.at(-1) ?? 0) + more));
      }
      const lo = Uint32Array.from(values, (value) => value % 2 ** 32);
      const hi = Uint32Array.from(values, (value) => Math.floor(value / 2 ** 32));
      const out = new ByteWriter();
      writeWords(out, { lo, hi }, values.length, false);
      assert.deepEqual(readWords(new ByteReader(out.view(), 'test'), values.length), { lo, hi });
    }),
    { numRuns: 1000 },
  );
});

test('words come back to the bit, NaN payloads and -0 too', () => {
  const word = fc.oneof(
    fc.constantFrom(0, 1, 0x80000000, 0x7ff00000, 0xffffffff, 0x3ff00000),
    fc.integer({ min: 0, max: 0xffffffff }),
  );
  const pair = fc.tuple(word, word);
  fc.assert(
    fc.property(fc.array(pair, { maxLength: 40 }), fc.boolean(), (pairs, isDouble) => {
      const lo = Uint32Array.from(pairs, ([low]) => low);
      const hi = Uint32Array.from(pairs, ([, high]) => high);
      const out = new ByteWriter();
      writeWords(out, { lo, hi }, pairs.length, isDouble);
      const got = readWords(new ByteReader(out.view(), 'test'), pairs.length);
      assert.deepEqual(got, { lo, hi });
    }),
    { numRuns: 500 },
  );
});

test('random bytes are damage or values', () => {
  const reads: ((reader: ByteReader) => unknown)[] = [
    (reader) => readIntegers(reader, 20),
    (reader) => readWords(reader, 20),
    (reader) => readStrings(reader, 20),
    (reader) => new CodeColumn(reader, 20, 5).at(7),
    (reader) => new CodeColumn(reader, 20, 5).all(),
  ];
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(2), (bytes, form) => {
      if (bytes.length > 0) bytes[0] = form;
      for (const read of reads) {
        try {
          read(new ByteReader(bytes, 'test'));
        } catch (error) {
          assert.ok(error instanceof CorruptionError, String(error));
        }
      }
    }),
    { numRuns: 2000 },
  );
});
