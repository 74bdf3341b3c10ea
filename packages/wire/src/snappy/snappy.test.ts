import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DecodeError } from '../model/decode-error.ts';
import {
  compressSnappy,
  SnappyTooLargeError,
  snappyLength,
  uncompressSnappyBlock,
} from './snappy.ts';

const CAP = 1 << 22;

function back(plain: Uint8Array): Uint8Array {
  return uncompressSnappyBlock(compressSnappy(plain), CAP);
}

test('any bytes come back, repetitive ones too', () => {
  const pieces = fc.array(
    fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.integer({ min: 1, max: 60 })),
    { maxLength: 20 },
  );
  fc.assert(
    fc.property(pieces, (list) => {
      const plain = Uint8Array.from(
        list.flatMap(([piece, times]) => new Array(times).fill([...piece]).flat()),
      );
      assert.deepEqual(back(plain), plain);
    }),
  );
});

test('long overlapping copies far from the ends come back', () => {
  for (let period = 1; period < 70; period++) {
    const plain = new Uint8Array(4000).map((_, i) => (i < 1000 ? (i * i) >> 3 : i % period));
    assert.deepEqual(Buffer.compare(back(plain), plain), 0, `period ${period}`);
  }
});

test('blocks of any size come back', () => {
  for (const length of [0, 1, 64, 65_536, (1 << 20) + 1, 3_000_000]) {
    const plain = new Uint8Array(length).map((_, i) => (i * i) >> 7);
    assert.deepEqual(Buffer.compare(back(plain), plain), 0);
  }
});

test('every kind of element', () => {
  const want = (block: number[], text: string) =>
    assert.equal(Buffer.from(uncompressSnappyBlock(Uint8Array.from(block), 100)).toString(), text);
  const abcd = [0x0c, 0x61, 0x62, 0x63, 0x64];
  want([0], '');
  want([4, ...abcd], 'abcd');
  want([8, ...abcd, 0x01, 4], 'abcdabcd');
  want([9, ...abcd, 0x01 | (1 << 2), 1], 'abcdddddd');
  want([7, ...abcd, 0x02 | (2 << 2), 2, 0], 'abcdcdc');
  want([6, ...abcd, 0x03 | (1 << 2), 3, 0, 0, 0], 'abcdbc');
  want([4, 60 << 2, 3, 0x61, 0x62, 0x63, 0x64], 'abcd');
  want([4, 63 << 2, 3, 0, 0, 0, 0x61, 0x62, 0x63, 0x64], 'abcd');
});

test('what is no block is a DecodeError', () => {
  const want = (block: number[], message: RegExp) =>
    assert.throws(
      () => uncompressSnappyBlock(Uint8Array.from(block), 1e10),
      (error) => {
        assert.ok(error instanceof DecodeError);
        assert.match(error.message, message);
        return true;
      },
    );
  want([], /bad length/);
  want([0x80], /bad length/);
  want([0xff, 0xff, 0xff, 0xff, 0xff, 0], /bad length/);
  want([5, 0x0c, 0x61, 0x62, 0x63, 0x64], /truncated snappy block/);
  want([3, 0x0c, 0x61, 0x62, 0x63, 0x64], /past the end/);
  want([4, 0x0c, 0x61], /truncated snappy literal/);
  want([4, 60 << 2], /truncated snappy element/);
  want([4, 63 << 2, 0xff, 0xff, 0xff, 0xff, 0], /past the end/);
  want([8, 0x0c, 0x61, 0x62, 0x63, 0x64, 0x01], /truncated snappy element/);
  want([8, 0x0c, 0x61, 0x62, 0x63, 0x64, 0x02, 1], /truncated snappy element/);
  want([8, 0x0c, 0x61, 0x62, 0x63, 0x64, 0x03, 1, 0, 0], /truncated snappy element/);
  want([8, 0x0c, 0x61, 0x62, 0x63, 0x64, 0x01, 5], /before the start/);
  want([8, 0x0c, 0x61, 0x62, 0x63, 0x64, 0x01, 0], /before the start/);
  want([8, 0x0c, 0x61, 0x62, 0x63, 0x64, 0x03, 0xff, 0xff, 0xff, 0xff], /before the start/);
  want([5, 0x0c, 0x61, 0x62, 0x63, 0x64, 0x01, 4], /past the end/);
});

test('a block that announces too much costs no memory', () => {
  const claims4GiB = Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x0f, 0);
  assert.equal(snappyLength(claims4GiB), 0xffffffff);
  assert.throws(() => uncompressSnappyBlock(claims4GiB, 64 << 20), SnappyTooLargeError);
  assert.throws(() => uncompressSnappyBlock(claims4GiB, 2 ** 33), DecodeError);
});

test('random and damaged blocks are uncompressed or refused', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 200 }), (block) => {
      try {
        assert.ok(uncompressSnappyBlock(block, 10_000).length <= 10_000);
      } catch (error) {
        assert.ok(
          error instanceof DecodeError || error instanceof SnappyTooLargeError,
          String(error),
        );
      }
    }),
    { numRuns: 3000 },
  );
  const good = compressSnappy(new TextEncoder().encode('the quick brown fox '.repeat(30)));
  fc.assert(
    fc.property(fc.nat(good.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
      const bad = good.slice();
      bad[at] = (bad[at] ?? 0) ^ flip;
      try {
        uncompressSnappyBlock(bad, 10_000);
      } catch (error) {
        assert.ok(
          error instanceof DecodeError || error instanceof SnappyTooLargeError,
          String(error),
        );
      }
    }),
    { numRuns: 2000 },
  );
  for (let end = 0; end < good.length; end++) {
    assert.throws(() => uncompressSnappyBlock(good.slice(0, end), 10_000), DecodeError);
  }
});
