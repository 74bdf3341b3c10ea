import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import type { TestContext } from 'node:test';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { until } from '../../../../test/harness/process.ts';
import { HttpMonitor, type HttpMonitorOptions } from './monitor.ts';
import type { HandlerOptions, Listener } from './plain.ts';
import { currentRequest, useRequestContext } from './request-context.ts';
import { abandon, ask, counted, listening } from './test-server.ts';

async function serve(
  t: TestContext,
  listener: Listener,
  options: HandlerOptions & HttpMonitorOptions = {},
): Promise<{ monitor: HttpMonitor; url: string }> {
  const monitor = new HttpMonitor(options);
  t.after(() => monitor.close());
  const url = await listening(t, createServer(monitor.handler(listener, options)));
  return { monitor, url };
}

const value = (monitor: HttpMonitor, name: string, ...attributes: string[]): number | undefined =>
  monitor
    .collect()
    .find(
      (metric) =>
        metric.name === name &&
        attributes.every((one) => Object.values(metric.attributes ?? {}).includes(one)),
    )?.value;

const none = (monitor: HttpMonitor) => () => value(monitor, 'http_requests_active') === 0;

test('requests are counted by method, path without ids, and status', async (t) => {
  const { monitor, url } = await serve(t, (request, response) => {
    if (request.url === '/nothing') response.statusCode = 404;
    if (request.url === '/broken') response.statusCode = 503;
    response.end('{}');
  });
  // As many as an error rate takes.
  for (let round = 0; round < 4; round++) {
    for (const path of ['/users/1', '/users/2?a=b', '/nothing', '/broken']) await ask(url + path);
    await ask(`${url}/users/3`, { method: 'DELETE' });
  }
  await until('all are counted', none(monitor));
  assert.deepEqual(counted(monitor), [
    'DELETE /users/:id 200=4',
    'GET (unmatched) 404=4',
    'GET /broken 503=4',
    'GET /users/:id 200=8',
  ]);
  assert.equal(value(monitor, 'http_requests_total', 'GET', '/users/:id', '200'), 8);
  const vitals = monitor.vitals();
  assert.equal(vitals.errorRatePct, 20);
  assert.equal(vitals.successRatePct, 80);
  assert.ok((vitals.responseTimeMs ?? -1) >= 0);
  assert.deepEqual(monitor.vitals(), {});
});

test('the public metrics have the names, labels and buckets that pages look for', async (t) => {
  const { monitor, url } = await serve(t, (_, response) => response.end('x'.repeat(1500)));
  await ask(url, { method: 'POST', body: 'y'.repeat(50) });
  await until('it is counted', none(monitor));
  const metrics = monitor.collect();
  const labels = new Map(
    metrics.map(({ name, attributes }) => [name, Object.keys(attributes ?? {})]),
  );
  assert.deepEqual(labels.get('http_requests_total'), ['method', 'endpoint', 'status_code']);
  assert.deepEqual(labels.get('http_request_duration_seconds'), ['method', 'endpoint']);
  for (const name of ['cpu_usage_percent', 'memory_usage_bytes', 'gc_collections_total']) {
    assert.ok(labels.has(name), name);
  }
  const of = (name: string) => metrics.find((metric) => metric.name === name)?.distribution;
  assert.deepEqual(of('http_request_duration_seconds')?.bounds, [0.1, 0.25, 0.5, 1, 2.5, 5, 10]);
  assert.equal(of('http_request_size_bytes')?.sum, 50);
  assert.equal(of('http_response_size_bytes')?.sum, 1500);
});

test('buckets can be set, and have to ascend', async (t) => {
  const { monitor, url } = await serve(t, (_, response) => response.end(), { buckets: [0.01, 60] });
  await ask(url);
  await until('it is counted', none(monitor));
  const duration = monitor.collect().find(({ name }) => name === 'http_request_duration_seconds');
  assert.deepEqual(duration?.distribution?.bounds, [0.01, 60]);
  for (const buckets of [[2, 1], [1, 1], [0], [Number.NaN]]) {
    assert.throws(() => new HttpMonitor({ buckets }), RangeError);
  }
});

test('a client that goes away is counted once, before the answer as 499', async (t) => {
  const arrived = Promise.withResolvers<void>();
  const { monitor, url } = await serve(t, (request, response) => {
    if (request.url === '/begun') response.write('first');
    else arrived.resolve();
  });
  await abandon(`${url}/waiting`, arrived.promise);
  await abandon(`${url}/begun`);
  await until('both are counted', none(monitor));
  assert.deepEqual(counted(monitor), ['GET /begun 200=1', 'GET /waiting 499=1']);
  assert.equal(value(monitor, 'http_requests_aborted_total'), 2);
  assert.deepEqual(
    monitor.endpoints().map(({ errors }) => errors),
    [0, 0],
  );
});

async function streamEvents(t: TestContext, begin: (response: ServerResponse) => void) {
  const { monitor, url } = await serve(t, (_, response) => {
    begin(response);
    response.write('data: 1\n\n');
  });
  const leave = new AbortController();
  const response = await fetch(`${url}/events`, { signal: leave.signal });
  assert.equal(value(monitor, 'http_requests_active'), 1);
  leave.abort();
  await assert.rejects(response.text());
  await until('it is over', none(monitor));
  assert.deepEqual(counted(monitor), ['GET /events 200=1']);
  assert.equal(value(monitor, 'http_request_duration_seconds'), undefined);
  assert.equal(monitor.vitals().responseTimeMs, undefined);
  assert.deepEqual(monitor.slowest(), []);
}

test('an event stream is active while it lasts and no slow request after', async (t) => {
  const type = 'text/event-stream; charset=utf-8';
  await streamEvents(t, (response) => response.setHeader('content-type', type));
  await streamEvents(t, (response) => response.writeHead(200, { 'Content-Type': type }));
});

test('what is no request of Node is let through', (t) => {
  const monitor = new HttpMonitor();
  t.after(() => monitor.close());
  const handler: unknown = monitor.handler(() => 'answered');
  assert.ok(typeof handler === 'function');
  assert.equal(handler({}, {}), 'answered');
  assert.equal(value(monitor, 'http_monitor_failures_total'), 1);
});

test('an upgraded connection does not disturb the count', async (t) => {
  const { monitor, url } = await serve(t, (_, response) => response.end());
  const server = createServer(monitor.handler((_, response) => response.end()));
  server.on('upgrade', (_request, socket) => {
    socket.end('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n');
  });
  const upgraded = await listening(t, server);
  const socket = connect(Number(new URL(upgraded).port), '127.0.0.1');
  socket.write('GET /chat HTTP/1.1\r\nHost: a\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n');
  const [answer] = await once(socket, 'data');
  assert.match(String(answer), /^HTTP\/1.1 101/);
  socket.destroy();
  await ask(url);
  await until('it is counted', none(monitor));
  assert.deepEqual(counted(monitor), ['GET / 200=1']);
});

test('a streamed answer ends when it is written', async (t) => {
  const { monitor, url } = await serve(t, async (_, response) => {
    for (let i = 0; i < 5; i++) {
      response.write('part');
      await turn();
    }
    response.end();
  });
  assert.equal((await ask(`${url}/stream`)).text.length, 20);
  await until('it is counted', none(monitor));
  assert.deepEqual(counted(monitor), ['GET /stream 200=1']);
});

test('what a listener throws goes where it went', async (t) => {
  const error = new Error('of the application');
  const monitor = new HttpMonitor();
  t.after(() => monitor.close());
  const handler = monitor.handler(() => {
    throw error;
  });
  const server = createServer((request, response) => {
    try {
      handler(request, response);
    } catch (thrown) {
      assert.equal(thrown, error);
      response.statusCode = 500;
      response.end();
    }
  });
  await ask(await listening(t, server));
  await until('it is counted', none(monitor));
  assert.deepEqual(counted(monitor), ['GET / 500=1']);
});

test('endpoints and methods are bounded', async (t) => {
  const { monitor, url } = await serve(t, (_, response) => response.end(), {
    maxEndpoints: 2,
    route: (request) => request.url ?? '',
  });
  for (const path of ['/a', '/b', '/c', '/d', '/a']) await ask(url + path);
  await ask(`${url}/a`, { method: 'PROPFIND' });
  await until('all are counted', none(monitor));
  assert.deepEqual(counted(monitor), [
    'GET (other) 200=2',
    'GET /a 200=2',
    'GET /b 200=1',
    '_OTHER (other) 200=1',
  ]);
  assert.equal(value(monitor, 'http_endpoints_overflow_total'), 3);
});

test('a route function that throws loses only the route', async (t) => {
  const { monitor, url } = await serve(t, (_, response) => response.end(), {
    route: () => {
      throw new Error('of the application');
    },
  });
  await ask(url);
  await until('it is counted', none(monitor));
  assert.deepEqual(counted(monitor), ['GET (unmatched) 200=1']);
});

test('two handlers around each other count once', async (t) => {
  const monitor = new HttpMonitor();
  t.after(() => monitor.close());
  const inner = monitor.handler((_, response) => response.end());
  await ask(await listening(t, createServer(monitor.handler(inner))));
  await until('it is counted', none(monitor));
  assert.deepEqual(counted(monitor), ['GET / 200=1']);
});

test('percentiles tell of the last minutes, totals of all time', async (t) => {
  const time = { ms: 0 };
  const clock = { now: () => time.ms, unixMs: () => time.ms };
  const { monitor, url } = await serve(
    t,
    (request, response) => {
      time.ms += Number(request.headers['x-takes'] ?? 0);
      response.end();
    },
    { clock },
  );
  const take = (ms: number) => ask(url, { headers: { 'x-takes': String(ms) } });
  await take(1000);
  await until('it is counted', none(monitor));
  const slow = monitor.slowest()[0]?.p95Ms ?? 0;
  assert.ok(Math.abs(slow - 1000) < 32, String(slow));
  time.ms = 700_000;
  await take(10);
  await until('it is counted', none(monitor));
  const [endpoint] = monitor.endpoints();
  assert.equal(endpoint?.count, 2);
  assert.ok((endpoint?.p99Ms ?? 0) < 11);
  assert.ok((endpoint?.maxMs ?? 0) < 11);
});

test('code knows its request, also in what a body calls back', async (t) => {
  t.after(useRequestContext());
  const seen: (number | undefined)[] = [];
  const { url } = await serve(t, (request, response) => {
    seen.push(currentRequest()?.id);
    request.on('data', () => seen.push(currentRequest()?.id));
    request.on('end', () => {
      seen.push(currentRequest()?.id);
      response.end();
    });
  });
  await ask(url, { method: 'POST', body: 'text' });
  assert.equal(seen.length, 3);
  assert.equal(new Set(seen).size, 1);
  assert.notEqual(seen[0], undefined);
  assert.equal(currentRequest(), undefined);
});
