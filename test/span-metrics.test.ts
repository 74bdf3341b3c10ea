/** Metrics that the real server computes from spans: over a crash, a stop, and names without end. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { temporaryDirectory } from './harness/directory.ts';
import { type Peer, startSightline } from './harness/peers.ts';
import { until } from './harness/process.ts';

const dir = temporaryDirectory('data');
const args = ['--no-self-enabled', '--traces-metrics-interval-ms', '1s'];
const bounds = ['--traces-metrics-operations', '20'];
let server: Peer;
before(async () => {
  server = await startSightline({ dir, args: [...args, ...bounds] });
});
after(() => server.stop());

let lastId = 0;

/** Sends spans of one millisecond, each a trace of its own. */
async function send(service: string, names: readonly string[], tenant = 'default'): Promise<void> {
  const nowNs = BigInt(Date.now()) * 1_000_000n;
  const spans = names.map((name) => {
    const id = (++lastId).toString(16);
    return {
      traceId: id.padStart(32, '0'),
      spanId: id.padStart(16, '0'),
      name,
      kind: 2,
      startTimeUnixNano: `${nowNs - 1_000_000n}`,
      endTimeUnixNano: `${nowNs}`,
    };
  });
  const resource = { attributes: [{ key: 'service.name', value: { stringValue: service } }] };
  const answer = await fetch(`${server.url}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-scope-orgid': tenant },
    body: JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ spans }] }] }),
  });
  assert.equal(await answer.text(), '{}');
}

/** The value of a query that has one series, NaN when it has none. */
async function value(promql: string, tenant = 'default'): Promise<number> {
  const url = `${server.url}/api/v1/query?query=${encodeURIComponent(promql)}`;
  const answer = await fetch(url, { headers: { 'x-scope-orgid': tenant } });
  const body: { data: { result: { value: [number, string] }[] } } = JSON.parse(await answer.text());
  return Number(body.data.result[0]?.value[1] ?? Number.NaN);
}

const calls = 'traces_spanmetrics_calls_total{service="shop"}';

test('a crash begins the counters anew, and nothing counts twice', async () => {
  await send('shop', Array(5).fill('buy'));
  await until('five calls are counted', async () => (await value(calls)) === 5);
  server.kill('SIGKILL');
  await server.exited;
  server = await startSightline({ dir, args: [...args, ...bounds] });
  assert.equal(await value(calls), 5, 'what was written is there');
  await send('shop', Array(7).fill('buy'));
  await until('seven calls are counted', async () => (await value(calls)) === 7);
  assert.equal(await value(`resets(${calls}[5m])`), 1);
  const edge = 'traces_service_graph_request_total{client="user",server="shop"}';
  assert.equal(await value(edge), 7);
});

test('a stop writes what has been counted', async () => {
  await send('stopped', ['buy'], 'team-a');
  await server.stop();
  server = await startSightline({ dir, args: [...args, ...bounds] });
  const own = 'traces_spanmetrics_calls_total{service="stopped"}';
  assert.equal(await value(own, 'team-a'), 1);
  assert.equal(await value(own), Number.NaN, 'tenants are apart');
});

test('names without end count as one', async () => {
  const names = Array.from({ length: 2000 }, (_, i) => `GET /user/${i}`);
  await send('wide', names);
  const all = 'traces_spanmetrics_calls_total{service="wide"}';
  await until('all are counted', async () => (await value(`sum(${all})`)) === 2000);
  assert.equal(await value(`count(${all})`), 11);
  assert.equal(await value(all.replace('}', ',span_name="(other)"}')), 1990);
});
