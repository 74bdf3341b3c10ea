import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { textOfBytes } from './short-text.ts';

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

test('texts are what a decoder makes of the bytes, however often they come', () => {
  const anyBytes = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 60 }).map((text) => Buffer.from(text)),
    fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
    fc.constantFrom('', 'a', 'http.request.method', '\ufeffx').map((text) => Buffer.from(text)),
  );
  fc.assert(
    fc.property(fc.array(anyBytes), fc.nat(3), (all, room) => {
      for (const bytes of [...all, ...all]) {
        const around = Buffer.concat([Buffer.alloc(room, 1), bytes, Buffer.alloc(room, 2)]);
        assert.equal(textOfBytes(around, room, room + bytes.length), decoder.decode(bytes));
      }
    }),
  );
});
