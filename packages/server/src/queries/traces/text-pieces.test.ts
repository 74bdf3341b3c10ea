import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { quoted, TextPieces } from './text-pieces.ts';

const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string(),
  // Halves of characters, alone and not.
  fc.array(fc.nat(0xffff)).map((units) => String.fromCharCode(...units)),
  fc
    .array(fc.constantFrom(0xd83d, 0xde00, 0x22, 0x5c, 0x0a, 0x7f, 0x61))
    .map((units) => String.fromCharCode(...units)),
);

test('texts are quoted as JSON', () => {
  fc.assert(fc.property(anyText, (text) => assert.equal(quoted(text), JSON.stringify(text))));
});

test('pieces together are what was pushed, and count as many bytes', () => {
  const parts = fc.array(
    fc.tuple(fc.string({ unit: 'grapheme' }), fc.constantFrom(1, 100, 20_000)),
    { maxLength: 20 },
  );
  fc.assert(
    fc.property(parts, (all) => {
      let counted = 0;
      const into = new TextPieces({
        poll: () => {},
        addSamples: () => {},
        addBytes: (bytes) => {
          counted += bytes;
        },
      });
      const texts = all.map(([text, times]) => text.repeat(times));
      for (const text of texts) into.push(text);
      const bytes = Buffer.concat(into.finish());
      assert.equal(bytes.toString(), texts.join(''));
      assert.equal(counted, bytes.length);
      assert.deepEqual(into.finish(), []);
    }),
    { numRuns: 30 },
  );
});
