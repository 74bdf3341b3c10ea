/** Words one by one are what they are all at once. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ByteReader, ByteWriter } from '../blocks/bytes.ts';
import { writeWords } from './integers.ts';
import { WordColumn } from './word-column.ts';

const near = fc.integer({ min: -300, max: 300 });
const double = fc.oneof(
  fc.double(),
  fc.integer({ min: -100_000, max: 100_000 }).map((n) => n / 100),
);

function assertWords(lo: Uint32Array, hi: Uint32Array, isDouble: boolean): void {
  const n = lo.length;
  const out = new ByteWriter();
  writeWords(out, { lo, hi }, n, isDouble);
  const open = (): WordColumn => new WordColumn(new ByteReader(out.copy(), 'test'), n);
  const made = open();
  assert.deepEqual(made.all(), { lo, hi });
  const into = new DataView(new ArrayBuffer(8));
  for (const column of [open(), made]) {
    for (let i = n - 1; i >= 0; i--) {
      column.put(i, into);
      assert.deepEqual([into.getUint32(0, true), into.getUint32(4, true)], [lo[i], hi[i]]);
    }
    assert.deepEqual(column.all(), { lo, hi });
  }
}

test('words near one another', () => {
  const first = fc.constantFrom(0, 500, 2 ** 32 - 5, 2 ** 32 * 7 + 3, 2 ** 50);
  fc.assert(
    fc.property(first, fc.array(near, { maxLength: 40 }), (start, steps) => {
      const values = [start, ...steps.map((step) => Math.max(0, start + step))];
      const lo = Uint32Array.from(values, (value) => value % 2 ** 32);
      assertWords(
        lo,
        Uint32Array.from(values, (value) => Math.floor(value / 2 ** 32)),
        false,
      );
    }),
  );
});

test('negative integers and any bits', () => {
  const word = fc.oneof(near, fc.integer());
  fc.assert(
    fc.property(
      fc.array(fc.tuple(word, word), { maxLength: 40 }),
      fc.boolean(),
      (pairs, isNear) => {
        const lo = Uint32Array.from(pairs, ([low]) => low);
        const hi = Uint32Array.from(pairs, ([low, high]) => (isNear ? low >> 31 : high));
        assertWords(lo, hi, false);
      },
    ),
  );
});

test('doubles, decimal ones too', () => {
  fc.assert(
    fc.property(fc.array(double, { maxLength: 40 }), (values) => {
      const bits = new Uint32Array(Float64Array.from(values).buffer);
      const lo = bits.filter((_, i) => i % 2 === 0);
      assertWords(
        lo,
        bits.filter((_, i) => i % 2 === 1),
        true,
      );
    }),
  );
});
