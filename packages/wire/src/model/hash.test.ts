import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { hashBytes, hashString, hashView, hashWords, processKey, taggedSeed } from './hash.ts';

const SEED = Uint32Array.of(1, 2, 3, 4);

function hashOf(bytes: Uint8Array, seed: Uint32Array = SEED): Uint32Array {
  hashBytes(bytes, 0, bytes.length, seed);
  return hashWords.slice();
}

function hex(words: Uint32Array): string {
  return [...words].map((word) => word.toString(16).padStart(8, '0')).join('');
}

const bytes = (length: number) => Uint8Array.from({ length }, (_, i) => (i * 7 + 1) & 255);

test('the output never changes: day files keep it', () => {
  const vector = (length: number, want: string) => assert.equal(hex(hashOf(bytes(length))), want);
  vector(0, 'e4f9de0db85fe6546033fbaf1624ac67');
  vector(1, 'e4f9de0db85fe6546033fbaf1624ac67');
  vector(15, '2348ed63b0c53ab7b5e8b646b50d4c7c');
  vector(16, '38e81bf5e765248fb684184ee8c74656');
  vector(17, '682d90969c5808c5e86d38cf3250b983');
  vector(150, 'e7a9f7dae2fd17bbace5ba5dea5dfffd');
  hashString('sightline', SEED);
  assert.equal(hex(hashWords), 'a899b0d9ad71539ab1874fd2cd02188f');
});

test('alignment and surroundings do not matter', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(40), (content, before) => {
      const around = new Uint8Array(content.length + 80).fill(0xaa);
      around.set(content, before);
      hashBytes(around, before, before + content.length, SEED);
      const inside = hashWords.slice();
      assert.deepEqual(inside, hashOf(content));
      hashView(new DataView(around.buffer), before, before + content.length, SEED);
      assert.deepEqual(hashWords, inside);
    }),
  );
});

test('a subarray with an offset of its own is read where it lies', () => {
  const whole = bytes(64);
  assert.deepEqual(hashOf(whole.subarray(3, 43)), hashOf(whole.slice(3, 43)));
});

test('inputs that differ in the words of one lane only differ in every output word', () => {
  for (let lane = 0; lane < 4; lane++) {
    const seen = [new Set<number>(), new Set<number>(), new Set<number>(), new Set<number>()];
    for (let i = 0; i < 2000; i++) {
      const input = new Uint8Array(64);
      const view = new DataView(input.buffer);
      // Two blocks change, in one lane: with independent lanes three output words would never move.
      view.setUint32(lane * 4, i, true);
      view.setUint32(16 + lane * 4, i * 3, true);
      hashOf(input).forEach((word, at) => {
        seen[at]?.add(word);
      });
    }
    for (const words of seen) assert.ok(words.size >= 1998, `lane ${lane}: ${words.size} of 2000`);
  }
});

test('every input bit moves about half of the output bits, every key bit too', () => {
  const flips = (make: (bit: number) => Uint32Array, bits: number, plain: Uint32Array) => {
    for (let bit = 0; bit < bits; bit++) {
      const changed = make(bit);
      let moved = 0;
      for (let i = 0; i < 4; i++) {
        let word = ((changed[i] ?? 0) ^ (plain[i] ?? 0)) >>> 0;
        for (; word !== 0; word &= word - 1) moved++;
      }
      assert.ok(moved > 32 && moved < 96, `bit ${bit} moves ${moved} of 128 bits`);
    }
  };
  for (const length of [1, 7, 16, 29, 48]) {
    const input = bytes(length);
    const plain = hashOf(input);
    flips(
      (bit) => {
        const other = input.slice();
        other[bit >> 3] = (other[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        return hashOf(other);
      },
      length * 8,
      plain,
    );
    flips(
      (bit) => {
        const key = SEED.slice();
        key[bit >> 5] = (key[bit >> 5] ?? 0) ^ (1 << (bit & 31));
        return hashOf(input, key);
      },
      128,
      plain,
    );
  }
});

test('a hundred thousand structured label sets have distinct low halves and high halves', () => {
  const low = new Set<number>();
  const high = new Set<number>();
  const encoder = new TextEncoder();
  const count = 100_000;
  for (let i = 0; i < count; i++) {
    const text = `__name__http_requests_total_code${200 + (i % 5)}instance10.0.${(i >> 8) & 255}.${i & 255}:9100le${i >> 16}`;
    const words = hashOf(encoder.encode(text));
    low.add((words[0] ?? 0) * 2 ** 20 + ((words[1] ?? 0) >>> 12));
    high.add((words[2] ?? 0) * 2 ** 20 + ((words[3] ?? 0) >>> 12));
  }
  const distinct = new Set<string>();
  for (let i = 0; i < count; i++) {
    distinct.add(`${200 + (i % 5)} ${(i >> 8) & 255} ${i & 255} ${i >> 16}`);
  }
  assert.equal(low.size, distinct.size);
  assert.equal(high.size, distinct.size);
});

test('zeros of different length, and padding, are different inputs', () => {
  const seen = new Set<string>();
  for (let length = 0; length <= 100; length++) seen.add(hex(hashOf(new Uint8Array(length))));
  assert.equal(seen.size, 101);
});

test('seeds are of one purpose', () => {
  assert.notDeepEqual(taggedSeed('a'), taggedSeed('b'));
  assert.deepEqual(taggedSeed('a'), taggedSeed('a'));
  assert.equal(processKey.length, 4);
  hashString('é', SEED);
  const text = hashWords.slice();
  assert.deepEqual(text, hashOf(new TextEncoder().encode('é')));
});
