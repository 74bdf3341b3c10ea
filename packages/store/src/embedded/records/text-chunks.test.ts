/** Long texts in chunks: found, shown and read as if they were in one piece. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ByteStrings } from '../blocks/byte-strings.ts';
import { ByteReader, ByteWriter } from '../blocks/bytes.ts';
import { CorruptionError } from '../blocks/errors.ts';
import { StringColumn } from './string-column.ts';
import { CHUNKED, readStrings, writeStrings } from './strings.ts';

/** So many distinct texts of these lengths that there are some chunks. */
function textsOf(lengths: readonly number[], total: number): string[] {
  const texts: string[] = [];
  for (let i = 0, sum = 0; sum < total; i++) {
    const length = lengths[i % lengths.length] ?? 1;
    const text = `${i.toString(36)}é-${'lorem ipsum '.repeat(1 + length / 12).slice(0, length)}`;
    texts.push(text);
    sum += Buffer.byteLength(text);
  }
  return texts;
}

function written(texts: readonly string[]): Uint8Array {
  const strings = new ByteStrings();
  for (const text of texts) strings.id(Buffer.from(text), 0, Buffer.byteLength(text));
  const out = new ByteWriter();
  assert.ok(writeStrings(out, strings));
  return out.copy();
}

const lengths = fc.array(fc.oneof(fc.nat(100), fc.constantFrom(5000, 131_072, 200_000)), {
  minLength: 1,
  maxLength: 8,
});

test('texts in chunks are what they were', () => {
  fc.assert(
    fc.property(lengths, fc.nat(), fc.nat(), (of, a, b) => {
      const texts = textsOf(of, 300_000);
      const bytes = written(texts);
      const open = (): StringColumn => new StringColumn(new ByteReader(bytes, 'test'), 2 ** 24);
      const all = readStrings(new ByteReader(bytes, 'test'), 2 ** 24);
      assert.equal(Buffer.from(all.bytes).toString(), texts.join(''));
      const one = a % texts.length;
      const other = b % texts.length;
      const column = open();
      for (const i of [one, other, 0, texts.length - 1]) {
        const text = texts[i] ?? '';
        assert.equal(column.text(i), text);
        assert.equal(column.byteLength(i), Buffer.byteLength(text));
        assert.equal(open().find(Buffer.from(text)), i);
        assert.equal(open().find(Buffer.from(`${text}!`)), -1);
      }
      assert.equal(open().find(Buffer.from('')), -1);
      assert.equal(open().strings().count, texts.length);
      const needle = (texts[one] ?? '').slice(0, 6);
      const [from, to] = [Math.min(one, other), Math.max(one, other) + 1];
      const want = texts.map((text, i) => (i >= from && i < to && text.includes(needle) ? 1 : 0));
      const made = open();
      made.strings();
      for (const each of [column, made]) {
        const got = each.search(Buffer.from(needle), from, to);
        assert.deepEqual(got === null ? want.map(() => 0) : [...got], want);
      }
    }),
    { numRuns: 30 },
  );
});

test('chunks that were unpacked for a search in vain are gone, and what is asked for later is there', () => {
  const texts = textsOf([900], 2 ** 20);
  const column = new StringColumn(new ByteReader(written(texts), 'test'), 2 ** 24);
  const none = Buffer.from('nowhere');
  column.byteLength(0);
  const before = column.bytes;
  assert.equal(column.search(none, 0, texts.length), null);
  assert.equal(column.bytes, before);
  const last = texts.length - 1;
  assert.equal(column.text(last), texts[last]);
  const one = column.bytes;
  assert.ok(one > before);
  assert.equal(column.search(none, 0, texts.length), null);
  assert.equal(column.bytes, one);
  const found = column.search(Buffer.from(texts[0] ?? ''), 0, texts.length);
  assert.equal(found?.[0], 1);
  assert.ok(column.bytes > one);
  assert.deepEqual([column.text(0), column.text(last)], [texts[0], texts[last]]);
});

test('damage to chunks is told, whatever it does', () => {
  const bytes = written(textsOf([40, 3000], 270_000));
  assert.equal(bytes[3], CHUNKED);
  fc.assert(
    fc.property(fc.nat(200), fc.nat(255), fc.nat(bytes.length), (at, value, length) => {
      const damaged = bytes.slice(0, value % 2 === 0 ? bytes.length : length);
      if (at < damaged.length) damaged[at] = value;
      try {
        const column = new StringColumn(new ByteReader(damaged, 'test'), 2 ** 20);
        for (let i = 0; i < column.count; i += 50) column.text(i);
        column.search(Buffer.from('lorem'), 0, column.count);
        column.strings();
      } catch (error) {
        assert.ok(error instanceof CorruptionError, String(error));
      }
    }),
    { numRuns: 300 },
  );
});
