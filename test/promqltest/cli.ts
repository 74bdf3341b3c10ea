/**
 * `node test/promqltest/cli.ts --url http://127.0.0.1:4300 [--dir ../shared/conformance/promql] [--file name] [--reruns]`
 *
 * Runs `.test` files against a server over remote write and the HTTP API, each `clear` on a fresh tenant. The server must keep
 * samples from 1970 (`--retention-metrics forever`). `--in-process` runs the query engine alone instead (from the sources, with
 * `--conditions=development`). Exit code 1 when a case fails.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { HttpTarget } from './http-target.ts';
import { InProcessTarget } from './in-process.ts';
import { type FileReport, summarize } from './report.ts';
import { runFile } from './runner.ts';

const { values } = parseArgs({
  options: {
    url: { type: 'string', default: 'http://127.0.0.1:4300' },
    dir: { type: 'string', default: '../shared/conformance/promql' },
    file: { type: 'string' },
    token: { type: 'string' },
    reruns: { type: 'boolean', default: false },
    failures: { type: 'string', default: '50' },
    'in-process': { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});

const names = readdirSync(values.dir)
  .filter((name) => name.endsWith('.test') && (values.file ?? name) === name)
  .sort();
const target = values['in-process'] ? new InProcessTarget() : new HttpTarget(values);
const run = Date.now().toString(36);
const files: FileReport[] = [];
for (const [i, name] of names.entries()) {
  const cases = await runFile(readFileSync(join(values.dir, name), 'utf8'), target, {
    tenantPrefix: `promqltest-${run}-${i}`,
    atRerun: values.reruns,
    rangeRerun: values.reruns,
  });
  files.push({ name, cases });
}
if (values.json) console.log(JSON.stringify(files, null, 2));
else console.log(summarize(files, Number(values.failures)).join('\n'));
if (files.some(({ cases }) => cases.some(({ problem }) => problem !== null))) process.exitCode = 1;
