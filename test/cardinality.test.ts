/** A sender that makes a million series: refused by the limit, named, while memory stays flat and nobody else notices. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { compressSnappy, encodeWriteRequestV1 } from '@sightline/wire';
import { startSightline } from './harness/peers.ts';

const BOMB_SERIES = 1_000_000;
const REQUEST_SERIES = 5_000;
const LIMIT = 50_000;
/** Labels of LIMIT series and everything that one request needs; far below what a million series would take (about 250 MB). */
const ROOM_BYTES = 120e6;

function residentBytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) * 1024;
}

async function write(url: string, tenant: string, from: number, count: number): Promise<Response> {
  const series = Array.from({ length: count }, (_, i) => ({
    labels: [
      '__name__',
      'requests_total',
      'session',
      `${from + i}-a-rather-long-value-that-nobody-needs`,
    ],
    samples: [{ t: Date.now(), value: 1 }],
  }));
  return fetch(`${url}/api/v1/write`, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-protobuf',
      'content-encoding': 'snappy',
      'x-scope-orgid': tenant,
    },
    body: compressSnappy(encodeWriteRequestV1(series)),
  });
}

test('a million series end at the limit', async (t) => {
  const server = await startSightline({ args: ['--limits-series-per-tenant', String(LIMIT)] });
  t.after(() => server.stop());
  assert.equal((await write(server.url, 'bomber', 0, 10)).status, 204);
  const before = residentBytes(server.pid);
  const statuses = new Map<number, number>();
  let text = '';
  for (let from = 0; from < BOMB_SERIES; from += REQUEST_SERIES) {
    const response = await write(server.url, 'bomber', from, REQUEST_SERIES);
    text = await response.text();
    statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
  }
  assert.deepEqual(
    [...statuses],
    [
      [204, LIMIT / REQUEST_SERIES],
      [429, (BOMB_SERIES - LIMIT) / REQUEST_SERIES],
    ],
  );
  assert.match(text, /requests_total.*session=.*limit/);
  const grown = residentBytes(server.pid) - before;
  assert.ok(grown < ROOM_BYTES, `memory has grown by ${Math.round(grown / 1e6)} MB`);

  assert.equal((await write(server.url, 'neighbour', 0, 100)).status, 204);
  assert.equal((await write(server.url, 'bomber', 0, 10)).status, 204, 'known series go on');
  const metrics = await (await fetch(`${server.url}/metrics`)).text();
  assert.match(metrics, /sightline_rejected_total\{[^}]*reason="series_limit"[^}]*\} [1-9]/);
});
