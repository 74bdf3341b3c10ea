/**
 * Prometheus' own PromQL suite against the query engine in this process, with the extra runs of its own runner. The files are
 * not part of this repository: they are read from `../shared/conformance/promql`.
 */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { InProcessTarget } from './promqltest/in-process.ts';
import { summarize } from './promqltest/report.ts';
import { runFile } from './promqltest/runner.ts';

const dir = join(import.meta.dirname, '../../shared/conformance/promql');
const names = existsSync(dir) ? readdirSync(dir).filter((name) => name.endsWith('.test')) : [];

test('the conformance files are there', (t) => {
  if (names.length === 0) t.skip(`no PromQL conformance files in ${dir}`);
});

for (const name of names.sort()) {
  test(`promql conformance: ${name}`, async () => {
    const text = readFileSync(join(dir, name), 'utf8');
    const cases = await runFile(text, new InProcessTarget(), {
      tenantPrefix: 'test',
      atRerun: true,
      rangeRerun: true,
    });
    assert.ok(cases.length > 0);
    const failed = cases.filter(({ problem }) => problem !== null);
    assert.equal(failed.length, 0, `\n${summarize([{ name, cases }], 20).join('\n')}`);
  });
}
