import assert from 'node:assert/strict';
import { channel } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { createServer, type IncomingMessage, request } from 'node:http';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { trace } from '@opentelemetry/api';
import express from 'express';
import { freePort, until } from '../../../../test/harness/process.ts';
import { ask, listening } from '../http/test-server.ts';
import { type ReadSpan, traced } from './test-traced.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SAMPLED = { traceparent: `00-${TRACE}-b7ad6b7169203331-01` };
const NOT_SAMPLED = { traceparent: `00-${TRACE}-b7ad6b7169203331-00` };

function named(spans: readonly ReadSpan[], name: string): ReadSpan {
  const found = spans.find((span) => span.name === name);
  assert.ok(found !== undefined, `${name} is none of ${spans.map((span) => span.name)}`);
  return found;
}

test('a request, its statements and what it asks of others are one trace', async (t) => {
  const { http, database, events, spans } = traced(t);
  const db = database.sqlite(new DatabaseSync(':memory:'));
  db.exec('CREATE TABLE orders (id INTEGER)');
  const stock = await listening(
    t,
    createServer(http.handler((_, response) => response.end('3'), { route: () => '/stock/:id' })),
  );
  const app = express();
  app.use(http.express());
  app.get('/orders/:id', async (_, response) => {
    for (let i = 0; i < 5; i++) db.prepare('SELECT id FROM orders WHERE id = ?').all(i);
    trace.getActiveSpan()?.addEvent('asked');
    await ask(`${stock}/stock/7?secret=1`);
    trace.getTracer('app').startActiveSpan('work', (span) => span.end());
    response.send('order');
  });
  const url = await listening(t, createServer(app));
  await ask(`${url}/orders/1?token=x`, { headers: SAMPLED });
  await until('all spans have ended', () => spans().length === 9);
  const all = spans();
  const server = named(all, 'GET /orders/:id');
  assert.deepEqual(new Set(all.map(({ traceId }) => traceId)), new Set([TRACE]));
  assert.equal(server.parentId, 'b7ad6b7169203331');
  assert.equal(server.kind, 2);
  const { 'server.address': address, 'server.port': port, ...others } = server.attributes;
  assert.equal(`http://${address}:${port}`, url);
  const { 'user_agent.original': agent, ...rest } = others;
  assert.ok(agent !== undefined);
  assert.deepEqual(rest, {
    'http.request.method': 'GET',
    'http.response.status_code': '200',
    'http.route': '/orders/:id',
    'url.path': '/orders/1',
    'url.scheme': 'http',
  });
  const statement = named(all, 'SELECT orders');
  assert.equal(statement.parentId, server.spanId);
  assert.equal(statement.kind, 3);
  assert.deepEqual(statement.attributes, {
    'db.system.name': 'sqlite',
    'db.query.text': 'SELECT id FROM orders WHERE id = ?',
    'db.operation.name': 'SELECT',
    'db.collection.name': 'orders',
  });
  const client = named(all, 'GET');
  assert.equal(client.parentId, server.spanId);
  assert.equal(client.attributes['url.full'], `${stock}/stock/7`);
  assert.equal(client.attributes['http.response.status_code'], '200');
  assert.equal(named(all, 'GET /stock/:id').parentId, client.spanId);
  assert.equal(named(all, 'work').parentId, server.spanId);
  const [repeated] = events;
  assert.equal(repeated?.name, 'database.repeated_query');
  assert.equal(repeated?.attributes?.trace_id, TRACE);
  assert.equal(repeated?.attributes?.span_id, server.spanId);
});

test('failures are errors: answers of 500, statements, requests to nobody', async (t) => {
  const { http, database, chunks, spans } = traced(t);
  const db = database.sqlite(new DatabaseSync(':memory:'));
  const nobody = `http://127.0.0.1:${await freePort()}/`;
  const handler = http.handler(
    async (_, response) => {
      assert.throws(() => db.exec('SELECT * FROM missing'));
      await assert.rejects(fetch(nobody));
      response.statusCode = 503;
      response.end();
    },
    { route: () => '' },
  );
  await ask(await listening(t, createServer(handler)));
  await until('all spans have ended', () => spans().length === 3);
  const failed = spans().map(({ name, kind, status, attributes }) => {
    return `${name} ${kind} ${status} ${attributes['error.type']}`;
  });
  assert.deepEqual(failed.toSorted(), [
    'GET 2 2 undefined',
    'GET 3 2 ECONNREFUSED',
    'SELECT missing 3 2 ERR_SQLITE_ERROR',
  ]);
  assert.ok(chunks.every(({ hasErrors }) => hasErrors));
});

test('a request of undici that cannot be looked at goes on without its span', async (t) => {
  const { spans } = traced(t);
  const uncaught: unknown[] = [];
  const note = (error: unknown): void => void uncaught.push(error);
  process.on('uncaughtException', note);
  t.after(() => process.off('uncaughtException', note));
  const request = {
    get origin(): string {
      throw new Error('no origin');
    },
  };
  trace.getTracer('app').startActiveSpan('work', (span) => {
    channel('undici:request:create').publish({ request });
    channel('undici:request:error').publish({ request, error: Object.create(null) });
    span.end();
  });
  // What a listener of a channel throws is thrown again in the next tick.
  await new Promise(setImmediate);
  assert.deepEqual(uncaught, []);
  assert.deepEqual(
    spans().map(({ name }) => name),
    ['work'],
  );
});

test('what the parent or the ratio does not want is not sent', async (t) => {
  const { http, tracing, spans } = traced(t, { ratio: 0 });
  const url = await listening(t, createServer(http.handler((_, response) => response.end())));
  const count = () => http.endpoints()[0]?.count ?? 0;
  await ask(url);
  await ask(url, { headers: NOT_SAMPLED });
  await ask(url, { headers: SAMPLED });
  await until('three are counted', () => count() === 3);
  assert.equal(spans().length, 1);
  tracing.ratio = 1;
  assert.equal(tracing.ratio, 1);
  await ask(url);
  await ask(url, { headers: NOT_SAMPLED });
  await until('five are counted', () => count() === 5);
  assert.equal(spans().length, 2);
});

test('spans wait for a batch, or five seconds', async (t) => {
  const { timers, chunks } = traced(t);
  const tracer = trace.getTracer('app');
  for (let i = 0; i < 513; i++) tracer.startSpan('work').end();
  assert.deepEqual(
    chunks.map(({ items, signal }) => [items, signal]),
    [[512, 'traces']],
  );
  timers.advance(4999);
  assert.equal(chunks.length, 1);
  timers.advance(1);
  assert.equal(chunks.length, 2);
});

test('once it is stopped there is nothing left of it', async (t) => {
  const { http, database, tracing, chunks } = traced(t);
  trace.getTracer('app').startSpan('last').end();
  tracing.stop();
  assert.equal(chunks.length, 1);
  assert.equal(http.beginSpan, undefined);
  assert.equal(database.spans, undefined);
  trace.getTracer('app').startSpan('after').end();
  tracing.pack();
  assert.equal(chunks.length, 1);
});

test('where another SDK is registered, spans are its own', async (t) => {
  const first = traced(t);
  const second = traced(t);
  assert.equal(first.warnings.length, 0);
  assert.match(second.warnings.join(), /another OpenTelemetry SDK is registered/);
  trace.getTracer('app').startSpan('work').end();
  assert.equal(first.spans().length, 1);
  assert.equal(second.spans().length, 0);
});

test('the address of a server span is that of the host, without its port', async (t) => {
  const { http, spans } = traced(t);
  const url = await listening(t, createServer(http.handler((_, response) => response.end())));
  const hosts = ['shop.example', '127.0.0.1:4400', '[::1]:443', 'not:a:host'];
  for (const host of hosts) {
    const sent = request(url, { headers: { host }, agent: false }).end();
    const [response]: IncomingMessage[] = await once(sent, 'response');
    await once(response?.resume() ?? sent, 'end');
  }
  await until('all spans have ended', () => spans().length === hosts.length);
  const found = spans().map(({ attributes }) => [
    attributes['server.address'],
    attributes['server.port'],
  ]);
  assert.deepEqual(found, [
    ['shop.example', undefined],
    ['127.0.0.1', '4400'],
    ['::1', '443'],
    [undefined, undefined],
  ]);
});
