/** Starts the ClickHouse rig, installing its package into this folder the first time (546 MB; not a dependency of the project). */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryDirectory } from '../../test/harness/directory.ts';
import type { Peer } from '../../test/harness/peers.ts';
import { answers, freePort, startProcess } from '../../test/harness/process.ts';

const RIG = fileURLToPath(new URL('.', import.meta.url));

/** A server with the tables of `schema`. */
export async function startClickHouse(schema: readonly string[]): Promise<Peer> {
  if (!existsSync(join(RIG, 'node_modules', 'chdb'))) {
    execFileSync('npm', ['install', '--ignore-scripts', '--no-package-lock', '--no-audit'], {
      cwd: RIG,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  }
  const dir = temporaryDirectory('clickhouse');
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const running = await startProcess(process.execPath, ['server.mjs', String(port), dir], {
    cwd: RIG,
    ready: () => answers(`${url}/ready`),
  });
  for (const statement of schema) await askClickHouse(url, statement);
  return { ...running, url, dir };
}

/** Rows of the answer. */
export async function askClickHouse(url: string, sql: string): Promise<unknown[][]> {
  const response = await fetch(`${url}/query`, { method: 'POST', body: sql });
  const text = await response.text();
  if (!response.ok) throw new Error(`${text}\n${sql}`);
  if (text === '') return [];
  const answer: { data: unknown[][] } = JSON.parse(text);
  return answer.data;
}
