/**
 * What can happen to a data directory while nobody watches: a damaged file, a file whose maker was killed, a directory that is gone.
 * Everything that does not need the lost bytes goes on, and the answer names the file.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { compressSnappy, encodeWriteRequestV1 } from '@sightline/wire';
import { temporaryDirectory } from './harness/directory.ts';
import { type Peer, startSightline } from './harness/peers.ts';
import { until } from './harness/process.ts';

const DAY_MS = 86_400_000;
const SERIES = 500;
const nowMs = Date.now();

const cleanups: (() => Promise<unknown>)[] = [];
after(async () => {
  for (const cleanup of cleanups) await cleanup();
});

/** A server that flushes every sample within a second. */
async function start(dir: string): Promise<Peer> {
  const flush = ['--flush-interval-ms', '200', '--flush-min-rows', '1'];
  const server = await startSightline({ dir, args: ['--no-self-enabled', ...flush] });
  cleanups.push(() => server.stop());
  return server;
}

async function write(url: string, name: string, timeMs: number): Promise<number> {
  const series = Array.from({ length: SERIES }, (_, i) => ({
    labels: ['__name__', name, 'i', String(i)],
    samples: [{ t: timeMs, value: i }],
  }));
  const response = await fetch(`${url}/api/v1/write`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-protobuf', 'content-encoding': 'snappy' },
    body: compressSnappy(encodeWriteRequestV1(series)),
  });
  await response.arrayBuffer();
  return response.status;
}

/** Number of series of that name just after `timeMs`, or the text of the error. */
async function count(url: string, name: string, timeMs: number): Promise<number | string> {
  const query = new URLSearchParams({ query: `count(${name})`, time: `${timeMs / 1000 + 1}` });
  const response = await fetch(`${url}/api/v1/query?${query}`);
  const answer = JSON.parse(await response.text());
  return answer.error ?? Number(answer.data.result[0]?.value[1] ?? 0);
}

function dayFiles(dir: string): string[] {
  return readdirSync(join(dir, 'tenants', 'default', 'metrics')).filter((name) =>
    name.endsWith('.db'),
  );
}

async function allFlushed(server: Peer): Promise<void> {
  await until('the head is flushed', async () => {
    const response = await fetch(`${server.url}/api/v1/status/system`);
    return JSON.parse(await response.text()).store.head_rows === 0;
  });
}

test('a damaged file costs the queries that need it, and nothing else', async () => {
  const dir = temporaryDirectory('damage');
  // At noon, lest samples that come a little later are of the next day.
  const noonMs = Math.floor(nowMs / DAY_MS) * DAY_MS + DAY_MS / 2;
  const times = [1, 2, 3].map((days) => noonMs - days * DAY_MS);
  const [first = 0, second = 0] = times;
  let server = await start(dir);
  for (const timeMs of times) assert.equal(await write(server.url, 'm', timeMs), 204);
  await allFlushed(server);
  await server.stop();

  const name = `${new Date(second).toISOString().slice(0, 10)}.1.db`;
  const path = join(dir, 'tenants', 'default', 'metrics', name);
  const sound = readFileSync(path);
  const cases: [what: string, bytes: Buffer][] = [
    ['cut', sound.subarray(0, sound.length / 2)],
    ['foreign', Buffer.alloc(sound.length, 'x')],
  ];
  for (const [what, bytes] of cases) {
    writeFileSync(path, bytes);
    server = await start(dir);
    assert.equal(await count(server.url, 'm', first), SERIES);
    const answer = String(await count(server.url, 'm', second));
    assert.match(answer, new RegExp(`: tenants/default/metrics/${name}`), what);
    assert.ok(!answer.includes(dir), answer);
    assert.match(server.output(), new RegExp(`cannot be read: ${dir}/tenants/.*${name}`));
    // Samples of the day still have a place, and do not hold up those of other days.
    assert.equal(await write(server.url, `late_${what}`, second + 10_000), 204);
    assert.equal(await write(server.url, `new_${what}`, nowMs), 204);
    await allFlushed(server);
    assert.equal(await count(server.url, `new_${what}`, nowMs), SERIES);
    assert.match(server.output(), new RegExp(`${name}.*nothing more is written to this file`));
    assert.equal(await server.stop(), 0);
  }
  writeFileSync(path, sound);
  server = await start(dir);
  assert.equal(await count(server.url, 'm', second), SERIES);
  assert.equal(await count(server.url, 'late_cut', second + 10_000), SERIES);
  assert.equal(await count(server.url, 'late_foreign', second + 10_000), SERIES);
});

test('a damaged journal costs the group that was hit', async () => {
  const dir = temporaryDirectory('journal');
  const begin = async (): Promise<Peer> => {
    const server = await startSightline({ dir, args: ['--no-self-enabled'] });
    cleanups.push(() => server.stop());
    return server;
  };
  let server = await begin();
  const path = join(dir, 'journal', '0000000001.log');
  assert.equal(await write(server.url, 'a', nowMs - 40_000), 204);
  const second = statSync(path).size;
  assert.equal(await write(server.url, 'b', nowMs - 30_000), 204);
  assert.equal(await write(server.url, 'a', nowMs - 20_000), 204);
  assert.equal(await write(server.url, 'b', nowMs - 10_000), 204);
  await server.stop();
  const bytes = readFileSync(path);
  bytes[second + 1000] ^= 1;
  writeFileSync(path, bytes);

  server = await begin();
  assert.match(server.output(), new RegExp(`frame checksum at byte ${second}; \\d+ bytes cannot`));
  assert.match(
    server.output(),
    new RegExp(`${SERIES} samples or records are lost with what defined`),
  );
  const metrics = await (await fetch(`${server.url}/metrics`)).text();
  const [, reserved = '0'] = /^sightline_head_reserved_bytes\S* (\S+)/m.exec(metrics) ?? [];
  assert.ok(Number(reserved) > 100e6, reserved);
  assert.match(metrics, /^sightline_journal_lost_bytes_total\S* [1-9]/m);
  assert.equal(await write(server.url, 'c', nowMs), 204);
  await server.stop();

  // What was read is in day files or another journal by now, not in a file that would be cut off.
  server = await begin();
  assert.equal(await count(server.url, 'a', nowMs - 40_000), SERIES);
  assert.equal(await count(server.url, 'a', nowMs - 20_000), SERIES);
  assert.equal(await count(server.url, 'b', nowMs - 10_000), 0);
  assert.equal(await count(server.url, 'c', nowMs), SERIES);
  assert.deepEqual(readdirSync(join(dir, 'journal')), ['0000000001.log.damaged', '0000000002.log']);
});

test('a file whose maker was killed before it had tables is not in the way', async () => {
  const dir = temporaryDirectory('unfinished');
  let server = await start(dir);
  assert.equal(await write(server.url, 'm', nowMs), 204);
  await allFlushed(server);
  await server.stop();
  const day = new Date(nowMs - DAY_MS).toISOString().slice(0, 10);
  writeFileSync(join(dir, 'tenants', 'default', 'metrics', `${day}.1.db`), '');
  server = await start(dir);
  assert.equal(await count(server.url, 'm', nowMs), SERIES);
  assert.equal(await count(server.url, 'm', nowMs - DAY_MS), 0);
  assert.equal(dayFiles(dir).length, 1);
});

test('a directory that is gone refuses writes until it is back', async () => {
  const dir = join(temporaryDirectory('gone'), 'data');
  const server = await start(dir);
  assert.equal(await write(server.url, 'before', nowMs), 204);
  renameSync(dir, `${dir}-away`);
  await until('writes are refused', async () => (await write(server.url, 'm', nowMs)) === 503);
  assert.equal((await fetch(`${server.url}/readyz`)).status, 503);
  assert.match(server.output(), /error no journal file can be begun: ENOENT/);
  renameSync(`${dir}-away`, dir);
  await until('writes are taken', async () => (await write(server.url, 'm', nowMs)) === 204);
  await allFlushed(server);
  assert.equal(await count(server.url, 'before', nowMs), SERIES);
  assert.equal(await count(server.url, 'm', nowMs), SERIES);
  assert.equal(await server.stop(), 0);
});
