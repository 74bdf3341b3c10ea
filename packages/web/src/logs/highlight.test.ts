import assert from 'node:assert/strict';
import { test } from 'node:test';
import { highlighter, piecesOf } from './highlight.ts';
import { splitQuery } from './query-text.ts';

function marked(query: string, text: string): string {
  const pieces = piecesOf(text, highlighter(splitQuery(query)));
  return pieces.map((piece) => (piece.hit ? `<${piece.text}>` : piece.text)).join('');
}

test('words of the query are found where they stand', () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ['{a="b"} |= "a.b" |~ "(?i)time"', 'A.B a.b TimeOut', 'A.B <a.b> <Time>Out'],
    ['{a="b"} != "x" !~ "y"', 'x y', 'x y'],
    ['{a="b"} |~ "[0-9]+ms"', 'took 12ms', 'took <12ms>'],
    ['{a="b"} |~ ".*"', 'all', 'all'],
    ['{a="b"} |~ "(?P<x>a"', 'a', 'a'],
    ['{a="b"} | json |= "x"', 'x', 'x'],
    ['rate({a="b"} |= "x" [1m])', 'x', 'x'],
  ];
  for (const [query, text, want] of cases) assert.equal(marked(query, text), want, query);
});
