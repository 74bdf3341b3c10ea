import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { configurationPage } from './docs.ts';
import { formatDurationMs, parseDurationMs } from './duration.ts';

test('docs/configuration.md is what the schema says', () => {
  const page = readFileSync(new URL('../../../../docs/configuration.md', import.meta.url), 'utf8');
  assert.equal(
    page,
    configurationPage(),
    'stale: run node --conditions=development packages/server/src/config/write-docs.ts',
  );
});

const durations: [string, number | undefined][] = [
  ['7d', 604_800_000],
  ['1h30m', 5_400_000],
  ['500ms', 500],
  ['1y', 31_536_000_000],
  ['0', 0],
  ['', undefined],
  ['1.5h', undefined],
  ['30m1h', undefined],
  ['5', undefined],
  ['-5m', undefined],
];
for (const [text, want] of durations) {
  test(`duration ${JSON.stringify(text)}`, () => assert.equal(parseDurationMs(text), want));
}
const shown: [number, string][] = [
  [0, '0s'],
  [604_800_000, '1w'],
  [864_000_000, '10d'],
  [5_400_000, '1h30m'],
  [1500, '1s500ms'],
];
for (const [ms, want] of shown) {
  test(`${ms} ms is ${want}`, () => assert.equal(formatDurationMs(ms), want));
}
