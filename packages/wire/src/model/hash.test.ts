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
  vector(4, 'c7a2723a90ff501633acffb5e35810ac');
  vector(7, '545c9670c4fd7277245346c0105ebc66');
  vector(8, '585728428dd77f5c646ab448503ac15b');
  vector(10, '0d32111f7b8fa818752c400e54c498b3');
  vector(13, '000c3256fd1f962329fed9f31b65781f');
  vector(15, '2348ed63b0c53ab7b5e8b646b50d4c7c');
  vector(16, '589dec81071a134c94e2f55c2e162d25');
  vector(17, '416294772f80cf1e3661d742daeebed1');
  vector(150, '01ad55ad7d8726d8c1ba41e065fc6e61');
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

/** How often each output bit moves when bit `bit` of the input does, over inputs and keys made from a counter. */
function movesOf(length: number, bit: number, trials: number): Uint32Array {
  const moves = new Uint32Array(128);
  const key = new Uint32Array(4);
  const input = new Uint8Array(length);
  for (let trial = 0; trial < trials; trial++) {
    for (let i = 0; i < 4; i++) key[i] = Math.imul(trial * 4 + i + 1, 0x9e3779b1);
    for (let i = 0; i < length; i++) input[i] = Math.imul(trial + i * 77, 0x85ebca77) >>> 24;
    const plain = hashOf(input, key);
    input[bit >> 3] = (input[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    const changed = hashOf(input, key);
    for (let out = 0; out < 128; out++) {
      moves[out] =
        (moves[out] ?? 0) +
        ((((changed[out >> 5] ?? 0) ^ (plain[out >> 5] ?? 0)) >>> (out & 31)) & 1);
    }
  }
  return moves;
}

test('every input bit moves every output bit half of the time', () => {
  const trials = 1000;
  for (const length of [1, 4, 9, 15, 16, 17, 40]) {
    for (let bit = 0; bit < length * 8; bit += 5) {
      for (const [out, moves] of movesOf(length, bit, trials).entries()) {
        // Six standard deviations of a fair coin.
        const far = Math.abs(moves - trials / 2) > 3 * Math.sqrt(trials);
        assert.ok(!far, `${length} bytes: bit ${bit} moves bit ${out} ${moves} times of ${trials}`);
      }
    }
  }
});

test('every key bit moves about half of the output', () => {
  const input = bytes(29);
  const plain = hashOf(input);
  for (let bit = 0; bit < 128; bit++) {
    const key = SEED.slice();
    key[bit >> 5] = (key[bit >> 5] ?? 0) ^ (1 << (bit & 31));
    const changed = hashOf(input, key);
    let moved = 0;
    for (let i = 0; i < 4; i++) {
      for (let word = (changed[i] ?? 0) ^ (plain[i] ?? 0); word !== 0; word &= word - 1) moved++;
    }
    assert.ok(moved > 32 && moved < 96, `key bit ${bit} moves ${moved} of 128 bits`);
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
