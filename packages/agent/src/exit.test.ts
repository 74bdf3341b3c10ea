import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { flushBeforeExit } from './exit.ts';
import { listening } from './http/test-server.ts';

/** What the agent and `process.kill` are asked for while `run` goes on. */
async function calls(run: () => void): Promise<unknown[]> {
  const made: unknown[] = [];
  const { kill } = process;
  process.kill = (_pid, signal) => {
    made.push(signal);
    return true;
  };
  const remove = flushBeforeExit({
    flush: () => made.push('flush'),
    stop: async () => {
      made.push('stop');
    },
  });
  try {
    run();
    await new Promise(setImmediate);
  } finally {
    remove();
    process.kill = kill;
  }
  return made;
}

test('where nobody else listens, the agent stops and sends the signal again', async () => {
  assert.deepEqual(await calls(() => process.emit('SIGTERM', 'SIGTERM')), ['stop', 'SIGTERM']);
  assert.equal(process.listenerCount('SIGTERM') + process.listenerCount('SIGINT'), 0);
});

test('where the application handles the signal, the agent flushes, goes on, and stops at the natural end', async () => {
  let handled = 0;
  const made = await calls(() => {
    process.once('SIGTERM', () => handled++);
    process.emit('SIGTERM', 'SIGTERM');
    assert.equal(process.listenerCount('SIGTERM'), 0);
    assert.equal(process.listenerCount('SIGINT'), 1);
    process.emit('beforeExit', 0);
  });
  assert.deepEqual([handled, made], [1, ['flush', 'stop']]);
});

test('a listener of the application that is called once, and was there first, decides when the process ends', async () => {
  let handled = 0;
  process.once('SIGTERM', () => handled++);
  const made = await calls(() => process.emit('SIGTERM', 'SIGTERM'));
  assert.deepEqual([handled, made], [1, ['flush']]);
});

test('while the application drains, what it does is collected and sent at its end', async (t) => {
  const bodies: Buffer[] = [];
  const url = await listening(
    t,
    createServer(async (request, response) => {
      const parts: Buffer[] = [];
      for await (const part of request) parts.push(part);
      bodies.push(Buffer.concat(parts));
      response.end();
    }),
  );
  const program = `
    import { start } from '${new URL('./index.ts', import.meta.url).href}';
    const agent = await start({ endpoint: '${url}', compression: 'none', flushIntervalMs: 60_000 });
    const busy = setInterval(() => {}, 1000);
    process.once('SIGTERM', () => {
      setImmediate(() => {
        agent.business.processed('drained');
        agent.track('late', () => {});
        clearInterval(busy);
      });
    });
    process.kill(process.pid, 'SIGTERM');
  `;
  const args = ['--conditions=development', '--input-type=module', '--eval', program];
  await promisify(execFile)(process.execPath, args, { cwd: import.meta.dirname });
  const sent = Buffer.concat(bodies);
  for (const name of ['drained', 'late']) assert.ok(sent.includes(name), name);
});
