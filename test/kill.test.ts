/**
 * Kills the server again and again, at any moment, while samples arrive: what was acknowledged must be there after the next start, once,
 * with its value. The head is tiny and the samples lie in four days, so that journal rotation, flushes, merges and the sealing of past
 * days (and of the generations that follow, since samples of these days go on arriving) are under way when the signal comes.
 */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { compressSnappy, encodeWriteRequestV1 } from '@sightline/wire';
import { temporaryDirectory } from './harness/directory.ts';
import { type Peer, startSightline } from './harness/peers.ts';
import { sleep } from './harness/process.ts';

const KILLS = 50;
const SERIES = 20;
const CONNECTIONS = 3;
/** Samples are a millisecond apart, so that a series has one per request. */
const START_MS = Date.now() - 3_600_000;
const DAYS = 4;
const DAY_MS = 86_400_000;

let next = 0;
/** Numbers of acknowledged requests. Request i has, for every series s, the value i + s / 100 at `startOf(s) + i`. */
const acknowledged = new Set<number>();

function startOf(series: number): number {
  return START_MS - (series % DAYS) * DAY_MS;
}

function body(i: number): Uint8Array {
  const series = Array.from({ length: SERIES }, (_, s) => ({
    labels: ['__name__', 'kill_test', 'series', String(s)],
    samples: [{ t: startOf(s) + i, value: i + s / 100 }],
  }));
  return compressSnappy(encodeWriteRequestV1(series));
}

async function send(url: string, i: number): Promise<boolean> {
  try {
    const response = await fetch(`${url}/api/v1/write`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-protobuf', 'content-encoding': 'snappy' },
      body: body(i),
    });
    await response.arrayBuffer();
    if (response.ok) acknowledged.add(i);
    return true;
  } catch {
    return false;
  }
}

async function write(url: string): Promise<void> {
  while (await send(url, next++));
}

function start(dir: string): Promise<Peer> {
  return startSightline({
    dir,
    args: [
      '--head-rows',
      '10000',
      '--head-segments',
      '3',
      '--limits-points-per-request',
      '1000',
      '--flush-seal-after-ms',
      '1m',
      '--self-enabled',
      'false',
    ],
  });
}

/** Every sample of every series, as the API has them. */
async function stored(url: string): Promise<Map<string, [number, string][]>> {
  const query = new URLSearchParams({
    query: `kill_test[${DAYS}d]`,
    time: String((START_MS + 7_200_000 - 1) / 1000),
  });
  const response = await fetch(`${url}/api/v1/query?${query}`);
  const answer: { data: { result: { metric: { series: string }; values: [number, string][] }[] } } =
    JSON.parse(await response.text());
  return new Map(answer.data.result.map(({ metric, values }) => [metric.series, values]));
}

async function assertAllThere(url: string, kill: number): Promise<void> {
  const series = await stored(url);
  for (let s = 0; s < SERIES && acknowledged.size > 0; s++) {
    const values = series.get(String(s)) ?? [];
    const byTime = new Map(values.map(([t, value]) => [Math.round(t * 1000) - startOf(s), value]));
    assert.equal(byTime.size, values.length, `series ${s} has a time twice after kill ${kill}`);
    const missing = [...acknowledged].filter((i) => byTime.get(i) !== String(i + s / 100));
    assert.deepEqual(missing, [], `series ${s} lacks acknowledged samples after kill ${kill}`);
  }
}

test(`${KILLS} kills lose nothing that was acknowledged`, async () => {
  const dir = temporaryDirectory('kill');
  for (let kill = 1; kill <= KILLS; kill++) {
    const server = await start(dir);
    await assertAllThere(server.url, kill - 1);
    const writers = Array.from({ length: CONNECTIONS }, () => write(server.url));
    // Mostly short lives; some reach the first merge, a second after the start.
    await sleep(Math.random() ** 2 * 1500);
    server.kill('SIGKILL');
    await Promise.all([server.exited, ...writers]);
  }
  const server = await start(dir);
  await assertAllThere(server.url, KILLS);
  assert.ok(acknowledged.size > KILLS, `only ${acknowledged.size} requests were acknowledged`);
  const generations = readdirSync(join(dir, 'tenants', 'default', 'metrics'))
    .map((name) => Number(/\.(\d+)\.db$/.exec(name)?.[1] ?? 0))
    .filter((generation) => generation > 1);
  assert.ok(generations.length > 0, 'no file was sealed');
  await server.stop();
});
