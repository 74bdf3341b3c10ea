import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { after, test } from 'node:test';
import { createLog } from '../log.ts';
import { buildApp } from './app.ts';
import { BodyBudget } from './body.ts';

const KIB = 1024;

test('buffers of usual bodies are used again, up to a bound', () => {
  const budget = new BodyBudget(1 << 30);
  const first = budget.buffer(100 * KIB);
  budget.reuse(first);
  assert.notEqual(budget.buffer(200 * KIB), first, 'too small');
  assert.equal(budget.buffer(90 * KIB), first);
  assert.notEqual(budget.buffer(90 * KIB), first, 'taken');
  const small = Buffer.alloc(10);
  budget.reuse(small);
  assert.notEqual(budget.buffer(10), small);
  const large = Array.from({ length: 10 }, () => Buffer.alloc(1024 * KIB));
  for (const buffer of large) budget.reuse(buffer);
  const again = large.map(() => budget.buffer(1024 * KIB));
  assert.equal(again.filter((buffer) => large.some((one) => one === buffer)).length, 4);
});

const waiting: (() => void)[] = [];
const bodies: Buffer[] = [];
const app = buildApp({
  log: createLog('error', (line) => assert.fail(line)),
  token: undefined,
  allowedHosts: () => [],
  maxBodyBytes: 1 << 20,
  bodyBudget: new BodyBudget(1 << 30),
  pageFolder: '/nowhere',
});
app.post('/slow', async (request) => {
  assert.ok(Buffer.isBuffer(request.body));
  bodies.push(request.body);
  await new Promise<void>((resolve) => waiting.push(resolve));
  return '';
});
app.post('/fast', async (request) => {
  assert.ok(Buffer.isBuffer(request.body));
  return String(request.body.every((byte) => byte === 2));
});
after(() => app.close());

test('a route that is still at work keeps the body of a connection that broke off', async () => {
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  const body = Buffer.alloc(100 * KIB, 1);
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  const head = `POST /slow HTTP/1.1\r\nhost: localhost\r\ncontent-length: ${body.length}\r\n\r\n`;
  socket.write(head);
  socket.write(body);
  while (bodies.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  socket.destroy();
  await once(socket, 'close');
  for (let i = 0; i < 10; i++) {
    const answer = await fetch(`${url}/fast`, { method: 'POST', body: Buffer.alloc(100 * KIB, 2) });
    assert.equal(await answer.text(), 'true');
  }
  assert.ok(bodies[0]?.every((byte) => byte === 1));
  for (const resolve of waiting) resolve();
});
