import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Labels } from '@sightline/store';
import { timeOfMs } from '@sightline/wire';
import { freeBudget } from '../promql/testing/memory-querier.ts';
import { parseLogql } from './parse.ts';
import { LogTail } from './tail.ts';
import { entryOf, MemorySource } from './testing/memory-source.ts';
import { at, engine, lines, logs } from './testing/run-query.ts';

const SIX = lines(
  '10 x: n=1 level=info',
  '20 y: n=2 level=warn',
  '30 x: n=3 level=info',
  '40 x: n=4 level=warn',
  '50 y: n=5 level=info',
  '60 x: n=6 level=info',
);

test('log queries: streams, direction, limit', () => {
  assert.deepEqual(logs('{app="a"} |= "warn"', SIX), [
    'app a pod x | n=4 level=warn',
    'app a pod y | n=2 level=warn',
  ]);
  assert.deepEqual(logs('{pod="x"}', SIX, 'backward', 2), [
    'app a pod x | n=6 level=info, n=4 level=warn',
  ]);
  assert.deepEqual(logs('{pod="x"} | logfmt | n >= 4 | line_format "{{.n}}" | drop n', SIX), [
    'app a pod x level info | 6',
    'app a pod x level warn | 4',
  ]);
});

test('log queries: lines at an interval', () => {
  const expr = parseLogql('{app="a"}');
  assert.ok(expr.kind === 'log');
  const intervals: [number, 'forward' | 'backward', string][] = [
    [20e9, 'forward', '10 30 50'],
    [25e9, 'forward', '10 40'],
    [25e9, 'backward', '60 30'],
    [1, 'forward', '10 20 30 40 50 60'],
  ];
  for (const [intervalNs, direction, want] of intervals) {
    const range = {
      start: timeOfMs(at(0)),
      end: timeOfMs(at(100)),
      direction,
      limit: 9,
      intervalNs,
    };
    const found = engine.logs(expr, range, SIX, freeBudget);
    const seconds = found.flatMap(({ tHi, tLo }) =>
      tHi.map((hi, i) => Math.round((hi * 2 ** 32 + (tLo[i] ?? 0)) / 1e9 - at(0) / 1000)),
    );
    const sign = direction === 'forward' ? 1 : -1;
    assert.equal(seconds.sort((a, b) => sign * (a - b)).join(' '), want);
  }
});

test('structured metadata stays apart from what was parsed', () => {
  const source = new MemorySource([
    entryOf({ app: 'a' }, at(1), 'k=v', { trace_id: 't' }),
    entryOf({ app: 'a' }, at(2), 'k=v'),
  ]);
  const expr = parseLogql('{app="a"} | logfmt');
  assert.ok(expr.kind === 'log');
  const range = {
    start: timeOfMs(at(0)),
    end: timeOfMs(at(9)),
    limit: 9,
    direction: 'forward',
  } as const;
  const streams = engine.logs(expr, range, source, freeBudget);
  assert.deepEqual(
    streams.map(({ stream, structuredMetadata, parsed }) => [stream, structuredMetadata, parsed]),
    [
      [
        ['app', 'a'],
        ['trace_id', 't'],
        ['k', 'v'],
      ],
      [['app', 'a'], [], ['k', 'v']],
    ],
  );
});

test('a tail takes what passes, up to its bound', () => {
  const expr = parseLogql('{app="a"} |= "x" | logfmt');
  assert.ok(expr.kind === 'log');
  const tail = new LogTail(expr, 2);
  const stream = Labels.of({ app: 'a' });
  assert.equal(tail.matches(stream), true);
  assert.equal(tail.matches(Labels.of({ app: 'b' })), false);
  for (const line of ['k=x', 'k=y', 'k=x2', 'k=x3']) tail.push(stream, [], line, 1, 2);
  assert.equal(tail.dropped, 1);
  assert.deepEqual(
    tail.take().map(({ parsed, lines: texts }) => [parsed, texts]),
    [
      [['k', 'x'], ['k=x']],
      [['k', 'x2'], ['k=x2']],
    ],
  );
  assert.deepEqual(tail.take(), []);
});
