import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { StoreUnavailableError } from '@sightline/store';
import fastify, { type FastifyInstance } from 'fastify';
import { Intake } from '../../intake/intake.ts';
import { MemoryStore } from '../../intake/test-store.ts';
import { registerImport } from './import.ts';

function app(store: MemoryStore, limits = {}): { app: FastifyInstance; intake: Intake } {
  const intake = new Intake({ store, limits });
  const server = fastify();
  server.decorateRequest('tenant', 'default');
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', { parseAs: 'buffer' }, async (_: unknown, body: Buffer) => body);
  registerImport(server, { intake });
  return { app: server, intake };
}

async function post(
  store: MemoryStore,
  body: string | Buffer,
  query = '',
  headers: Record<string, string> = {},
) {
  const { statusCode, body: text } = await app(store).app.inject({
    method: 'POST',
    url: `/api/v1/import/prometheus${query}`,
    payload: body,
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
  });
  return {
    statusCode,
    text,
    rows: store.rows.map((row) => `${row.series} ${row.value} @${row.t}`),
  };
}

test('stores a text; lines without a time get the given one', async () => {
  const got = await post(new MemoryStore(), 'a{b="c"} 1 1000\nd 2\n', '?timestamp=5000');
  assert.deepEqual(got, { statusCode: 204, text: '', rows: ['a{b="c"} 1 @1000', 'd 2 @5000'] });
});

test('lines without a time get now', async () => {
  const store = new MemoryStore();
  const from = Date.now();
  await post(store, 'a 1');
  const t = store.rows[0]?.t ?? 0;
  assert.ok(t >= from && t <= Date.now());
});

test('gzip, OpenMetrics, extra labels that win over the line’s', async () => {
  const body = gzipSync('a{b="c",x="y"} 1 1.5\n# EOF\n');
  const got = await post(new MemoryStore(), body, '?extra_label=b=d&extra_label=e=f=g&unknown=1', {
    'content-encoding': 'gzip',
    'content-type': 'application/openmetrics-text; version=1.0.0',
  });
  assert.deepEqual(got, {
    statusCode: 204,
    text: '',
    rows: ['a{b="d",e="f=g",x="y"} 1 @1500'],
  });
});

test('stores the valid lines and tells about the others', async () => {
  const store = new MemoryStore();
  const { app: server, intake } = app(store);
  const far = Date.now() + 3_600_000;
  const answer = await server.inject({
    method: 'POST',
    url: '/api/v1/import/prometheus',
    payload: `a 1 1\nb x\nc 3 3\nd{\ne 1 ${far}\n`,
    headers: { 'content-type': 'text/plain' },
  });
  assert.equal(answer.statusCode, 400);
  assert.equal(
    answer.body,
    `3 lines were refused, 2 stored
line 5: time ${far} ms is outside the bounds
line 2: invalid value "x"
line 4: the labels are not closed
`,
  );
  assert.deepEqual(
    store.rows.map(({ series }) => series),
    ['a', 'c'],
  );
  const { protocols, rejections } = intake.counters.snapshot();
  const counted = protocols.find(({ protocol }) => protocol === 'import');
  assert.equal(counted?.points.accepted, 2);
  assert.equal(counted?.points.rejected, 3);
  assert.deepEqual(rejections.map(({ reason, count }) => `${reason} ${count}`).sort(), [
    'malformed 2',
    'too_far_in_future 1',
  ]);
});

test('a large body is stored in parts, with line numbers that hold', async () => {
  const lines = Array.from({ length: 30_000 }, (_, i) => `metric_${i % 100}{n="${i}"} ${i} ${i}`);
  lines[25_000] = 'broken';
  const store = new MemoryStore();
  const got = await post(store, lines.join('\n'));
  assert.equal(got.text, '1 lines were refused, 29999 stored\nline 25001: expected a value\n');
  assert.equal(store.rows.length, 29_999);
});

/** Body, query and headers in; status and text out. */
function refuses(
  what: string,
  status: number,
  message: RegExp,
  body: string,
  query = '',
  headers: Record<string, string> = {},
): void {
  test(`refuses ${what}`, async () => {
    const got = await post(new MemoryStore(), body, query, headers);
    assert.equal(got.statusCode, status);
    assert.match(got.text, message);
  });
}

refuses('a timestamp that is none', 400, /timestamp "x"/, 'a 1', '?timestamp=x');
refuses('an extra label that is none', 400, /extra_label "x"/, 'a 1', '?extra_label=x');
refuses('gzip that is none', 400, /body is not gzip/, 'a 1', '', { 'content-encoding': 'gzip' });
refuses('an unknown encoding', 415, /not supported/, 'a 1', '', { 'content-encoding': 'lzma' });
refuses('OpenMetrics without an end', 400, /# EOF/, 'a 1', '', {
  'content-type': 'application/openmetrics-text',
});

test('an empty body stores nothing', async () => {
  assert.equal((await post(new MemoryStore(), '')).statusCode, 204);
});

test('a bomb and a store that fails answer 413 and 503', async () => {
  const store = new MemoryStore();
  const { app: server } = app(store, { maxDecompressedBytes: 1000 });
  const send = (payload: Buffer) =>
    server.inject({
      method: 'POST',
      url: '/api/v1/import/prometheus',
      payload,
      headers: { 'content-encoding': 'gzip' },
    });
  assert.equal((await send(gzipSync('x'.repeat(100_000)))).statusCode, 413);
  store.failure = new StoreUnavailableError('disk full');
  const failed = await send(gzipSync('a 1'));
  assert.equal(failed.statusCode, 503);
  assert.equal(failed.headers['retry-after'], '5');
});
