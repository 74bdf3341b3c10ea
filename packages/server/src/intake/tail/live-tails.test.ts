import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { LogBatch } from '@sightline/wire';
import type { LogObserver } from '../record-observers.ts';
import { type LiveTailOptions, LiveTails } from './live-tails.ts';
import type { TailAsk } from './messages.ts';

const made: LiveTails[] = [];
after(() => Promise.all(made.map((tails) => tails.close())));

function liveTails(options: Partial<LiveTailOptions> = {}) {
  const watching = new Set<LogObserver>();
  const tails = new LiveTails({
    maxTails: 10,
    watch: (observer) => {
      watching.add(observer);
      return () => watching.delete(observer);
    },
    ...options,
  });
  made.push(tails);
  const arrive = (lines: readonly string[], tenant = 't') => {
    const batch = new LogBatch();
    for (const line of lines) {
      const at = batch.sideLength;
      batch.writer.byte(0);
      batch.writer.prefixedText(line);
      batch.push(1, 1, 1, 9, at);
    }
    for (const observer of watching) {
      observer.onLogs(tenant, batch, () => ['service_name', 'a']);
    }
  };
  return { tails, watching, arrive };
}

const ASK: TailAsk = { tenant: 't', query: '{service_name="a"}', categorize: true, delayMs: 0 };

/** A listener whose messages are waited for one by one. */
function listener() {
  const messages: { lines: number; dropped: number }[] = [];
  let reason: string | undefined;
  let wake = (): void => {};
  const wait = () =>
    new Promise<void>((resolve) => {
      wake = resolve;
    });
  return {
    lines(streams: Uint8Array, dropped: number) {
      const parsed: { values: unknown[] }[] = JSON.parse(`[${new TextDecoder().decode(streams)}]`);
      messages.push({ lines: parsed.reduce((sum, { values }) => sum + values.length, 0), dropped });
      wake();
    },
    ended(why: string) {
      reason = why;
      wake();
    },
    async next() {
      while (messages.length === 0) await wait();
      return messages.shift();
    },
    async end() {
      while (reason === undefined) await wait();
      return reason;
    },
  };
}

test('nobody is watched for when nobody listens; the thread ends', async () => {
  const { tails, watching } = liveTails({ idleMs: 1 });
  assert.equal(watching.size, 0);
  const one = await tails.open(ASK, listener());
  const other = await tails.open(ASK, listener());
  assert.equal(watching.size, 1);
  one.close();
  assert.equal(watching.size, 1);
  other.close();
  other.close();
  assert.equal(watching.size, 0);
  await new Promise((resolve) => setTimeout(resolve, 20));
  const again = listener();
  const tail = await tails.open(ASK, again);
  assert.equal(watching.size, 1);
  assert.equal(tails.stats().open, 1);
  tail.close();
});

test('a listener gets nothing before it is ready, and loses what it does not take', async () => {
  const { tails, arrive } = liveTails();
  const slow = listener();
  const tail = await tails.open(ASK, slow);
  for (let i = 0; i < 5; i++) arrive(Array.from({ length: 1000 }, (_, n) => `line ${i} ${n}`));
  arrive(['other'], 'them');
  tail.begin(null);
  assert.deepEqual(await slow.next(), { lines: 2000, dropped: 3000 });
  assert.deepEqual(tails.stats(), { open: 1, refused: 0, dropped: 3000 });
  arrive(['one more']);
  tail.ready();
  assert.deepEqual(await slow.next(), { lines: 1, dropped: 0 });
  tail.close();
});

test('what waits is bounded by its length too', async () => {
  const { tails, arrive } = liveTails();
  const slow = listener();
  const tail = await tails.open(ASK, slow);
  arrive(Array.from({ length: 20 }, () => 'x'.repeat(100_000)));
  tail.begin(null);
  assert.deepEqual(await slow.next(), { lines: 11, dropped: 9 });
  tail.close();
});

test('what does not fit on the way to the thread is counted as lost', async () => {
  const { tails, arrive } = liveTails();
  const one = listener();
  const tail = await tails.open({ ...ASK, query: '{service_name="a"} |= "never"' }, one);
  const lines = Array.from({ length: 5000 }, () => 'x'.repeat(1000));
  for (let i = 0; i < 10; i++) arrive(lines);
  tail.begin(null);
  const message = await one.next();
  assert.equal(message?.lines, 0);
  assert.ok((message?.dropped ?? 0) >= 5000);
  tail.close();
});

test('a query that takes too long ends the tails, and new ones can be opened', async () => {
  const { tails, arrive } = liveTails({ maxSilenceMs: 3000 });
  const one = listener();
  const query = `{service_name="a"} | regexp "(?P<x>((.*b){15}){15})q"`;
  await tails.open({ ...ASK, query }, one);
  arrive(Array.from({ length: 1000 }, (_, i) => `${i} q${'ab'.repeat(5000)}q`));
  assert.match(await one.end(), /took too long/);
  assert.equal(tails.stats().open, 0);
  const next = listener();
  const tail = await tails.open(ASK, next);
  tail.begin(null);
  arrive(['x']);
  assert.deepEqual(await next.next(), { lines: 1, dropped: 0 });
});

test('after the end there is no tail', async () => {
  const { tails } = liveTails();
  const one = listener();
  await tails.open(ASK, one);
  await tails.close();
  assert.match(await one.end(), /stopping/);
  await assert.rejects(tails.open(ASK, one), { name: 'TailRefused', reason: 'closed' });
});
