import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { type LokiServer, startLoki } from './test-loki.ts';

let loki: LokiServer;
before(async () => {
  loki = await startLoki(['--logs-tails', '6']);
});
after(() => loki.stop());

interface Message {
  streams: { stream: Record<string, string>; values: unknown[][] }[];
  encodingFlags?: string[];
  dropped_entries?: unknown[];
}

/** A WebSocket whose messages are asked for one by one. */
async function open(params: Record<string, string>, headers: Record<string, string> = {}) {
  const url = `${loki.url.replace('http', 'ws')}/loki/api/v1/tail?${new URLSearchParams(params)}`;
  const socket = new WebSocket(url, { headers });
  const messages: Message[] = [];
  let wake = (): void => {};
  socket.onmessage = ({ data }) => {
    messages.push(JSON.parse(String(data)));
    wake();
  };
  let closed: { code: number; reason: string } | undefined;
  socket.onclose = ({ code, reason }) => {
    closed = { code, reason };
    wake();
  };
  await new Promise<void>((resolve, reject) => {
    socket.onopen = () => resolve();
    socket.onerror = () => reject(new Error('no WebSocket'));
  });
  const next = async (): Promise<Message> => {
    for (;;) {
      const message = messages.shift();
      if (message !== undefined) return message;
      if (closed !== undefined) throw new Error(`closed: ${closed.code} ${closed.reason}`);
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  const ended = async () => {
    while (closed === undefined) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    return closed;
  };
  return { socket, next, ended };
}

function linesOf({ streams }: Message): string[] {
  return streams.flatMap(({ values }) => values.map(([, line]) => String(line)));
}

test('a tail begins with the last lines and goes on with those that arrive', async () => {
  const now = Date.now();
  await loki.push({ service_name: 'a' }, [
    [now - 3000, 'one'],
    [now - 2000, 'two'],
    [now - 1000, 'three'],
    [now - 1000, 'other'],
  ]);
  const { socket, next } = await open({ query: '{service_name="a"} |~ "t|four|five"', limit: '2' });
  assert.deepEqual(linesOf(await next()), ['three', 'other'].slice(0, 2));
  await loki.push({ service_name: 'a' }, [
    [now + 2, 'five'],
    [now, 'nothing'],
    [now + 1, 'four', { trace_id: 'abc' }],
  ]);
  await loki.push({ service_name: 'b' }, [[now, 'four of another']]);
  const message = await next();
  assert.deepEqual(message, {
    streams: [
      {
        stream: { detected_level: 'unknown', service_name: 'a', trace_id: 'abc' },
        values: [[`${now + 1}000000`, 'four']],
      },
      {
        stream: { detected_level: 'unknown', service_name: 'a' },
        values: [
          [`${now}000000`, 'nothing'],
          [`${now + 2}000000`, 'five'],
        ],
      },
    ],
  });
  socket.close();
});

test('categorised labels, tenants', async () => {
  const now = Date.now();
  const query = '{service_name="c"} | logfmt';
  const headers = {
    'x-loki-response-encoding-flags': 'categorize-labels',
    'x-scope-orgid': 'them',
  };
  const { socket, next } = await open({ query }, headers);
  await loki.push({ service_name: 'c' }, [[now, 'k=ours']]);
  await loki.push({ service_name: 'c' }, [[now, 'k=v', { m: '1' }]], 'them');
  assert.deepEqual(await next(), {
    encodingFlags: ['categorize-labels'],
    streams: [
      {
        stream: { service_name: 'c' },
        values: [
          [
            `${now}000000`,
            'k=v',
            { structuredMetadata: { detected_level: 'unknown', m: '1' }, parsed: { k: 'v' } },
          ],
        ],
      },
    ],
  });
  socket.close();
});

test('nothing is missed and nothing comes twice around the beginning', async () => {
  let sent = 0;
  let stop = false;
  const sending = (async () => {
    while (!stop) {
      await loki.push({ service_name: 'd' }, [[Date.now(), `line ${sent++}`]]);
    }
  })();
  while (sent < 20) await new Promise((resolve) => setImmediate(resolve));
  const { socket, next } = await open({ query: '{service_name="d"}', limit: '5000' });
  const seen: string[] = [];
  while (sent < 200) await new Promise((resolve) => setTimeout(resolve, 5));
  stop = true;
  await sending;
  while (!seen.includes(`line ${sent - 1}`)) seen.push(...linesOf(await next()));
  const want = Array.from({ length: sent }, (_, i) => `line ${i}`);
  assert.deepEqual(seen.toSorted(), want.toSorted());
  socket.close();
});

const refused: [string, Record<string, string>, string][] = [
  ['no query', {}, 'parse error'],
  ['no LogQL', { query: '{' }, 'parse error'],
  ['a metric query', { query: 'rate({a="b"}[1m])' }, 'only log queries can be tailed'],
  ['a long delay', { query: '{a="b"}', delay_for: '6' }, 'delay_for'],
  ['a bad limit', { query: '{a="b"}', limit: '-1' }, 'limit'],
  ['too many lines', { query: '{a="b"}', limit: '5001' }, 'limit'],
  ['a bad start', { query: '{a="b"}', start: 'x' }, 'start'],
  ['a long query', { query: `{a="${'b'.repeat(20_000)}"}` }, 'at most'],
  ['no WebSocket', { query: '{a="b"}' }, 'Upgrade: websocket'],
];
for (const [what, params, message] of refused) {
  test(`refuses ${what}`, async () => {
    const { status, body } = await loki.get('tail', params);
    assert.equal(status, 400);
    assert.ok(body.message.includes(message), body.message);
    if (what !== 'no WebSocket') await assert.rejects(open(params), /no WebSocket/);
    const events = await fetch(`${loki.url}/api/v1/logs/tail?${new URLSearchParams(params)}`);
    if (what === 'no WebSocket') await events.body?.cancel();
    else
      assert.equal(events.headers.get('content-type'), 'application/problem+json; charset=utf-8');
  });
}

test('pages of other sites are refused, other upgrades are not one', async () => {
  await assert.rejects(open({ query: '{a="b"}' }, { origin: 'http://evil.example' }));
  const { socket } = await open({ query: '{a="b"}' }, { origin: loki.url });
  socket.close();
  const { hostname, port } = new URL(loki.url);
  const raw = connect(Number(port), hostname);
  raw.write(
    'POST /loki/api/v1/query HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n' +
      'HTTP2-Settings: AAA\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 15\r\n\r\nquery=vector(1)',
  );
  let text = '';
  for await (const bytes of raw) {
    text += String(bytes);
    if (text.includes('}}')) break;
  }
  assert.match(text, /^HTTP\/1\.1 200 /);
});

/** Sends bytes behind the handshake and reads until the end. */
async function speak(frames: Uint8Array, ends = false): Promise<Buffer> {
  const { hostname, port } = new URL(loki.url);
  const raw = connect(Number(port), hostname);
  raw.write(
    `GET /loki/api/v1/tail?query=${encodeURIComponent('{a="b"}')}&limit=0 HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\n` +
      'Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
  );
  const parts: Buffer[] = [];
  let sent = false;
  for await (const bytes of raw) {
    parts.push(Buffer.from(bytes));
    if (!sent && ends) raw.end(frames);
    else if (!sent) raw.write(frames);
    sent = true;
  }
  const all = Buffer.concat(parts);
  assert.match(all.toString('latin1'), /Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=/);
  return all.subarray(all.indexOf('\r\n\r\n') + 4);
}

const frames: [string, number[], number[]][] = [
  ['a close is answered', [0x88, 0x82, 0, 0, 0, 0, 0x03, 0xe8], [0x88, 2, 0x03, 0xe8]],
  [
    'a ping is answered',
    [0x89, 0x81, 1, 1, 1, 1, 0x40, 0x88, 0x80, 0, 0, 0, 0],
    [0x8a, 1, 0x41, 0x88, 2, 0x03, 0xe8],
  ],
  ['texts are left', [0x81, 0x81, 0, 0, 0, 0, 65, 0x88, 0x80, 0, 0, 0, 0], [0x88, 2, 0x03, 0xe8]],
  ['frames without mask end it', [0x81, 0x01, 65], [0x88, 2, 0x03, 0xea]],
  ['reserved bits end it', [0xc1, 0x81, 0, 0, 0, 0, 65], [0x88, 2, 0x03, 0xea]],
  ['long control frames end it', [0x89, 0xfe, 0, 200], [0x88, 2, 0x03, 0xea]],
  ['long frames end it', [0x82, 0xff, 0, 0, 0, 0, 1, 0, 0, 0], [0x88, 2, 0x03, 0xf1]],
];
for (const [what, send, want] of frames) {
  test(`WebSocket: ${what}`, async () => {
    assert.deepEqual([...(await speak(Uint8Array.from(send)))], want);
  });
}

test('WebSocket: whatever bytes come, the process goes on', async () => {
  const end = Uint8Array.of(0x88, 0x80, 0, 0, 0, 0);
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
      // A frame that is never finished is ended by the client.
      await speak(Buffer.concat([bytes, end]), true);
    }),
    { numRuns: 100 },
  );
  assert.equal((await loki.get('query', { query: '1' })).status, 200);
});

test('server-sent events', async () => {
  const now = Date.now();
  const client = new AbortController();
  const params = new URLSearchParams({ query: '{service_name="e"}', limit: '10' });
  await loki.push({ service_name: 'e' }, [[now - 1000, 'before']]);
  const response = await fetch(`${loki.url}/api/v1/logs/tail?${params}`, { signal: client.signal });
  assert.equal(response.headers.get('content-type'), 'text/event-stream; charset=utf-8');
  assert.ok(response.body !== null);
  let text = '';
  const decoder = new TextDecoder();
  for await (const bytes of response.body) {
    text += decoder.decode(bytes, { stream: true });
    if (text.includes('before') && !text.includes('after')) {
      await loki.push({ service_name: 'e' }, [[now, 'after\nall']]);
    }
    if (text.includes('after')) break;
  }
  const events = text.split('\n\n').filter((event) => event.startsWith('data: '));
  const values = events.map((event) => JSON.parse(event.slice(6)).streams[0].values[0]);
  const rest = { structuredMetadata: { detected_level: 'unknown' } };
  assert.deepEqual(values, [
    [`${now - 1000}000000`, 'before', rest],
    [`${now}000000`, 'after\nall', rest],
  ]);
  client.abort();
});

test('listeners are bounded, and those that leave make room', async () => {
  const tails = [];
  let refusal: Response | undefined;
  while (refusal === undefined) {
    const response = await fetch(
      `${loki.url}/api/v1/logs/tail?query=${encodeURIComponent('{a="b"}')}`,
    );
    if (response.status === 200) tails.push(response);
    else refusal = response;
    assert.ok(tails.length <= 6);
  }
  assert.equal(refusal.status, 429);
  for (const { body } of tails) await body?.cancel();
  for (;;) {
    const response = await fetch(
      `${loki.url}/api/v1/logs/tail?query=${encodeURIComponent('{a="b"}')}`,
    );
    await response.body?.cancel();
    if (response.status === 200) break;
  }
});

test('clients that leave at once leave no tail', async () => {
  const { hostname, port } = new URL(loki.url);
  const head =
    'Host: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: x\r\n\r\n';
  for (const path of ['/loki/api/v1/tail', '/api/v1/logs/tail']) {
    for (let i = 0; i < 20; i++) {
      const raw = connect(Number(port), hostname);
      raw.on('error', () => {});
      const plain = path.startsWith('/api') ? 'Host: localhost\r\n\r\n' : head;
      raw.write(`GET ${path}?query=${encodeURIComponent('{a="b"}')} HTTP/1.1\r\n${plain}`);
      await new Promise((resolve) => setTimeout(resolve, i % 4));
      raw.resetAndDestroy();
    }
  }
  for (;;) {
    const metrics = await (await fetch(`${loki.url}/metrics`)).text();
    if (/^sightline_logs_tails(\{.*\})? 0$/m.test(metrics)) break;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
});

test('a token is asked for', async () => {
  const guarded = await startLoki(['--token', 'secret']);
  const saved = loki;
  loki = guarded;
  const query = '{a="b"}';
  await assert.rejects(open({ query }), /no WebSocket/);
  assert.equal((await guarded.get('tail', { query })).status, 401);
  const { socket } = await open({ query, limit: '0' }, { authorization: 'Bearer secret' });
  socket.close();
  loki = saved;
  await guarded.stop();
});

test('a tail that ends with the server says so', async () => {
  const other = await startLoki();
  const saved = loki;
  loki = other;
  const { ended } = await open({ query: '{a="b"}', limit: '0' });
  loki = saved;
  const stopped = other.stop();
  assert.deepEqual(await ended(), { code: 1001, reason: 'the process is stopping' });
  await stopped;
});
