/** Requests and the page over real connections. */
import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { expositionOf } from './exposition.ts';
import { servePage } from './page.ts';
import { keptConnections } from './post.ts';

interface Server {
  url: URL;
  /** Connections so far. */
  connections: number;
  close(): void;
}

async function server(
  handler: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<Server> {
  const made = createServer(handler);
  const result = { url: new URL('http://127.0.0.1'), connections: 0, close: () => {} };
  made.on('connection', () => result.connections++);
  await new Promise<void>((resolve) => made.listen(0, '127.0.0.1', resolve));
  const address: AddressInfo | string | null = made.address();
  assert.ok(typeof address === 'object' && address !== null);
  result.url.port = String(address.port);
  result.close = () => {
    made.close();
    made.closeAllConnections();
  };
  return result;
}

/** Holds the process while promises wait for connections that do not. */
async function alive<T>(promise: Promise<T>): Promise<T> {
  const timer = setInterval(() => {}, 1000);
  try {
    return await promise;
  } finally {
    clearInterval(timer);
  }
}

test('requests go over one connection, with their headers', async () => {
  const seen: string[] = [];
  const peer = await server((request, response) => {
    let size = 0;
    request.on('data', (part: Buffer) => {
      size += part.length;
    });
    request.on('end', () => {
      seen.push(`${request.method} ${request.headers.authorization} ${size}`);
      response.writeHead(503, { 'retry-after': '7' }).end('busy');
    });
  });
  const { post, close } = keptConnections();
  const target = { url: peer.url, headers: { authorization: 'x' }, timeoutMs: 5000 };
  for (let i = 1; i <= 3; i++) {
    const { status, retryAfter, body } = await alive(post(target, new Uint8Array(i)));
    assert.deepEqual([status, retryAfter, body.toString()], [503, '7', 'busy']);
  }
  assert.deepEqual(seen, ['POST x 1', 'POST x 2', 'POST x 3']);
  assert.equal(peer.connections, 1);
  close();
  peer.close();
});

test('no answer in time, none at all and an endless one are errors', async () => {
  const peer = await server((request, response) => {
    request.resume();
    if (request.url === '/endless') response.write('x'.repeat(4 << 20));
    if (request.url === '/gone') request.socket.destroy();
  });
  const { post, close } = keptConnections();
  const to = (path: string, timeoutMs = 60_000) =>
    alive(post({ url: new URL(path, peer.url), headers: {}, timeoutMs }, new Uint8Array(1)));
  await assert.rejects(to('/silent', 20), /no answer within 20 ms/);
  await assert.rejects(to('/gone'), /hang up|ECONNRESET/);
  await assert.rejects(to('/endless'), /too long/);
  close();
  peer.close();
  await assert.rejects(to('/silent'), /ECONNREFUSED/);
});

test('a kept connection that the other side has closed is replaced at once', async () => {
  let answers = 0;
  const peer = await server((request, response) => {
    request.resume();
    answers++;
    // Closed with the second request, as an idle time that ends just then would.
    if (answers === 2) request.socket.destroy();
    else response.end();
  });
  const { post, close } = keptConnections();
  const target = { url: peer.url, headers: {}, timeoutMs: 60_000 };
  for (let i = 0; i < 3; i++)
    assert.equal((await alive(post(target, new Uint8Array(1)))).status, 200);
  assert.equal(peer.connections, 2);
  assert.equal(answers, 4);
  close();
  peer.close();
});

const HISTOGRAM = { bounds: [0.1, 1], buckets: [1, 2, 3], sum: 9 };

test('the page has the names and labels that OTLP would get', () => {
  const page = expositionOf([
    {
      name: 'system.disk.io',
      kind: 'counter',
      unit: 'By',
      value: 5,
      attributes: { 'a.b': 'x"', a_b: 'y' },
    },
    { name: 'http_requests_total', kind: 'counter', value: 2, description: 'Requests.' },
    { name: 'busy', unit: '1', value: 0.5 },
    { name: 'took', kind: 'histogram', unit: 's', value: 6, distribution: HISTOGRAM },
    { name: 'http_requests_total', kind: 'counter', value: 3, attributes: { n: 1 } },
    { name: 'http_requests_total', kind: 'histogram', value: 3, distribution: HISTOGRAM },
    { name: 'http_requests_total', kind: 'counter', value: 9 },
  ]);
  assert.equal(
    page,
    `# HELP busy_ratio 
# TYPE busy_ratio gauge
busy_ratio 0.5
# HELP http_requests_total Requests.
# TYPE http_requests_total counter
http_requests_total 2
http_requests_total{n="1"} 3
# HELP system_disk_io_bytes_total 
# TYPE system_disk_io_bytes_total counter
system_disk_io_bytes_total{a_b="x\\";y"} 5
# HELP took_seconds 
# TYPE took_seconds histogram
took_seconds_bucket{le="0.1"} 1
took_seconds_bucket{le="1.0"} 3
took_seconds_bucket{le="+Inf"} 6
took_seconds_sum 9
took_seconds_count 6
`,
  );
});

test('the page is served in both formats, and nothing else is', async () => {
  const page = await servePage('127.0.0.1', 0, (format) =>
    expositionOf([{ name: 'g', value: 1 }], format),
  );
  const url = `http://127.0.0.1:${page.port}`;
  const text = await fetch(`${url}/metrics?x=1`);
  assert.equal(text.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8');
  assert.match(await text.text(), /^g 1$/m);
  const accept = 'application/openmetrics-text;version=1.0.0';
  const open = await fetch(`${url}/metrics`, { headers: { accept } });
  assert.match(await open.text(), /# EOF\n$/);
  assert.equal((await fetch(`${url}/`)).status, 404);
  assert.equal((await fetch(`${url}/metrics`, { method: 'POST', body: 'x' })).status, 405);
  await assert.rejects(
    servePage('127.0.0.1', page.port, () => ''),
    /EADDRINUSE/,
  );
  page.close();
});

test('an answer that is none rejects', async () => {
  for (const [head, want] of [
    [
      'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n',
      /before the end/,
    ],
    ['HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf', /before the end/],
    ['\0garbage\r\n\r\n', /Parse Error/],
    ['', /hang up/],
  ] as const) {
    const peer = await server((request) => request.socket.end(head));
    const { post, close } = keptConnections();
    const target = { url: peer.url, headers: {}, timeoutMs: 5000 };
    try {
      await assert.rejects(alive(post(target, new Uint8Array(1))), want);
    } finally {
      close();
      peer.close();
    }
  }
});
