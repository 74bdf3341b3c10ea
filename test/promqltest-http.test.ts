/**
 * Prometheus' own PromQL suite against the whole server: samples over remote write, queries over the HTTP API, each `clear` a fresh
 * tenant. The files are not part of this repository: they are read from `../shared/conformance/promql`.
 */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { startSightline } from './harness/peers.ts';
import { HttpTarget } from './promqltest/http-target.ts';
import { type FileReport, summarize } from './promqltest/report.ts';
import { runFile } from './promqltest/runner.ts';

const dir = join(import.meta.dirname, '../../shared/conformance/promql');
const names = existsSync(dir) ? readdirSync(dir).filter((name) => name.endsWith('.test')) : [];

/** What is promised of all cases; stable floats must all pass. */
const SHARE_OF_ALL = 0.95;

test('promql conformance of the server', async (t) => {
  if (names.length === 0) return t.skip(`no PromQL conformance files in ${dir}`);
  const sightline = await startSightline({ args: ['--retention-metrics', 'forever'] });
  const files: FileReport[] = [];
  try {
    const target = new HttpTarget({ url: sightline.url });
    for (const [i, name] of names.sort().entries()) {
      const cases = await runFile(readFileSync(join(dir, name), 'utf8'), target, {
        tenantPrefix: `promqltest-${i}`,
        atRerun: false,
        rangeRerun: false,
      });
      files.push({ name, cases });
    }
  } finally {
    await sightline.stop();
  }
  const all = files.flatMap(({ cases }) => cases);
  const failed = all.filter(({ problem }) => problem !== null);
  const summary = summarize(files, 20).join('\n');
  t.diagnostic(summary.split('\n').at(-1) ?? '');
  assert.ok(!failed.some((one) => one.class === 'stable float'), summary);
  assert.ok(failed.length <= (1 - SHARE_OF_ALL) * all.length, summary);
});
