/** What is in two sources is found, whether their times had to be looked at again or not. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LogOverlaps, type ToldStretch } from './log-overlaps.ts';
import type { LogTexts, RunSource } from './log-run.ts';
import { noBudget } from './test-logs.ts';

/** Records of one stream: ascending times from 2^60 on, each with a body. */
function sourceOf(times: readonly number[], bodies: readonly number[]): RunSource {
  const lo = Uint32Array.from(times);
  const texts: LogTexts = {
    body: (row) => `body ${bodies[row]}`,
    bodyBytes: () => 6,
    traceId: () => '',
    spanId: () => '',
    fields: () => [],
  };
  return {
    lo,
    hi: new Uint32Array(lo.length).fill(2 ** 28),
    ownStreams: new Uint32Array(lo.length),
    severities: new Uint8Array(lo.length),
    sameness: (row) => bodies[row],
    same: (a, b) => bodies[a] === bodies[b],
    streamOf: () => 7,
    texts: () => texts,
  };
}

/** What the source would tell of its one stream. */
function told({ lo, hi }: RunSource, stream: number): ToldStretch {
  const timeOf = (row: number): number => hi[row] * 2 ** 32 + lo[row];
  return {
    own: 0,
    i: 0,
    stream,
    from: 0,
    to: lo.length,
    min: timeOf(0),
    max: timeOf(lo.length - 1),
  };
}

const source = fc.record({
  from: fc.nat(300_000),
  steps: fc.array(fc.integer({ min: 1, max: 2000 }), { maxLength: 200, minLength: 1, size: 'max' }),
  bodies: fc.integer({ min: 1, max: 3 }),
  how: fc.constantFrom('any', 'ordered', 'unread'),
});

test('every record that is in a source before is visited', () => {
  fc.assert(
    fc.property(fc.array(source, { maxLength: 4 }), (sources) => {
      const overlaps = new LogOverlaps();
      const counts = new Map<string, number>();
      let all = 0;
      for (const { from, steps, bodies, how } of sources) {
        let t = from;
        const times = steps.map((step) => (t += step));
        const made = sourceOf(
          times,
          times.map((time) => time % bodies),
        );
        for (const [row, time] of times.entries()) {
          const key = `${time} ${made.texts().body(row)}`;
          counts.set(key, (counts.get(key) ?? 0) + 1);
          all++;
        }
        const rows = Uint32Array.from(times.keys());
        const stretch = { own: 0, from: 0, to: rows.length };
        if (how === 'ordered') overlaps.addOrdered(made, rows, () => made, [stretch]);
        else if (how === 'unread') overlaps.addUnread([told(made, 7)], rows, () => made);
        else overlaps.add(made, rows, () => made);
      }
      let visited = 0;
      overlaps.forEachRepeat(noBudget, () => visited++);
      assert.equal(visited, all - counts.size);
    }),
  );
});

test('sources that overlap without a time in common are not looked at again', () => {
  const overlaps = new LogOverlaps();
  const refuse = (): RunSource => assert.fail('was opened');
  for (const first of [0, 995]) {
    const times = Array.from({ length: 1000 }, (_, i) => (first + i) * 1e6 + first);
    const made = sourceOf(times, times);
    const rows = Uint32Array.from(times.keys());
    overlaps.addOrdered(made, rows, refuse, [{ own: 0, from: 0, to: rows.length }]);
  }
  overlaps.forEachRepeat(noBudget, () => assert.fail('nothing is there twice'));
});

test('a source that told its times is read only if others overlap them', () => {
  const overlaps = new LogOverlaps();
  const opened: number[] = [];
  for (const first of [0, 1000, 1990]) {
    const times = Array.from({ length: 1000 }, (_, i) => (first + i) * 1e6);
    const made = sourceOf(times, times);
    const open = (): RunSource => {
      opened.push(first);
      return made;
    };
    overlaps.addUnread([told(made, 7)], Uint32Array.from(times.keys()), open);
    overlaps.addUnread([told(made, first)], Uint32Array.from(times.keys()), open);
  }
  let visited = 0;
  overlaps.forEachRepeat(noBudget, () => visited++);
  assert.equal(visited, 10);
  assert.deepEqual([...new Set(opened)], [1000, 1990]);
});
