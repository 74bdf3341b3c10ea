import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { createServer as createRawServer } from 'node:net';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { temporaryDirectory } from '../../../../../test/harness/directory.ts';
import { program } from '../../../../../test/harness/package.ts';
import { freePort } from '../../../../../test/harness/process.ts';
import { collect, value } from '../test-collect.ts';
import { HealthSource, type HealthTarget } from './source.ts';

const closing: (() => void)[] = [];
after(() => {
  for (const close of closing) close();
});

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function serve(listener: RequestListener): Promise<string> {
  return `http://127.0.0.1:${await listen(createServer(listener))}`;
}

const clock = { at: 0, now: () => clock.at, unixMs: () => clock.at };

/** The reason why the target is down; empty when it is up. */
async function reason(target: Omit<HealthTarget, 'name'>): Promise<string> {
  const run = await collect(new HealthSource({ targets: [{ name: 'it', ...target }] }));
  const down = run.events.find(({ name }) => name === 'health.down');
  assert.equal(value(run, 'health.up'), down === undefined ? 1 : 0);
  return String(down?.attributes?.['health.reason'] ?? '');
}

test('what counts as up', async () => {
  const url = await serve((request, response) => {
    const status = Number(request.url?.slice(1));
    response.writeHead(status, status === 302 ? { location: '/500' } : {});
    response.end('all is well');
  });
  assert.equal(await reason({ url: `${url}/200` }), '');
  assert.equal(await reason({ url: `${url}/302` }), '');
  assert.equal(await reason({ url: `${url}/500` }), 'status 500');
  assert.equal(await reason({ url: `${url}/404`, expectStatus: [200, 404] }), '');
  assert.equal(await reason({ url: `${url}/302`, expectStatus: 200 }), 'status 302');
  assert.equal(await reason({ url: `${url}/200`, expectText: 'is well' }), '');
  assert.match(
    await reason({ url: `${url}/200`, expectText: 'broken' }),
    /text is not in the body/,
  );
});

test('latency by phase, and headers, user and password of the target', async () => {
  let seen: unknown;
  const url = await serve((request, response) => {
    seen = [request.headers.authorization, request.headers['x-probe']];
    response.end();
  });
  const targets = [
    {
      name: 'api',
      url: url.replace('http://127.0.0.1', 'http://me:secret@localhost'),
      headers: { 'x-probe': 'yes' },
    },
  ];
  const run = await collect(new HealthSource({ targets }));
  for (const phase of ['dns', 'connect', 'first_byte']) {
    assert.ok(value(run, 'health.phase.duration', { 'health.phase': phase }) >= 0, phase);
  }
  assert.equal(value(run, 'health.status_code'), 200);
  assert.deepEqual(seen, [`Basic ${btoa('me:secret')}`, 'yes']);
});

test('a change of state is told once, without the password', async () => {
  let status = 200;
  const url = await serve((_, response) => response.writeHead(status).end());
  const target = { name: 'api', url: url.replace('//', '//me:secret@'), intervalMs: 1000 };
  const source = new HealthSource({ targets: [target], clock });
  const told: string[] = [];
  for (const next of [200, 503, 503, 200, 200]) {
    status = next;
    clock.at += 1000;
    const { events } = await collect(source);
    told.push(...events.map(({ name, message }) => `${name} ${message}`));
    assert.ok(!JSON.stringify(events).includes('secret'));
  }
  assert.deepEqual(told, ['health.down api is down: status 503.', 'health.up api answers again.']);
  const run = await collect(source);
  assert.equal(value(run, 'health.probes', { 'health.outcome': 'up' }), 3);
  assert.equal(value(run, 'health.probes', { 'health.outcome': 'down' }), 2);
});

test('targets are probed at their own intervals', async () => {
  const asked: string[] = [];
  const url = await serve((request, response) => {
    asked.push(request.url ?? '');
    response.end();
  });
  const targets = [
    { name: 'often', url: `${url}/often`, intervalMs: 1000 },
    { name: 'seldom', url: `${url}/seldom`, intervalMs: 3000 },
  ];
  const source = new HealthSource({ targets, clock });
  for (let i = 0; i < 6; i++) {
    const { metrics } = await collect(source);
    assert.equal(metrics.filter(({ name }) => name === 'health.up').length, 2);
    clock.at += 1000;
  }
  assert.equal(asked.filter((path) => path === '/often').length, 6);
  assert.equal(asked.filter((path) => path === '/seldom').length, 2);
});

test('certificates: days left, and what is not trusted gets no request', async () => {
  const dir = temporaryDirectory('certificate');
  const [key, certificate] = [join(dir, 'key.pem'), join(dir, 'certificate.pem')];
  execFileSync(
    program('openssl'),
    [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
      ...['-days', '10', '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'],
      ...['-keyout', key, '-out', certificate],
    ],
    { stdio: 'ignore' },
  );
  const ca = readFileSync(certificate, 'utf8');
  let requests = 0;
  const server = createSecureServer({ key: readFileSync(key), cert: ca }, (_, response) => {
    requests++;
    response.end();
  });
  const port = await listen(server);
  const url = `https://localhost:${port}`;
  const untrusted = await collect(new HealthSource({ targets: [{ name: 'web', url }] }));
  assert.equal(requests, 0);
  assert.equal(value(untrusted, 'health.up'), 0);
  assert.ok(Math.abs(value(untrusted, 'health.certificate.remaining') - 10) < 0.1);
  assert.match(untrusted.events[0]?.message ?? '', /certificate: .*SELF_SIGNED/);
  const trusted = await collect(new HealthSource({ targets: [{ name: 'web', url, ca }] }));
  assert.equal(value(trusted, 'health.up'), 1);
  assert.equal(requests, 1);
  assert.ok(value(trusted, 'health.phase.duration', { 'health.phase': 'tls' }) > 0);
  assert.deepEqual(
    trusted.events.map(({ message }) => message),
    ['The certificate of web expires in 9 days.'],
  );
  const misnamed = { url: url.replace('localhost', '127.0.0.1'), ca };
  assert.match(await reason(misnamed), /certificate: .*(altname|ALTNAME)/i);
});

test('servers that do not answer, answer garbage or never end', async () => {
  const raw = async (answer: string | null): Promise<string> => {
    const server = createRawServer((socket) => {
      socket.on('error', () => {});
      closing.push(() => socket.destroy());
      if (answer !== null) socket.end(answer);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closing.push(() => server.close());
    const address = server.address();
    return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  };
  assert.match(await reason({ url: await raw(null), timeoutMs: 30 }), /no answer in 30 ms/);
  assert.match(await reason({ url: await raw('what?\r\n\r\n') }), /Parse Error/);
  assert.match(await reason({ url: await raw('') }), /socket hang up/);
  assert.match(await reason({ url: `http://127.0.0.1:${await freePort()}` }), /ECONNREFUSED/);
  assert.match(await reason({ url: 'http://no.such.host.invalid' }), /ENOTFOUND|EAI_AGAIN/);
  assert.match(await reason({ url: (await raw('')).replace('http', 'https') }), /\S/);
  const endless = await serve((_, response) => {
    const write = (): void => {
      while (response.write('x'.repeat(16_384)));
      response.once('drain', write);
    };
    write();
  });
  assert.equal(await reason({ url: endless }), '');
  assert.match(await reason({ url: endless, expectText: 'y' }), /text is not in the body/);
});

test('a collection that is ended says nothing of its targets', async () => {
  const url = await serve(() => {});
  const source = new HealthSource({ targets: [{ name: 'slow', url }] });
  const controller = new AbortController();
  const collecting = collect(source, controller.signal);
  controller.abort();
  assert.deepEqual(await collecting, { metrics: [], events: [] });
});

test('targets that cannot be meant are refused', () => {
  const source = (target: Partial<HealthTarget>) => () =>
    new HealthSource({ targets: [{ name: 'it', url: 'http://x', ...target }] });
  assert.throws(source({ url: 'ftp://x' }), /no http or https address/);
  assert.throws(source({ url: 'nonsense' }), /no http or https address/);
  assert.throws(source({ intervalMs: 10 }), /intervalMs/);
  assert.throws(source({ timeoutMs: 0 }), /timeoutMs/);
  const twins = { name: 'it', url: 'http://x' };
  assert.throws(() => new HealthSource({ targets: [twins, twins] }), /one name/);
});
