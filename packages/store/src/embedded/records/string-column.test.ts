import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ByteStrings } from '../blocks/byte-strings.ts';
import { ByteReader, ByteWriter } from '../blocks/bytes.ts';
import { StringColumn } from './string-column.ts';
import { writeStrings } from './strings.ts';

const hex = fc.stringMatching(/^[0-9a-f]{8}$/);
const texts = fc.oneof(
  fc.array(fc.string({ unit: 'grapheme', maxLength: 8 })),
  fc.array(fc.integer({ min: 0 }).map((n) => `user-${n}`)),
  fc.array(fc.maxSafeNat().map(String)),
  fc.array(fc.ipV4()),
  fc.array(hex.map((text) => `é-${text}`)),
  fc.array(fc.uuid()),
);

test('one string is found and shown as if all had been made', () => {
  fc.assert(
    fc.property(
      texts,
      fc.oneof(fc.string(), hex, fc.uuid(), fc.nat().map(String)),
      (all, other) => {
        const strings = new ByteStrings();
        for (const text of all) strings.id(Buffer.from(text), 0, Buffer.from(text).length);
        const out = new ByteWriter();
        writeStrings(out, strings);
        const open = (): StringColumn =>
          new StringColumn(new ByteReader(out.copy(), 'test'), strings.count);
        const distinct = [...new Set(all)];
        assert.equal(open().count, distinct.length);
        for (const [i, text] of distinct.entries()) {
          assert.equal(open().text(i), text);
          assert.equal(open().find(Buffer.from(text)), i);
          assert.ok(open().mayContain(Buffer.from(text).subarray(1)));
        }
        const prefix = distinct[0]?.slice(0, -1) ?? '';
        for (const wanted of [other, prefix, `${prefix}0`, `0${other}`, `user-0${other}`]) {
          assert.equal(open().find(Buffer.from(wanted)), distinct.indexOf(wanted), wanted);
        }
      },
    ),
  );
});
