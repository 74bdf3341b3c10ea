import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { pbkdf2Sync } from 'node:crypto';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { sleep, until } from '../../../../../test/harness/process.ts';
import type { AgentEvent } from '../../source.ts';
import { BlockingSource } from './blocking.ts';

function spin(ms: number): void {
  const endMs = performance.now() + ms;
  while (performance.now() < endMs);
}

function hashPassword(): void {
  const endMs = performance.now() + 200;
  while (performance.now() < endMs) pbkdf2Sync('password', 'salt', 20_000, 64, 'sha512');
}

async function watched(
  stacks: boolean,
  use: (events: readonly AgentEvent[], source: BlockingSource) => Promise<void>,
): Promise<void> {
  const events: AgentEvent[] = [];
  const source = new BlockingSource({ stacks, emit: (event) => events.push(event) });
  try {
    await use(events, source);
  } finally {
    source.close();
  }
}

test('blocks are counted and told, short ones are not', async () => {
  await watched(false, async (events, source) => {
    await sleep(50);
    spin(300);
    // A busy machine may add blocks of its own.
    const durationMs = (event: AgentEvent) =>
      Number(event.attributes?.['process.blocked.duration_ms']);
    await until('the block is told', () => events.some((event) => durationMs(event) >= 250));
    const metrics = source.collect();
    const count = metrics.find(({ name }) => name === 'nodejs.eventloop.blocks')?.value ?? 0;
    const durations = metrics.find(({ name }) => name === 'nodejs.eventloop.block.duration');
    assert.ok(count >= 1);
    assert.equal(durations?.value, count);
    assert.ok((durations?.distribution?.sum ?? 0) >= 0.25);
  });
});

test('the stack names the function that blocks, in JavaScript and in native code', async () => {
  await watched(true, async (events) => {
    for (const [block, name] of [
      [() => spin(300), 'spin'],
      [hashPassword, 'hashPassword'],
    ] as const) {
      // Until the worker is up, and whenever it is late on a busy machine, blocks have no stack.
      await until(`a block names ${name}`, async () => {
        block();
        await sleep(100);
        return events.some(({ attributes }) => attributes?.['code.function.name'] === name);
      });
    }
    const told = events.find(({ attributes }) => attributes?.['code.function.name'] === 'spin');
    assert.match(String(told?.attributes?.['code.file.path']), /blocking\.test\.ts$/);
    assert.match(
      String(told?.attributes?.['code.stacktrace']),
      /at spin .*\n.*at .*blocking\.test/,
    );
    assert.match(told?.message ?? '', /blocked for \d+ ms in spin/);
  });
});

test('nothing runs until the longest delay of a collection was a block', async () => {
  let longestMs = 400;
  let aheadMs = 0;
  const clock = { now: () => performance.now() + aheadMs, unixMs: () => Date.now() };
  const events: AgentEvent[] = [];
  const timers = (): number =>
    process.getActiveResourcesInfo().filter((type) => type === 'Timeout').length;
  const before = timers();
  const source = new BlockingSource({
    clock,
    takeLongestDelayMs: () => longestMs,
    emit: (event) => events.push(event),
  });
  try {
    for (const at of [0, 20_000]) {
      aheadMs = at;
      source.collect();
      assert.equal(events.length, 0, 'the application was loading');
    }
    longestMs = 49;
    source.collect();
    assert.equal(events.length, 0);
    assert.equal(timers(), before);
    longestMs = 400;
    assert.equal(source.collect()[0]?.value, 1);
    assert.match(events[0]?.message ?? '', /blocked for 400 ms\.$/);
    spin(150);
    await until('the watch tells', () => events.length > 1);
    aheadMs += 3600_000;
    source.collect();
    assert.equal(timers(), before);
  } finally {
    source.close();
  }
});

test('a flood of blocks is counted, and few are told', async () => {
  await watched(false, async (events, source) => {
    for (let i = 0; i < 15; i++) {
      spin(80);
      await sleep(25);
    }
    await sleep(50);
    assert.ok(events.length <= 10);
    assert.ok((source.collect()[0]?.value ?? 0) >= events.length);
  });
});

test('neither the timer nor the worker keeps a process alive, and no preload runs in the worker', async () => {
  const code = `
    const { BlockingSource } = await import(${JSON.stringify(new URL('./blocking.ts', import.meta.url).href)});
    new BlockingSource({ emit: () => {} });
    for (let i = 0; i < 2; i++) {
      for (const endMs = performance.now() + 100; performance.now() < endMs;);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    console.log('done');
    process.exit();`;
  const preload = `data:text/javascript,console.log('loaded')`;
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    ['--conditions=development', '--input-type=module', '-e', code],
    { env: { ...process.env, NODE_OPTIONS: `--import=${preload}` }, timeout: 20_000 },
  );
  assert.equal(stdout, 'loaded\ndone\n');
  assert.doesNotMatch(stderr, /debugger/);
});
