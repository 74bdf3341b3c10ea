import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LineSplitter, type SearchItem, type SearchLine, type Signal } from '../api/search.ts';
import { countOf, emptyRun, withLine } from './run.ts';

function item(signal: Signal, time: string | null): SearchItem {
  const nothing = { source: 'local', service: '', text: '', trace_id: '', duration_ms: null };
  return { signal, time_ns: time, ...nothing, labels: {} };
}

function side(signal: Signal, times: (string | null)[], more = false): SearchLine {
  const ended = { source: 'local', signal, took_ms: 1, count: times.length, more };
  const items = times.map((time) => item(signal, time));
  return { kind: 'side', ...ended, error: '', skipped: '', items };
}

test('lines of an answer become one list by time', () => {
  const lines: SearchLine[] = [
    {
      kind: 'begin',
      sides: [
        { source: 'local', signal: 'logs' },
        { source: 'local', signal: 'metrics' },
      ],
    },
    side('metrics', [null, null]),
    side('logs', ['100', '9'], true),
    { kind: 'side', ...sideOf('traces', ['99']) },
    { kind: 'summary' },
  ];
  const run = lines.reduce(withLine, emptyRun);
  assert.deepEqual(
    run.items.map(({ time_ns }) => time_ns),
    ['100', '99', '9', null, null],
  );
  assert.equal(run.ended, true);
  assert.deepEqual(countOf(run, 'logs'), { count: 2, more: true });
  assert.deepEqual(countOf(run, 'all'), { count: 5, more: true });
  assert.deepEqual(
    run.sides.map(({ signal, oldestNs }) => [signal, oldestNs]),
    [
      ['logs', '9'],
      ['metrics', undefined],
      ['traces', '99'],
    ],
  );
});

function sideOf(signal: Signal, times: string[]) {
  const items = times.map((time) => item(signal, time));
  const ended = { source: 'far', signal, took_ms: 1, count: times.length, more: false };
  return { ...ended, error: '', skipped: '', items };
}

test('merging keeps every result, in order', () => {
  const times = fc
    .array(fc.bigInt(0n, 10n ** 20n))
    .map((all) => all.sort((a, b) => (a < b ? 1 : a > b ? -1 : 0)));
  fc.assert(
    fc.property(times, times, (a, b) => {
      const lines = [side('logs', a.map(String)), side('traces', b.map(String))];
      const { items } = lines.reduce(withLine, emptyRun);
      const want = [...a, ...b].sort((x, y) => (x < y ? 1 : x > y ? -1 : 0)).map(String);
      assert.deepEqual(
        items.map(({ time_ns }) => time_ns),
        want,
      );
    }),
  );
});

test('lines are the same however the text is cut', () => {
  fc.assert(
    fc.property(
      fc.array(fc.stringMatching(/^[^\n]{1,9}$/)),
      fc.integer({ min: 1, max: 7 }),
      (lines, size) => {
        const text = lines.map((line) => `${line}\n`).join('');
        const splitter = new LineSplitter();
        const found: string[] = [];
        for (let at = 0; at < text.length; at += size) {
          found.push(...splitter.push(text.slice(at, at + size)));
        }
        assert.deepEqual(found, lines);
      },
    ),
  );
});
