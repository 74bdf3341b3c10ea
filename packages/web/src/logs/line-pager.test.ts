import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LinesRequest, LogLine } from '../api/loki.ts';
import { LinePager } from './line-pager.ts';

const base = 1_700_000_000_000_000_000n;

function line(offset: number, text: string): LogLine {
  return {
    ns: (base + BigInt(offset)).toString(),
    line: text,
    stream: {},
    metadata: {},
    parsed: {},
  };
}

/** A server that holds `lines`, in order of time. */
function server(lines: readonly LogLine[]) {
  const asked: LinesRequest[] = [];
  const fetch = async (request: LinesRequest) => {
    asked.push(request);
    const { startNs, endNs, limit, direction } = request;
    const found = lines.filter(({ ns }) => ns >= startNs && ns < endNs);
    if (direction === 'backward') found.reverse();
    return found.slice(0, limit);
  };
  return { fetch, asked };
}

function pagerOf(lines: readonly LogLine[], direction: 'backward' | 'forward') {
  const { fetch, asked } = server(lines);
  const span = { startNs: base.toString(), endNs: (base + 1_000_000n).toString() };
  return { pager: new LinePager({ query: '{}', direction, ...span }, fetch), asked };
}

for (const direction of ['backward', 'forward'] as const) {
  test(`all lines come once, in order, ${direction}`, async () => {
    // Several lines a nanosecond, so that pages end within one.
    const lines = Array.from({ length: 12_345 }, (_, index) =>
      line(Math.floor(index / 7), String(index)),
    );
    const { pager } = pagerOf(lines, direction);
    while (pager.state === 'more') await pager.more();
    assert.equal(pager.state, 'done');
    const want = lines.map((one) => one.line);
    if (direction === 'backward') want.reverse();
    assert.deepEqual(
      pager.lines.map((one) => one.line),
      want,
    );
    while (pager.stats.lines < lines.length) await new Promise((resolve) => setTimeout(resolve, 1));
  });
}

test('more lines in one nanosecond than a page holds do not stop the list', async () => {
  const lines = [
    line(1, 'first'),
    ...Array.from({ length: 6000 }, () => line(5, 'same')),
    line(9, 'last'),
  ];
  const { pager, asked } = pagerOf(lines, 'backward');
  while (pager.state === 'more' && asked.length < 20) await pager.more();
  assert.equal(pager.state, 'done');
  assert.equal(pager.lines.at(0)?.line, 'last');
  assert.equal(pager.lines.at(-1)?.line, 'first');
});

test('a failure is told, and asked again', async () => {
  let broken = true;
  const pager = new LinePager(
    { query: '{}', direction: 'backward', startNs: '0', endNs: '1' },
    async () => {
      if (broken) throw new Error('no');
      return [];
    },
  );
  await pager.more();
  assert.equal(pager.state, 'failed');
  assert.equal(pager.error?.message, 'no');
  broken = false;
  await pager.more();
  assert.equal(pager.state, 'done');
  assert.equal(pager.error, undefined);
});

test('nothing is taken after the end', async () => {
  const { pager, asked } = pagerOf([line(1, 'a')], 'backward');
  pager.stop();
  await pager.more();
  assert.equal(asked.length, 0);
});
