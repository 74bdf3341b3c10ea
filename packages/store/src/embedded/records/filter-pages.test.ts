/** Filters in pages: nothing that was added is ruled out, little else is let through, damage is told. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { CorruptionError } from '../blocks/errors.ts';
import { openPage, sealPages } from './filter-pages.ts';
import { filterOf } from './test-blocks.ts';
import { mayContainAll, needleTokens, TokenSet } from './tokens.ts';

const tokensOf = (text: string): Uint32Array => needleTokens(Buffer.from(text), true);

function setOf(texts: readonly string[]): TokenSet {
  const set = new TokenSet();
  for (const text of texts) {
    const bytes = Buffer.from(text);
    set.add(bytes, 0, bytes.length);
  }
  return set;
}

test('no token that was added is ruled out', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ maxLength: 12 }), { maxLength: 200 }), (texts) => {
      const filter = filterOf(sealPages(setOf(texts).filter()));
      for (const text of texts) assert.ok(mayContainAll(filter, tokensOf(text)), text);
    }),
  );
});

test('pages fit those of SQLite, and many tokens in many pages let one in twenty through', () => {
  const texts = Array.from({ length: 60_000 }, (_, i) => `token${i}`);
  const stored = sealPages(setOf(texts).filter());
  assert.ok(stored.length > 10);
  assert.ok(stored.every(({ length }) => length === stored[0].length && length <= 4057));
  const filter = filterOf(stored);
  assert.ok(texts.every((text) => mayContainAll(filter, tokensOf(text))));
  const others = Array.from({ length: 10_000 }, (_, i) => `other${i}`);
  const passed = others.filter((text) => mayContainAll(filter, tokensOf(text))).length;
  assert.ok(passed < 10_000 / 20, String(passed));
});

test('a filter without pages rules nothing out', () => {
  assert.ok(mayContainAll(filterOf([]), tokensOf('anything')));
});

test('damage is a CorruptionError', () => {
  const [stored] = sealPages(setOf(['some', 'tokens', 'more']).filter());
  fc.assert(
    fc.property(fc.nat(stored.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
      const damaged = stored.slice();
      damaged[at] ^= change;
      assert.throws(() => openPage(damaged, 'test'), CorruptionError);
      assert.throws(() => openPage(stored.subarray(0, at), 'test'), CorruptionError);
    }),
  );
});
