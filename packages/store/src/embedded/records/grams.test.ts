import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type PagedFilter, sealPages } from './filter-pages.ts';
import { gramMap, gramsOf, mayHaveGrams } from './grams.ts';
import { filterOf } from './test-blocks.ts';

function mapOf(texts: readonly string[]): PagedFilter & { bytes: number } {
  const parts = ['xx', ...texts].map((text) => Buffer.from(text));
  const offsets = new Uint32Array(parts.length + 1);
  for (const [i, part] of parts.entries()) offsets[i + 1] = offsets[i] + part.length;
  const filter = gramMap(Buffer.concat(parts), offsets.subarray(1), texts.length);
  return { ...filterOf(sealPages(filter)), bytes: filter.bits.length };
}

const NOWHERE = gramsOf(Buffer.from('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ'));

test('a text that is there is never ruled out, one of other letters is', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c', ' ', 'é'), maxLength: 30 });
  fc.assert(
    fc.property(fc.array(text, { maxLength: 50 }), fc.nat(), fc.nat(30), (texts, which, from) => {
      const map = mapOf(texts);
      const bytes = Buffer.from(texts[which % Math.max(1, texts.length)] ?? '');
      assert.ok(mayHaveGrams(map, gramsOf(bytes.subarray(from))));
      assert.equal(mayHaveGrams(map, NOWHERE), false);
    }),
  );
});

test('the map is as large as the texts need, within its bounds', () => {
  assert.equal(mapOf([]).bytes, 8);
  const hex = (i: number): string =>
    [1, 2].map((k) => (Math.imul(i + k, 0x9e3779b1) >>> 0).toString(16).padStart(8, '0')).join('');
  const texts = Array.from({ length: 31_000 }, (_, i) => hex(i * 7));
  const small = mapOf(texts.slice(0, 500)).bytes;
  assert.ok(small > 1024 && small < 65_536, String(small));
  const map = mapOf(texts.slice(0, 30_000));
  assert.equal(map.bytes, 16 * 4048);
  for (const text of texts.slice(0, 30_000)) {
    assert.ok(mayHaveGrams(map, gramsOf(Buffer.from(text))), text);
  }
  const passed = texts
    .slice(30_000)
    .filter((text) => mayHaveGrams(map, gramsOf(Buffer.from(text))));
  assert.ok(passed.length < 20, String(passed.length));
});
