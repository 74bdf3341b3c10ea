/** The middlewares in the frameworks that they are for, each with the same application. */
import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import { type TestContext, test } from 'node:test';
import { createAdaptorServer } from '@hono/node-server';
import express, { type ErrorRequestHandler } from 'express';
import fastify from 'fastify';
import { Hono } from 'hono';
import { until } from '../../../../test/harness/process.ts';
import { HttpMonitor } from './monitor.ts';
import { currentRequest, useRequestContext } from './request-context.ts';
import { ask, counted, listening } from './test-server.ts';

/** What a handler sees of its request. */
interface Seen {
  readonly ids: (number | undefined)[];
}

function expressApp(monitor: HttpMonitor, seen: Seen): Server {
  const app = express();
  app.use(monitor.express());
  app.use(monitor.express());
  app.use(express.json());
  const users = express.Router();
  users.get('/:id', (_, response) => void response.send('user'));
  users.post('/', async (request, response) => {
    seen.ids.push(currentRequest()?.id);
    response.status(201).json(request.body);
  });
  users.get('/:id/broken', () => {
    throw new Error('of the application');
  });
  app.use('/api/users', users);
  const onError: ErrorRequestHandler = (_error, _request, response, _next) => {
    response.status(500).send('failed');
  };
  app.use(onError);
  return createServer(app);
}

async function fastifyApp(monitor: HttpMonitor, seen: Seen): Promise<Server> {
  const app = fastify();
  await app.register(monitor.fastify());
  await app.register(monitor.fastify());
  app.get('/api/users/:id', async () => 'user');
  app.post('/api/users', async (request, reply) => {
    seen.ids.push(currentRequest()?.id);
    return reply.code(201).send(request.body);
  });
  app.get('/api/users/:id/broken', async () => {
    throw new Error('of the application');
  });
  await app.ready();
  return app.server;
}

function honoApp(monitor: HttpMonitor, seen: Seen): Server {
  const app = new Hono();
  app.use(monitor.hono());
  app.use(monitor.hono());
  const users = new Hono();
  users.get('/:id', (c) => c.text('user'));
  users.post('/', async (c) => {
    const body = await c.req.json();
    seen.ids.push(currentRequest()?.id);
    return c.json(body, 201);
  });
  users.get('/:id/broken', () => {
    throw new Error('of the application');
  });
  app.route('/api/users', users);
  app.onError((_, c) => c.text('failed', 500));
  const server = createAdaptorServer(app);
  if (!('closeAllConnections' in server)) throw new Error('not a server of HTTP/1');
  return server;
}

async function check(
  t: TestContext,
  make: (monitor: HttpMonitor, seen: Seen) => Server | Promise<Server>,
): Promise<void> {
  t.after(useRequestContext());
  const monitor = new HttpMonitor();
  t.after(() => monitor.close());
  const seen: Seen = { ids: [] };
  const url = await listening(t, await make(monitor, seen));
  assert.equal((await ask(`${url}/api/users/1`)).text, 'user');
  await ask(`${url}/api/users/2?page=1`);
  const created = await ask(`${url}/api/users`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"name":"Ann"}',
  });
  assert.deepEqual(created, { status: 201, text: '{"name":"Ann"}' });
  assert.equal((await ask(`${url}/api/users/3/broken`)).status, 500);
  for (const path of ['/nothing', '/.env', '/wp-login.php']) await ask(url + path);
  const active = () =>
    monitor.collect().find(({ name }) => name === 'http_requests_active')?.value === 0;
  await until('all are counted', active);
  assert.deepEqual(counted(monitor), [
    'GET (unmatched) 404=3',
    'GET /api/users/:id 200=2',
    'GET /api/users/:id/broken 500=1',
    'POST /api/users 201=1',
  ]);
  assert.equal(seen.ids.length, 1);
  assert.notEqual(seen.ids[0], undefined);
}

test('Express', (t) => check(t, expressApp));

test('Fastify', (t) => check(t, fastifyApp));

test('Hono', (t) => check(t, honoApp));

test('requests that are injected into Fastify are counted', async (t) => {
  const monitor = new HttpMonitor();
  t.after(() => monitor.close());
  const app = fastify();
  await app.register(monitor.fastify());
  app.get('/a/:b', async () => 'answer');
  t.after(() => app.close());
  await app.inject('/a/1');
  await until('it is counted', () => counted(monitor).length > 0);
  assert.deepEqual(counted(monitor), ['GET /a/:b 200=1']);
});

test('Hono without a server of Node goes unwatched', async (t) => {
  const monitor = new HttpMonitor();
  t.after(() => monitor.close());
  const app = new Hono();
  app.use(monitor.hono());
  app.get('/', (c) => c.text('answer'));
  assert.equal(await (await app.request('/')).text(), 'answer');
  assert.deepEqual(counted(monitor), []);
});
