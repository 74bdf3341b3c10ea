/**
 * What nobody should send over OTLP, sent to the real server: each is answered with the protocol's own error, memory stays where
 * it was, and the next good request works. And what a sender does when an answer got lost: nothing counts twice.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { temporaryDirectory } from './harness/directory.ts';
import { type Peer, startSightline } from './harness/peers.ts';

let server: Peer;
before(async () => {
  server = await startSightline({ args: ['--no-self-enabled'] });
});
after(() => server.stop());

const nowMs = Date.now();
const ns = (ms: number) => `${ms}000000`;

function send(body: string | Uint8Array, type = 'application/json', coding = 'identity') {
  const headers = { 'content-type': type, 'content-encoding': coding };
  const bytes = typeof body === 'string' ? body : new Uint8Array(body);
  return fetch(`${server.url}/v1/metrics`, { method: 'POST', headers, body: bytes });
}

const request = (metric: object, resource: object[] = []) =>
  JSON.stringify({
    resourceMetrics: [
      { resource: { attributes: resource }, scopeMetrics: [{ metrics: [metric] }] },
    ],
  });
const gauge = (...points: object[]) => request({ name: 'g', gauge: { dataPoints: points } });
const good = (asDouble: number) => gauge({ asDouble, timeUnixNano: ns(Date.now()) });

async function value(promql: string): Promise<string | undefined> {
  const url = `${server.url}/api/v1/query?query=${encodeURIComponent(promql)}`;
  const answer: { data: { result: { value: [number, string] }[] } } = JSON.parse(
    await (await fetch(url)).text(),
  );
  return answer.data.result[0]?.value[1];
}

function residentMegabytes(): number {
  const status = readFileSync(`/proc/${server.pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
}

const attribute = (key: string, value: object) => ({ key, value });
const deep = (levels: number) =>
  `${'{"arrayValue":{"values":['.repeat(levels)}{"stringValue":"x"}${']}}'.repeat(levels)}`;

const hostile: [
  what: string,
  status: number,
  body: () => string | Uint8Array,
  type?: string,
  coding?: string,
][] = [
  ['no JSON', 400, () => 'x'],
  ['no protobuf', 400, () => new Uint8Array(1000).fill(0xff), 'application/x-protobuf'],
  ['cut protobuf', 400, () => new Uint8Array([10, 200, 1, 1]), 'application/x-protobuf'],
  ['not gzip', 400, () => good(1), 'application/json', 'gzip'],
  ['a bomb', 413, () => gzipSync(new Uint8Array(200_000_000)), 'application/x-protobuf', 'gzip'],
  ['a large body', 413, () => new Uint8Array(40_000_000), 'application/x-protobuf'],
  ['JSON nested 100,000 deep', 400, () => '[{"a":'.repeat(100_000)],
  [
    'an attribute nested 10,000 deep',
    400,
    () =>
      good(1).replace(
        '"asDouble"',
        `"attributes":[{"key":"k","value":${deep(10_000)}}],"asDouble"`,
      ),
  ],
  [
    'a list that grows in protobuf',
    413,
    () => {
      const explicitBounds = Array(3_000_000).fill(1);
      return request({ name: 'h', histogram: { dataPoints: [{ explicitBounds }] } });
    },
  ],
  ['a wrong type', 415, () => good(1), 'text/csv'],
];

test('requests that are refused whole', async () => {
  await send(good(0));
  const before = residentMegabytes();
  for (const [what, status, body, type, coding] of hostile) {
    const answer = await send(body(), type, coding);
    assert.equal(answer.status, status, `${what}: ${await answer.text()}`);
  }
  const after = residentMegabytes();
  assert.ok(after < before + 300, `from ${before} to ${after} MB`);
  assert.equal(await (await send(good(42))).text(), '{}');
  assert.equal(await value('g'), '42');
});

test('points that are refused one by one', async () => {
  const time = { timeUnixNano: ns(Date.now()) };
  const many = (n: number) =>
    Array.from({ length: n }, (_, i) => attribute(`k${i}`, { intValue: i }));
  const refused = [
    { ...time },
    { asDouble: 1 },
    { asDouble: 1, timeUnixNano: ns(4e12) },
    { asDouble: 1, timeUnixNano: '18446744073709551615' },
    { asDouble: 1, ...time, attributes: many(100_000) },
    { asDouble: 1, ...time, attributes: [attribute('long', { stringValue: 'x'.repeat(1e6) })] },
  ];
  const answer = await send(gauge(...refused, { asDouble: 7, ...time }));
  assert.equal(answer.status, 200);
  const { partialSuccess } = JSON.parse(await answer.text());
  assert.equal(partialSuccess.rejectedDataPoints, `${refused.length}`);
  assert.ok(partialSuccess.errorMessage.length <= 1000);
  assert.equal(await value('g'), '7');
});

const delta = (start: number, end: number, asInt: number) => {
  const point = { startTimeUnixNano: ns(start), timeUnixNano: ns(end), asInt: `${asInt}` };
  const sum = { aggregationTemporality: 1, isMonotonic: true, dataPoints: [point] };
  return request({ name: 'd', sum });
};

test('a change that is sent again does not count again; a restart begins a new run', async () => {
  const dir = temporaryDirectory('data');
  const shared = server;
  const times = [50, 40, 30, 20, 10].map((ago) => nowMs - ago * 1000);
  const [t0 = 0, t1 = 0, t2 = 0, t3 = 0, t4 = 0] = times;
  try {
    server = await startSightline({ dir, args: ['--no-self-enabled'] });
    for (const body of [delta(t0, t1, 5), delta(t1, t2, 2), delta(t1, t2, 2)]) {
      assert.equal(await (await send(body)).text(), '{}');
    }
    assert.equal(await value('d_total'), '7');
    server.kill('SIGKILL');
    await server.exited;
    server = await startSightline({ dir, args: ['--no-self-enabled'] });
    assert.equal(await (await send(delta(t1, t2, 2))).text(), '{}', 'its answer may have got lost');
    await send(delta(t2, t3, 3));
    await send(delta(t3, t4, 4));
    assert.equal(await value('d_total'), '7', 'a new run');
    assert.equal(await value('resets(d_total[5m])'), '1');
  } finally {
    await server.stop();
    server = shared;
  }
});
