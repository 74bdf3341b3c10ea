import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import type { FastifyInstance } from 'fastify';
import { createLog } from '../log.ts';
import { type AppDeps, buildApp } from './app.ts';
import { BodyBudget } from './body.ts';
import { registerHealth } from './health.ts';

const page = mkdtempSync(join(tmpdir(), 'sightline-page-'));
mkdirSync(join(page, 'assets'));
writeFileSync(join(page, 'index.html'), '<!doctype html><title>page</title>');
writeFileSync(join(page, 'assets', 'app-1a2b.js'), 'const x = 1;'.repeat(100));
writeFileSync(join(page, '..', 'outside.txt'), 'secret');

function appWith(deps: Partial<AppDeps> = {}, errors: string[] = []): FastifyInstance {
  const app = buildApp({
    log: createLog('debug', (line) => errors.push(line)),
    token: undefined,
    allowedHosts: () => [],
    maxBodyBytes: 1000,
    bodyBudget: new BodyBudget(2500),
    pageFolder: page,
    ...deps,
  });
  registerHealth(app, () => ({ ready: true, reason: '' }));
  for (const path of ['/api/v1/echo', '/v1/metrics', '/api/v1/write', '/api/v1/status/intake']) {
    app.post(path, (request, reply) => {
      const size = Buffer.isBuffer(request.body) ? request.body.length : -1;
      return reply.send({ tenant: request.tenant, size });
    });
  }
  app.get('/api/v1/fails', () => {
    throw new Error('boom');
  });
  return app;
}

const tenants: [string | undefined, number, string][] = [
  [undefined, 200, 'default'],
  ['', 200, 'default'],
  ["team-1_a.b!*'()", 200, "team-1_a.b!*'()"],
  ['a'.repeat(150), 200, 'a'.repeat(150)],
  ['a'.repeat(151), 400, 'tenant ID is too long: max 150 characters'],
  ['a|b', 400, "tenant ID 'a|b' contains unsupported character '|'"],
  ['a/b', 400, "tenant ID 'a/b' contains unsupported character '/'"],
  ['ä', 400, "tenant ID 'ä' contains unsupported character 'ä'"],
  ['.', 400, "tenant ID is '.' or '..'"],
  ['..', 400, "tenant ID is '.' or '..'"],
  ['__mimir_cluster', 400, "tenant ID '__mimir_cluster' is reserved"],
];
for (const [name, status, want] of tenants) {
  test(`tenant ${JSON.stringify(name)}`, async () => {
    const headers = name === undefined ? {} : { 'x-scope-orgid': name };
    const answer = await appWith().inject({ method: 'POST', url: '/api/v1/echo', headers });
    assert.equal(answer.statusCode, status);
    if (status === 200) assert.equal(answer.json().tenant, want);
    else assert.deepEqual(answer.json(), { status: 'error', errorType: 'bad_data', error: want });
  });
}

test('errors before the route have the shape of the API asked', async () => {
  const app = appWith();
  const headers = { 'x-scope-orgid': 'a|b' };
  const ask = (url: string, type: string) =>
    app.inject({ method: 'POST', url, headers: { ...headers, 'content-type': type } });
  assert.equal((await ask('/v1/metrics', 'application/json')).json().code, 3);
  const status = (await ask('/v1/metrics', 'application/x-protobuf')).rawPayload;
  assert.deepEqual([...status.subarray(0, 3)], [0x08, 3, 0x12]);
  assert.equal(
    (await ask('/api/v1/write', 'x/y')).headers['content-type'],
    'text/plain; charset=utf-8',
  );
  const own = await ask('/api/v1/status/intake', 'application/json');
  assert.equal(own.headers['content-type'], 'application/problem+json; charset=utf-8');
  assert.equal(own.json().status, 400);
});

test('bodies of any type arrive as bytes, up to the bound', async () => {
  const app = appWith();
  const send = (body: Buffer, type: string) =>
    app.inject({ method: 'POST', url: '/api/v1/echo', headers: { 'content-type': type }, body });
  assert.equal((await send(Buffer.alloc(1000), 'application/json')).json().size, 1000);
  assert.equal((await send(Buffer.alloc(7), 'text/weird; x=y')).json().size, 7);
  const large = await send(Buffer.alloc(1001), 'application/json');
  assert.equal(large.statusCode, 413);
  assert.match(large.json().error, /larger than 1000 bytes/);
});

test('the bytes of all bodies are bounded and given back', async () => {
  const budget = new BodyBudget(1500);
  const app = appWith({ bodyBudget: budget });
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = addressOf(app);
  const slow = httpRequest({
    port,
    method: 'POST',
    path: '/api/v1/echo',
    headers: { 'content-length': 1000 },
  });
  slow.on('error', () => {});
  slow.write('x');
  while (budget.heldBytes === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  const refused = await fetch(`http://127.0.0.1:${port}/api/v1/echo`, {
    method: 'POST',
    body: Buffer.alloc(900),
  });
  assert.equal(refused.status, 503);
  assert.equal(refused.headers.get('retry-after'), '1');
  slow.destroy();
  while (budget.heldBytes > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  const chunked = new ReadableStream({
    start(controller) {
      for (let i = 0; i < 9; i++) controller.enqueue(new Uint8Array(100));
      controller.close();
    },
  });
  const after = await fetch(`http://127.0.0.1:${port}/api/v1/echo`, {
    method: 'POST',
    body: chunked,
    duplex: 'half',
  });
  assert.deepEqual(await after.json(), { tenant: 'default', size: 900 });
  await app.close();
  assert.equal(budget.heldBytes, 0);
});

test('announcing large bodies holds nothing', async () => {
  const budget = new BodyBudget(8_000_000);
  const app = appWith({ bodyBudget: budget, maxBodyBytes: 8_000_000 });
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = addressOf(app);
  const slow = Array.from({ length: 4 }, () => {
    const request = httpRequest({
      port,
      method: 'POST',
      path: '/api/v1/echo',
      headers: { 'content-length': 8_000_000 },
    });
    request.on('error', () => {});
    request.write('x');
    return request;
  });
  while (budget.heldBytes < slow.length) await new Promise((resolve) => setTimeout(resolve, 5));
  const response = await fetch(`http://127.0.0.1:${port}/api/v1/echo`, {
    method: 'POST',
    body: Buffer.alloc(3_000_000),
  });
  assert.deepEqual(await response.json(), { tenant: 'default', size: 3_000_000 });
  for (const request of slow) request.destroy();
  await app.close();
});

test('one body fits even where the budget is smaller', async () => {
  const app = appWith({ bodyBudget: new BodyBudget(1000), maxBodyBytes: 5_000_000 });
  const body = Buffer.alloc(4_000_000);
  const answer = await app.inject({ method: 'POST', url: '/api/v1/echo', body });
  assert.equal(answer.statusCode, 200);
});

test('a path asked with the wrong method says which is right', async () => {
  const app = appWith();
  const ask = (method: 'GET' | 'PUT' | 'POST', url: string) => app.inject({ method, url });
  const read = await ask('GET', '/api/v1/write');
  assert.deepEqual([read.statusCode, read.headers.allow], [405, 'POST']);
  assert.match(read.body, /\/api\/v1\/write takes POST, not GET/);
  const health = await ask('POST', '/healthz?x=1');
  assert.deepEqual([health.statusCode, health.headers.allow], [405, 'GET, HEAD']);
  assert.equal((await ask('PUT', '/api/v1/nothing')).statusCode, 404);
});

function addressOf(app: FastifyInstance): AddressInfo {
  const address = app.server.address();
  if (address === null || typeof address === 'string') throw new Error('not listening');
  return address;
}

test('the token is asked for, in each of its forms', async () => {
  const app = appWith({ token: 'open sesame' });
  const ask = async (headers: Record<string, string>, url = '/api/v1/echo') =>
    (await app.inject({ method: 'POST', url, headers })).statusCode;
  const basic = (pair: string) => `Basic ${Buffer.from(pair).toString('base64')}`;
  assert.equal(await ask({}), 401);
  assert.equal(await ask({ authorization: 'Bearer open sesam' }), 401);
  assert.equal(await ask({ authorization: 'Bearer open sesame' }), 200);
  assert.equal(await ask({ authorization: basic('anyone:open sesame') }), 200);
  assert.equal(await ask({ authorization: basic('anyone:no') }), 401);
  assert.equal(await ask({}, '/api/v1/echo?token=open+sesame'), 401);
  assert.equal((await app.inject('/healthz')).statusCode, 200);
  assert.equal((await app.inject('/readyz')).statusCode, 200);
  assert.equal((await app.inject('/')).statusCode, 401);
});

test('a session opens by address or by form, and lapses', async () => {
  let now = 1_000_000;
  const app = appWith({ token: 'open sesame', now: () => now });
  const opened = await app.inject('/explore?x=1&token=open%20sesame');
  assert.equal(opened.statusCode, 303);
  assert.equal(opened.headers.location, '/explore?x=1');
  const cookie = String(opened.headers['set-cookie']).split(';')[0] ?? '';
  assert.ok(!cookie.includes('sesame'));
  const ask = async (value: string) =>
    (await app.inject({ url: '/', headers: { cookie: `a=b; ${value}` } })).statusCode;
  assert.equal(await ask(cookie), 200);
  assert.equal(await ask(`${cookie}0`), 401);
  assert.equal(await ask(cookie.replace(/=\d+/, '=99999999999999')), 401);
  now += 31 * 86_400_000;
  assert.equal(await ask(cookie), 401);
  const form = { method: 'POST', url: '/login' } as const;
  assert.equal((await app.inject({ ...form, body: Buffer.from('token=no') })).statusCode, 401);
  const login = await app.inject({ ...form, body: Buffer.from('token=open+sesame') });
  assert.equal(login.statusCode, 303);
  const other = appWith({ token: 'other' });
  const elsewhere = await other.inject({ url: '/', headers: { cookie } });
  assert.equal(elsewhere.statusCode, 401);
});

test('a login never leads to another host', async () => {
  const app = appWith({ token: 't' });
  const answer = await app.inject('//evil.example/x?token=t');
  assert.equal(answer.headers.location, '/x');
});

const hosts: [string, number][] = [
  ['localhost:4300', 200],
  ['127.0.0.1', 200],
  ['[::1]:4300', 200],
  ['x.localhost', 200],
  ['host.docker.internal:4318', 200],
  ['sightline:4300', 200],
  ['10.1.2.3:4300', 200],
  ['allowed.example', 200],
  ['evil.example:4300', 421],
];
for (const [host, status] of hosts) {
  test(`without a token, Host ${host} is answered with ${status}`, async () => {
    const app = appWith({ allowedHosts: () => ['allowed.example'] });
    assert.equal((await app.inject({ url: '/healthz', headers: { host } })).statusCode, status);
  });
}

const origins: [Record<string, string>, number][] = [
  [{}, 200],
  [{ 'sec-fetch-site': 'same-origin' }, 200],
  [{ 'sec-fetch-site': 'cross-site' }, 403],
  [{ 'sec-fetch-site': 'same-site' }, 403],
  [{ origin: 'https://evil.example' }, 403],
  [{ origin: 'null' }, 403],
  [{ origin: 'http://localhost:80', host: 'localhost:80' }, 200],
];
for (const [headers, status] of origins) {
  test(`a write with ${JSON.stringify(headers)} is answered with ${status}`, async () => {
    const answer = await appWith().inject({ method: 'POST', url: '/api/v1/echo', headers });
    assert.equal(answer.statusCode, status);
  });
}

test('the page: files, places, caching, compression', async () => {
  const app = appWith();
  const index = await app.inject('/');
  assert.equal(index.body, '<!doctype html><title>page</title>');
  assert.match(String(index.headers['content-security-policy']), /default-src 'self'/);
  assert.equal(index.headers['cache-control'], 'no-cache');
  assert.equal((await app.inject('/explore/deep?x=1')).body, index.body);
  const etag = String(index.headers.etag);
  const again = await app.inject({ url: '/', headers: { 'if-none-match': etag } });
  assert.equal(again.statusCode, 304);
  const asset = await app.inject({
    url: '/assets/app-1a2b.js',
    headers: { 'accept-encoding': 'gzip' },
  });
  assert.match(String(asset.headers['cache-control']), /immutable/);
  assert.equal(gunzipSync(asset.rawPayload).toString(), 'const x = 1;'.repeat(100));
  assert.equal((await app.inject('/assets/gone.js')).statusCode, 404);
  assert.equal((await app.inject('/api/v1/nothing')).json().errorType, 'not_found');
});

test('a build that came after the start takes the place of the one before', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sightline-build-'));
  const build = (name: string): void => {
    rmSync(join(folder, 'assets'), { recursive: true, force: true });
    mkdirSync(join(folder, 'assets'));
    writeFileSync(join(folder, 'index.html'), `page with ${name}`);
    writeFileSync(join(folder, 'assets', name), 'x');
  };
  build('app-1.js');
  const app = appWith({ pageFolder: folder });
  assert.equal((await app.inject('/')).body, 'page with app-1.js');
  build('app-2.js');
  const gone = await app.inject('/assets/app-1.js');
  assert.equal(gone.statusCode, 404);
  assert.equal(gone.headers['cache-control'], 'no-store');
  assert.equal((await app.inject('/')).body, 'page with app-2.js');
  assert.equal((await app.inject('/assets/app-2.js')).statusCode, 200);
});

const escapes = [
  '/../outside.txt',
  '/%2e%2e/outside.txt',
  '/assets/..%2f..%2foutside.txt',
  '/assets/%2e%2e%2f%2e%2e%2foutside.txt',
  '/..\\outside.txt',
  '//etc/passwd',
];
for (const url of escapes) {
  test(`no file outside the folder by ${url}`, async () => {
    const answer = await appWith().inject(url);
    assert.ok(!answer.body.includes('secret') && !answer.body.includes('root:'));
  });
}

test('a folder without a build says what to do', async () => {
  const answer = await appWith({ pageFolder: join(page, 'missing') }).inject('/');
  assert.equal(answer.statusCode, 404);
  assert.match(answer.body, /npm run build/);
});

test('an internal error is logged and not shown', async () => {
  const lines: string[] = [];
  const answer = await appWith({}, lines).inject('/api/v1/fails');
  assert.equal(answer.statusCode, 500);
  assert.ok(!answer.body.includes('boom'));
  assert.match(lines.join(''), /GET \/api\/v1\/fails: Error: boom/);
});
