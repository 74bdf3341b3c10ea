import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));
const children = new Set<ChildProcess>();
after(() => {
  for (const child of children) child.kill('SIGKILL');
});

function temporary(): string {
  return mkdtempSync(join(tmpdir(), 'sightline-serve-'));
}

/** A server on a free port; `told` waits for a line on its stderr. */
function serve(data: string, ...args: string[]) {
  const flags = ['--otlp-http', 'off', '--otlp-grpc', 'off', '--data', data, ...args];
  const child = spawn(process.execPath, ['--conditions=development', MAIN, ...flags], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.add(child);
  const exit = once(child, 'exit');
  let text = '';
  let output = '';
  child.stderr.setEncoding('utf8').on('data', (chunk) => {
    text += chunk;
  });
  child.stdout.setEncoding('utf8').on('data', (chunk) => {
    output += chunk;
  });
  const told = async (pattern: RegExp): Promise<RegExpExecArray> => {
    for (;;) {
      const found = pattern.exec(text);
      if (found !== null) return found;
      if (child.exitCode !== null) throw new Error(`ended without a word of ${pattern}: ${text}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };
  return { child, exit, told, output: () => output, text: () => text };
}

const READY = /ready in [\d.]+ s: http:\/\/127\.0\.0\.1:(\d+)/;

test('serves, reloads on SIGHUP, ends on SIGTERM, and writes nothing to stdout', async () => {
  const data = temporary();
  const file = join(data, 'sightline.yaml');
  writeFileSync(file, 'query:\n  timeout_ms: 60s\n');
  const server = serve(join(data, 'data'), '--config', file, '--http', '127.0.0.1:0');
  await server.told(READY);
  writeFileSync(file, 'query:\n  timeout_ms: 30s\nhttp: 127.0.0.1:1\n');
  server.child.kill('SIGHUP');
  await server.told(/configuration reloaded; changed: query\.timeout_ms/);
  writeFileSync(file, 'query:\n  timeout: 30s\n');
  server.child.kill('SIGHUP');
  await server.told(/did you mean query\.timeout_ms\?/);
  await server.told(/what was in force stays/);
  server.child.kill('SIGTERM');
  assert.deepEqual(await server.exit, [0, null]);
  assert.equal(server.output(), '');
});

test('a signal during the start is not lost', async () => {
  const server = serve(temporary(), '--http', '127.0.0.1:0');
  await server.told(/preset/);
  server.child.kill('SIGINT');
  assert.deepEqual(await server.exit, [0, null]);
});

test('a second server on the same port or directory says so and exits with 1', async () => {
  const data = temporary();
  const first = serve(data, '--http', '127.0.0.1:0');
  const [, port] = await first.told(READY);
  const samePort = serve(temporary(), '--http', `127.0.0.1:${port}`);
  assert.deepEqual(await samePort.exit, [1, null]);
  assert.match(samePort.text(), /error: http: 127\.0\.0\.1:\d+ is taken by another process/);
  const sameData = serve(data, '--http', '127.0.0.1:0');
  assert.deepEqual(await sameData.exit, [1, null]);
  assert.match(sameData.text(), /^error: .*held by another process/m);
  assert.ok(!sameData.text().includes('    at '));
  first.child.kill('SIGTERM');
  assert.deepEqual(await first.exit, [0, null]);
});

test('an open request does not hold the end up', async () => {
  const server = serve(temporary(), '--http', '127.0.0.1:0');
  const [, port] = await server.told(READY);
  const stuck = fetch(`http://127.0.0.1:${port}/api/v1/import/prometheus`, {
    method: 'POST',
    body: new ReadableStream({ start: (controller) => controller.enqueue(new Uint8Array(1)) }),
    duplex: 'half',
  });
  stuck.catch(() => {});
  await new Promise((resolve) => setTimeout(resolve, 200));
  server.child.kill('SIGTERM');
  assert.deepEqual(await server.exit, [0, null]);
  await assert.rejects(stuck);
});
