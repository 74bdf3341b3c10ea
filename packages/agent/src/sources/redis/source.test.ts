/** Against a real server, through both clients that applications use. */
import assert from 'node:assert/strict';
import { createServer, type Socket } from 'node:net';
import { after, before, test } from 'node:test';
import { createClient } from '@redis/client';
import fc from 'fast-check';
import { Redis } from 'ioredis';
import { type RedisServer, startRedis } from '../../../../../test/harness/redis.ts';
import type { AgentEvent } from '../../source.ts';
import { collect, type Run, value, withSource } from '../test-collect.ts';
import { REDIS_METRICS } from './metrics.ts';
import { RedisSource, type RedisSourceOptions } from './source.ts';

let server: RedisServer;
let admin: Redis;

before(async () => {
  server = await startRedis({ args: ['--slowlog-log-slower-than', '1000'] });
  admin = new Redis(server.url);
});

after(async () => {
  admin.disconnect();
  await server.stop();
});

function names(run: Run): string[] {
  return run.events.map(({ name }) => name);
}

test('hit rate, memory, clients and keys, through ioredis, node-redis and a url', async () => {
  const node = createClient({ url: server.url });
  await node.connect();
  const options: RedisSourceOptions[] = [
    { client: admin },
    { client: node },
    { url: server.url, name: 'cache' },
  ];
  for (const option of options) {
    await withSource(new RedisSource(option), async (source) => {
      await admin.flushall();
      await admin.mset({ 'cart:1': 'a', 'cart:2': 'b', 'session:1': 'c' });
      await collect(source);
      await admin.get('cart:1');
      await admin.get('cart:2');
      await admin.get('cart:3');
      await admin.get('session:1');
      const run = await collect(source);
      assert.equal(value(run, 'redis.keyspace.hit_ratio'), 0.75);
      assert.ok(value(run, 'redis.memory.used') > 1e5);
      assert.ok(value(run, 'redis.clients.connected') >= 1);
      assert.ok(value(run, 'redis.ping.duration') > 0);
      assert.equal(value(run, 'redis.db.keys', { db: '0' }), 3);
      assert.equal(value(run, 'redis.prefix.keys', { 'redis.key.prefix': 'cart' }), 2);
      assert.equal(value(run, 'redis.prefix.keys', { 'redis.key.prefix': 'session' }), 1);
      assert.ok(value(run, 'redis.prefix.memory', { 'redis.key.prefix': 'cart' }) > 50);
      assert.equal(value(run, 'redis.type.keys', { 'redis.key.type': 'string' }), 3);
      assert.deepEqual(names(run), []);
      assert.ok((source.vitals().redisMemoryBytes ?? 0) > 1e5);
      const known = new Set(REDIS_METRICS.map(({ name }) => name));
      assert.deepEqual(
        run.metrics.filter(({ name }) => !known.has(name)),
        [],
      );
      assert.equal(run.metrics[0]?.attributes?.['redis.instance'], option.name);
    });
  }
  node.destroy();
});

test('the sample neither counts as hits nor as use of keys', async () => {
  await admin.flushall();
  await admin.set('cart:1', 'a');
  await withSource(new RedisSource({ client: admin }), async (source) => {
    const first = value(await collect(source), 'redis.keyspace.hits');
    for (let i = 0; i < 5; i++) await collect(source);
    const run = await collect(source);
    assert.equal(value(run, 'redis.keyspace.hits'), first);
    assert.ok(Number.isNaN(value(run, 'redis.keyspace.hit_ratio')));
  });
});

test('a key prefix of the client is left to the client', async () => {
  await admin.flushall();
  await admin.mset({ 'shop:cart:1': 'a', 'other:1': 'b' });
  const client = new Redis(server.url, { keyPrefix: 'shop:' });
  await withSource(new RedisSource({ client }), async (source) => {
    const run = await collect(source);
    assert.equal(value(run, 'redis.prefix.keys', { 'redis.key.prefix': 'shop' }), 2);
    assert.deepEqual(names(run), []);
  });
  client.disconnect();
});

test('new entries of the slow log, with arguments hidden', async () => {
  await admin.flushall();
  await admin.rpush('list:1', ...Array.from({ length: 20_000 }, (_, i) => `secret-${i}`));
  await withSource(new RedisSource({ client: admin }), async (source) => {
    assert.equal(value(await collect(source), 'redis.slowlog.entries'), 0);
    await admin.eval('local n = 0 for i = 1, 2000000 do n = n + i end return n', 1, 'k', 'private');
    await admin.call('SORT', 'list:1', 'ALPHA', 'LIMIT', '0', '1');
    const run = await collect(source);
    const slow = run.events.map(({ attributes }) => attributes?.['db.query.text']);
    assert.deepEqual(slow, ['SORT list:1 ?', 'EVAL ?']);
    assert.equal(value(run, 'redis.slowlog.entries'), 2);
    assert.deepEqual(names(await collect(source)), []);
  });
});

test('keys are never asked for at once, and a sample of many stays small', async () => {
  await admin.flushall();
  const pipeline = admin.pipeline();
  for (let i = 0; i < 5000; i++) pipeline.set(`${i % 4 === 0 ? 'session' : 'cart'}:${i}`, 'x');
  for (let i = 0; i < 100; i++) pipeline.set(`kind${i}:1`, 'x');
  await pipeline.exec();
  await admin.config('RESETSTAT');
  await withSource(new RedisSource({ client: admin, sampleKeys: 100 }), async (source) => {
    for (let i = 0; i < 20; i++) await collect(source);
    const run = await collect(source);
    const carts = value(run, 'redis.prefix.keys', { 'redis.key.prefix': 'cart' });
    assert.ok(carts > 3300 && carts < 4200, String(carts));
    const prefixes = run.metrics.filter(({ name }) => name === 'redis.prefix.keys');
    assert.ok(prefixes.length <= 31);
    const total = prefixes.reduce((sum, metric) => sum + metric.value, 0);
    assert.equal(Math.round(total), 5100);
  });
  const stats = await admin.info('commandstats');
  assert.doesNotMatch(stats, /cmdstat_keys/);
  const scans = Number(/cmdstat_scan:calls=(\d+)/.exec(stats)?.[1]);
  assert.ok(scans <= 21 * 8, String(scans));
});

test('memory over the threshold, near its limit, evictions, hot and big keys', async () => {
  const args = [
    '--maxmemory',
    '20mb',
    '--maxmemory-policy',
    'allkeys-lfu',
    '--lfu-log-factor',
    '0',
  ];
  const small = await startRedis({ args });
  const client = new Redis(small.url);
  after(() => client.disconnect());
  after(() => small.stop());
  await withSource(new RedisSource({ client, memoryThresholdBytes: 15e6 }), async (source) => {
    await client.set('page:home', 'x');
    for (let i = 0; i < 40; i++) await client.get('page:home');
    await client.set('blob:1', 'x'.repeat(1.5e6));
    const run = await collect(source);
    assert.deepEqual(names(run).sort(), ['redis.big_key', 'redis.hot_key']);
    assert.match(
      run.events.find(({ name }) => name === 'redis.hot_key')?.message ?? '',
      /page:home/,
    );
    for (let i = 0; i < 2500; i++) await client.set(`fill:${i}`, 'x'.repeat(10_000));
    const full = await collect(source);
    assert.deepEqual(names(full).sort(), [
      'redis.evictions',
      'redis.memory_limit',
      'redis.memory_threshold',
    ]);
    assert.ok(value(full, 'redis.keys.evicted') > 0);
    assert.equal(value(full, 'redis.maxmemory'), 20 * 2 ** 20);
    assert.deepEqual(names(await collect(source)), []);
  });
});

test('what the user may not do is told once, the rest goes on', async () => {
  await admin.call('ACL', 'SETUSER', 'plain', 'on', '>plain', '~*', '+ping', '+info');
  const url = server.url.replace('redis://', 'redis://plain:plain@');
  await withSource(new RedisSource({ url }), async (source) => {
    const run = await collect(source);
    assert.deepEqual(names(run), ['redis.limited', 'redis.limited']);
    assert.match(run.events[0]?.message ?? '', /slow log could not be read: NOPERM/);
    assert.ok(value(run, 'redis.memory.used') > 0);
    assert.deepEqual(names(await collect(source)), []);
  });
});

test('a wrong password, a dead server and its return', async () => {
  const other = await startRedis({ args: ['--requirepass', 'right'] });
  after(() => other.stop());
  const wrong = other.url.replace('redis://', 'redis://:wrong@');
  await withSource(new RedisSource({ url: wrong }), async (source) => {
    await assert.rejects(collect(source), /NOAUTH|WRONGPASS/);
  });
  const right = other.url.replace('redis://', 'redis://:right@');
  const source = new RedisSource({ url: right });
  await collect(source);
  await other.stop();
  const events: AgentEvent[] = [];
  const signal = new AbortController().signal;
  for (let i = 0; i < 3; i++) {
    await assert.rejects(async () => source.collect({ signal, emit: (e) => events.push(e) }));
  }
  assert.deepEqual(
    events.map(({ name }) => name),
    ['redis.down'],
  );
  const back = await startRedis({ args: ['--requirepass', 'right'], port: other.port });
  after(() => back.stop());
  await source.collect({ signal, emit: (event) => events.push(event) });
  assert.equal(events.at(-1)?.name, 'redis.up');
  source.close();
});

test('a server that never answers costs one deadline, and nothing piles up', async () => {
  const sockets: Socket[] = [];
  const silent = createServer((socket) => sockets.push(socket));
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const address = silent.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  let sent = 0;
  const client = {
    call: () => {
      sent++;
      return new Promise(() => {});
    },
  };
  const source = new RedisSource({ client, timeoutMs: 20 });
  await assert.rejects(collect(source), /does not answer: no answer in 20 ms/);
  await assert.rejects(collect(source), /has not been answered yet/);
  assert.equal(sent, 1);
  await withSource(
    new RedisSource({ url: `redis://127.0.0.1:${port}`, timeoutMs: 50 }),
    async (own) => {
      await assert.rejects(collect(own));
    },
  );
  for (const socket of sockets) socket.destroy();
  silent.close();
});

test('whatever a server replies, what comes of it is numbers and events', async () => {
  const reply = fc.anything({ withBigInt: true, maxDepth: 3 });
  await fc.assert(
    fc.asyncProperty(fc.array(reply, { minLength: 1, maxLength: 9 }), async (replies) => {
      let asked = 0;
      const call = async (command: string) =>
        command === 'INFO' ? 'redis_version:7\r\n' : replies[asked++ % replies.length];
      const source = new RedisSource({ client: { call } });
      for (let i = 0; i < 3; i++) {
        const run = await collect(source);
        assert.ok(run.metrics.every((metric) => Number.isFinite(metric.value)));
      }
    }),
  );
});

test('what is no Redis, or answers garbage, is refused', async () => {
  for (const reply of [null, 7, {}, [], 'hello', Buffer.from('x')]) {
    const source = new RedisSource({ client: { call: async () => reply } });
    await assert.rejects(collect(source), /does not lead to Redis/);
  }
  const info = 'redis_version:7\r\nused_memory:x\r\nmaxmemory:\r\ndb0:keys\r\n:\r\n';
  const garbage = { call: async (command: string) => (command === 'INFO' ? info : [[], {}, 'x']) };
  const run = await collect(new RedisSource({ client: garbage }));
  assert.ok(run.metrics.every((metric) => Number.isFinite(metric.value)));
  assert.throws(() => new RedisSource({}), /either a client or a url/);
});
