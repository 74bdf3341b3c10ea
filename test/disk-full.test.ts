/**
 * A full disk: writes are refused in the protocol's own way, reads go on, and when there is room again everything works without help.
 * The disk is a small tmpfs, which takes root to mount (CI and containers have it); elsewhere the test says that it was not run.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { compressSnappy, encodeWriteRequestV1 } from '@sightline/wire';
import { temporaryDirectory } from './harness/directory.ts';
import { startSightline } from './harness/peers.ts';
import { until } from './harness/process.ts';

const DISK_BYTES = 24 * 1024 * 1024;

function mountSmallDisk(): string {
  const dir = join(temporaryDirectory('disk'), 'full');
  mkdirSync(dir);
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_BYTES}`, 'tmpfs', dir]);
  return dir;
}

async function write(url: string, t: number, samples = 1): Promise<Response> {
  const series = Array.from({ length: samples }, (_, i) => ({
    labels: ['__name__', 'full_disk', 'i', String(i)],
    samples: [{ t, value: t }],
  }));
  const response = await fetch(`${url}/api/v1/write`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-protobuf', 'content-encoding': 'snappy' },
    body: compressSnappy(encodeWriteRequestV1(series)),
  });
  await response.arrayBuffer();
  return response;
}

async function valueAt(url: string, timeMs: number): Promise<string> {
  const query = new URLSearchParams({ query: 'full_disk{i="0"}', time: String(timeMs / 1000) });
  const response = await fetch(`${url}/api/v1/query?${query}`);
  const answer: { data: { result: { value: [number, string] }[] } } = JSON.parse(
    await response.text(),
  );
  return answer.data.result[0]?.value[1] ?? '';
}

const root = process.getuid?.() === 0;
const reason = root ? false : 'needs root to mount a small disk';

test('a full disk refuses writes, keeps reads, and heals by itself', {
  skip: reason,
}, async (t) => {
  const dir = mountSmallDisk();
  t.after(() => execFileSync('umount', ['-l', dir]));
  const server = await startSightline({
    dir: join(dir, 'data'),
    args: ['--self-enabled', 'false', '--flush-max-interval-ms', '500'],
  });
  t.after(() => server.stop());
  const first = Date.now() - 60_000;
  assert.equal((await write(server.url, first)).status, 204);

  const filler = join(dir, 'filler');
  const free = statfsSync(dir);
  writeFileSync(filler, Buffer.alloc(free.bavail * free.bsize));
  let refused: Response | undefined;
  for (let i = 1; i <= 200 && refused === undefined; i++) {
    const response = await write(server.url, first + i, 500);
    if (response.status !== 204) refused = response;
  }
  assert.equal(refused?.status, 503);
  assert.notEqual(refused?.headers.get('retry-after'), null);
  assert.equal(await valueAt(server.url, first), String(first));
  assert.equal((await fetch(`${server.url}/readyz`)).status, 503);

  rmSync(filler);
  const second = first + 30_000;
  await until(
    'writes are taken again',
    async () => (await write(server.url, second)).status === 204,
  );
  assert.equal(await valueAt(server.url, second), String(second));
  assert.equal(await valueAt(server.url, first), String(first));
  assert.equal(await server.stop(), 0);

  const again = await startSightline({ dir: join(dir, 'data') });
  t.after(() => again.stop());
  assert.equal(await valueAt(again.url, second), String(second));
  assert.equal(await valueAt(again.url, first), String(first));
});
