import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  parseDraft,
  parseSearch,
  printFilter,
  printSearch,
  traceIdIn,
  wordPattern,
} from './search-text.ts';

test('words, phrases and filters', () => {
  const cases: [string, string, Record<string, string>][] = [
    ['', '', {}],
    ['timeout', 'timeout', {}],
    [
      'timeout service:checkout level:error user.id:42',
      'timeout',
      { service: 'checkout', level: 'error', 'user.id': '42' },
    ],
    ['"a phrase" x', '"a phrase" x', {}],
    ['"level:error"', '"level:error"', {}],
    ['service:"my shop"', '', { service: 'my shop' }],
    ['service:"a \\"b\\" \\\\"', '', { service: 'a "b" \\' }],
    ['http://a.b/c C:\\x std::io 10:30 failed:', 'http://a.b/c C:\\x std::io 10:30 failed:', {}],
    ['path:"/a b"', '', { path: '/a b' }],
    ['level:info level:error', '', { level: 'error' }],
    ['a:b:c', '', { a: 'b:c' }],
    ['service:""', 'service:""', {}],
  ];
  for (const [text, words, filters] of cases) {
    const found = parseSearch(text);
    assert.equal(found.words, words, text);
    assert.deepEqual(Object.fromEntries(found.filters), filters, text);
  }
});

test('a filter becomes one when a blank follows', () => {
  const cases: [text: string, draft: string, words: string, filters: Record<string, string>][] = [
    ['time', 'time', 'time', {}],
    ['time ', 'time ', 'time', {}],
    ['level:err', 'level:err', '', {}],
    ['level:', 'level:', '', {}],
    ['x level:error ', 'x ', 'x', { level: 'error' }],
    ['level:error ', '', '', { level: 'error' }],
    ['level:error x service:ch', 'x service:ch', 'x', { level: 'error' }],
    ['service:"my sh', 'service:"my sh', '', {}],
    ['http://a', 'http://a', 'http://a', {}],
  ];
  for (const [text, draft, words, filters] of cases) {
    const found = parseDraft(text);
    assert.equal(found.draft, draft, text);
    assert.equal(found.search.words, words, text);
    assert.deepEqual(Object.fromEntries(found.search.filters), filters, text);
  }
});

test('what is printed is read back', () => {
  const name = fc.stringMatching(/^[A-Za-z_][\w.-]{0,8}$/);
  const value = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 });
  const word = fc.stringMatching(/^[^\s":]{1,8}$/);
  fc.assert(
    fc.property(fc.dictionary(name, value), fc.array(word), (filters, words) => {
      const search = { words: words.join(' '), filters: new Map(Object.entries(filters)) };
      const back = parseSearch(printSearch(search));
      assert.equal(back.words, search.words);
      assert.deepEqual([...back.filters], [...search.filters]);
    }),
  );
  assert.equal(printFilter('path', '/a'), 'path:"/a"');
});

test('marks and ids', () => {
  assert.deepEqual('A time.out, TIME.OUT timeXout'.match(wordPattern('time.out "a b"') ?? /$/g), [
    'time.out',
    'TIME.OUT',
  ]);
  assert.equal(wordPattern(' '), undefined);
  const id = '4BF92F3577B34DA6A3CE929D0E0E4736';
  assert.equal(traceIdIn(`x ${id}`), id.toLowerCase());
  assert.equal(traceIdIn('4bf9'), undefined);
});
