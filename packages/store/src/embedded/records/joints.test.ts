/** Joints: no text that is there is ruled out, whatever its bytes; a number after another word is. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type PagedFilter, sealPages } from './filter-pages.ts';
import { addJoints, jointsOf } from './joints.ts';
import { filterOf } from './test-blocks.ts';
import { mayContainAll, TokenSet } from './tokens.ts';

function filterWith(texts: readonly Uint8Array[]): PagedFilter & { stored: Uint8Array[] } {
  const before = Buffer.from('0ab ');
  const offsets = new Uint32Array(texts.length + 2);
  for (const [i, text] of [before, ...texts].entries()) offsets[i + 1] = offsets[i] + text.length;
  const set = new TokenSet();
  addJoints(set, Buffer.concat([before, ...texts]), offsets.subarray(1), texts.length);
  const stored = sealPages(set.filter());
  return { ...filterOf(stored), stored };
}

const textOf = (text: string): Uint8Array => Buffer.from(text);

const someText = fc.oneof(
  fc.string({ unit: fc.constantFrom('a', 'B', '_', ' ', '0', '1', '9', '=', 'é', '٣', '🦉') }),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.tuple(fc.constantFrom('after ', 'user=', 'é💥 ', ''), fc.nat()).map((parts) => parts.join('')),
);

test('any part of a text that is there is let through', () => {
  fc.assert(
    fc.property(
      fc.array(someText, { minLength: 1, maxLength: 30 }),
      fc.nat(),
      fc.nat(40),
      fc.nat(40),
      (texts, which, from, length) => {
        const stored = texts.map(textOf);
        const part = stored[which % stored.length].subarray(from, from + length);
        assert.ok(mayContainAll(filterWith(stored), jointsOf(part)));
      },
    ),
  );
});

test('of thousands in several pages none is ruled out; one other in fifteen is let through', () => {
  const letters = (i: number): string =>
    [i % 7, i % 11, i % 13, i % 26].map((n) => String.fromCharCode(97 + n)).join('');
  const texts = Array.from({ length: 20_000 }, (_, i) => `${letters(i)}${1000 + (i % 9000)} ms`);
  const filter = filterWith(texts.map(textOf));
  assert.ok(filter.stored.length > 3);
  for (const text of texts) assert.ok(mayContainAll(filter, jointsOf(textOf(text))), text);
  const others = Array.from({ length: 9000 }, (_, i) => textOf(`items ${1000 + i}`));
  const passed = others.filter((text) => mayContainAll(filter, jointsOf(text)));
  assert.ok(passed.length < 9000 / 15, String(passed.length));
});

test('which bytes are joints', () => {
  const cases: [string, number][] = [
    ['timed out after 2999', 1],
    ['r 2999', 0],
    ['er 2999', 0],
    ['ter 2999', 1],
    ['ter 299', 0],
    ['ter 299 ms', 1],
    ['10.2.34.255', 0],
    ['user 1 and 2222 or 33', 2],
    ['a/b/c/0000 and /1:23', 2],
    ['no number', 0],
    ['', 0],
  ];
  for (const [text, want] of cases) assert.equal(jointsOf(textOf(text)).length, want, text);
});

test('a word before a number counts', () => {
  const filter = filterWith([textOf('user 29990 logged in after 1200 ms')]);
  const has = (needle: string): boolean => mayContainAll(filter, jointsOf(textOf(needle)));
  assert.ok(has('user 2999'));
  assert.ok(has('in after 1200'));
  assert.equal(has('in after 2999'), false);
  assert.equal(has('uSer 2999'), false);
});
