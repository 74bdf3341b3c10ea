import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { compressSnappy, encodeWriteRequestV1, encodeWriteRequestV2 } from '@sightline/wire';
import { Intake } from '../../intake/intake.ts';
import { MemoryStore } from '../../intake/test-store.ts';
import { createLog } from '../../log.ts';
import { buildApp } from '../app.ts';
import { BodyBudget } from '../body.ts';
import { registerWrite } from './write.ts';

const V2 = 'application/x-protobuf;proto=io.prometheus.write.v2.Request';
const store = new MemoryStore();
const intake = new Intake({ store });
const logged: string[] = [];
const app = buildApp({
  log: createLog('error', (line) => logged.push(line)),
  token: undefined,
  allowedHosts: () => [],
  maxBodyBytes: 10_000,
  bodyBudget: new BodyBudget(1e6),
  pageFolder: '/nowhere',
});
registerWrite(app, { intake });
after(() => intake.close());

const series = [{ labels: ['__name__', 'm'], samples: [{ t: 1_760_000_000_000, value: 1 }] }];
const v1 = Buffer.from(compressSnappy(encodeWriteRequestV1(series)));
const v2 = Buffer.from(compressSnappy(encodeWriteRequestV2(series)));

function post(url: string, payload: Buffer, headers: Record<string, string> = {}) {
  return app.inject({
    method: 'POST',
    url,
    payload,
    headers: {
      'content-type': 'application/x-protobuf',
      'content-encoding': 'snappy',
      'user-agent': 'test',
      ...headers,
    },
  });
}

function written(answer: Awaited<ReturnType<typeof post>>): string {
  return ['samples', 'histograms', 'exemplars']
    .map((kind) => answer.headers[`x-prometheus-remote-write-${kind}-written`])
    .join();
}

test('every path takes remote write, for the tenant of the header', async () => {
  const paths = ['/api/v1/write', '/prometheus/api/v1/write', '/api/v1/push'];
  for (const [i, path] of paths.entries()) {
    const answer = await post(path, v1, { 'x-scope-orgid': `t${i}` });
    assert.equal(answer.statusCode, 204);
    assert.equal(answer.body, '');
  }
  assert.deepEqual(store.tenants(), ['t0', 't1', 't2']);
});

test('answers of 2.0 say what was written', async () => {
  const good = await post('/api/v1/write', v2, { 'content-type': V2 });
  assert.equal(good.statusCode, 204);
  assert.equal(written(good), '1,0,0');
  const bad = await post('/api/v1/write', Buffer.from('x'), { 'content-type': V2 });
  assert.equal(bad.statusCode, 400);
  assert.equal(bad.headers['content-type'], 'text/plain; charset=utf-8');
  assert.equal(written(bad), '0,0,0');
  const gzip = await post('/api/v1/write', v2, { 'content-type': V2, 'content-encoding': 'gzip' });
  assert.equal(gzip.statusCode, 415);
  assert.equal(written(gzip), '0,0,0');
});

test('a body over the cap is 413, counted, and says that nothing was written', async () => {
  const failed = () => intake.counters.snapshot().protocols[0]?.failedRequests ?? 0;
  const before = failed();
  const large = await post('/api/v1/write', Buffer.alloc(10_001), { 'content-type': V2 });
  assert.equal(large.statusCode, 413);
  assert.equal(written(large), '0,0,0');
  assert.equal(failed(), before + 1);
});

test('a mistake of ours is 500 and logged, and counted once', async () => {
  const requests = () => intake.counters.snapshot().protocols[0]?.requests ?? 0;
  const before = requests();
  store.failure = new TypeError('a mistake');
  const answer = await post('/api/v1/write', v2, { 'content-type': V2 });
  store.failure = undefined;
  assert.equal(answer.statusCode, 500);
  assert.equal(written(answer), '0,0,0');
  assert.equal(requests(), before + 1);
  assert.match(logged.join(), /a mistake/);
  assert.equal((await post('/api/v1/write', v1)).statusCode, 204);
});

test('an empty body is 400', async () => {
  assert.equal((await post('/api/v1/write', Buffer.alloc(0))).statusCode, 400);
});

test('without a content type it is 1.0, without an encoding snappy', async () => {
  const answer = await app.inject({ method: 'POST', url: '/api/v1/write', payload: v1 });
  assert.equal(answer.statusCode, 204);
});
