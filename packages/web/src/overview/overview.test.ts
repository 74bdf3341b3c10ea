import assert from 'node:assert/strict';
import { test } from 'node:test';
import { positionIn, readableError } from '../api/client.ts';
import { mountsOf } from './mounts.ts';
import { overviewRange, overviewTime } from './overview-range.ts';
import { panelLines, valuesAt } from './panel-data.ts';
import { fillExpression, machinePanels, type Panel, processPanels } from './panels.ts';
import { snippetsFor } from './snippets.ts';

const grid = { startS: 0, endS: 15, stepS: 15 };

const panel: Panel = {
  id: 'x',
  title: 'X',
  unit: 'number',
  stacked: true,
  order: ['user', 'system'],
  bound: 'total',
  headline: () => '',
  sources: [
    { expression: 'a', name: (labels) => labels.mode ?? '' },
    { expression: 'b', name: 'total' },
  ],
};

test('lines are named, ordered and coloured by their place, silent layers left out', () => {
  const of = (mode: string, value: string) => ({ metric: { mode }, values: [[0, value]] as const });
  const lines = panelLines(
    panel,
    [
      [of('steal', '0'), of('system', '2'), of('odd', '3'), of('user', '1')],
      [{ metric: {}, values: [[15, '9']] }],
    ],
    grid,
  );
  assert.deepEqual(
    lines.series.map((one) => one.key),
    ['user', 'system', 'odd'],
  );
  assert.equal(lines.bound?.key, 'total');
  assert.deepEqual(
    [...valuesAt(lines, null)],
    [
      ['user', 1],
      ['system', 2],
      ['odd', 3],
      ['total', 9],
    ],
  );
  assert.deepEqual([...valuesAt(lines, 1)], [['total', 9]]);
});

test('a young process shows little of the past, and what is chosen stays', () => {
  assert.equal(overviewRange(undefined, 20), '5m');
  assert.equal(overviewRange(undefined, 86_400), '15m');
  assert.equal(overviewRange('6h', 20), '6h');
  assert.equal(overviewRange('7y', 86_400), '15m');
  const { grid, windowS } = overviewTime('24h', 86_400_000, true);
  assert.equal((grid.endS - grid.startS) % grid.stepS, 0);
  assert.ok(windowS >= grid.stepS);
});

test('no placeholder is left in an expression', () => {
  for (const source of [...machinePanels, ...processPanels].flatMap((one) => one.sources)) {
    assert.doesNotMatch(fillExpression(source.expression, 30), /\$/);
  }
});

test('file systems are reckoned as df does, each device once', () => {
  const of = (mountpoint: string, device: string, state: string, bytes: number) => ({
    metric: {
      system_filesystem_mountpoint: mountpoint,
      system_device: device,
      system_filesystem_state: state,
    },
    value: [0, String(bytes)] as const,
  });
  const mounts = mountsOf({
    resultType: 'vector',
    result: [
      of('/', '/dev/a', 'used', 30),
      of('/', '/dev/a', 'free', 70),
      of('/', '/dev/a', 'reserved', 5),
      of('/data', '/dev/b', 'used', 9),
      of('/data', '/dev/b', 'free', 1),
      of('/srv/x', '/dev/b', 'used', 9),
      of('/srv/x', '/dev/b', 'free', 1),
      of('/proc', 'proc', 'used', 0),
    ],
  });
  assert.deepEqual(
    mounts.map((one) => [one.mountpoint, one.ratio]),
    [
      ['/data', 0.9],
      ['/', 0.3],
    ],
  );
});

test('snippets carry the address, and the token where one is asked for', () => {
  const place = {
    origin: 'http://box:4300',
    host: 'box:4300',
    secure: false,
    grpc: '127.0.0.1:4317',
    withToken: false,
  };
  for (const snippet of snippetsFor(place)) {
    assert.match(snippet.text, /box:4300/);
    assert.doesNotMatch(snippet.text, /TOKEN/);
  }
  for (const snippet of snippetsFor({ ...place, withToken: true }))
    assert.match(snippet.text, /YOUR_TOKEN/);
});

test('the position of a parse error is found in the message', () => {
  const message = 'invalid parameter "query": 1:5: parse error: unexpected <by>';
  assert.deepEqual(positionIn(message), { line: 1, column: 5 });
  assert.equal(readableError(message), 'parse error: unexpected <by>');
  assert.equal(positionIn('query timed out'), undefined);
});
