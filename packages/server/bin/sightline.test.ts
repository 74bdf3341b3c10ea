import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const BIN = fileURLToPath(new URL('./sightline.js', import.meta.url));

/** This Node, and any other that the path offers: an older one has to hand over. */
const nodes = [
  process.execPath,
  ...(process.env.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, 'node'))
    .filter((path) => existsSync(path)),
];

function nodeMajor(path: string): number {
  return Number.parseInt(spawnSync(path, ['-p', 'process.versions.node']).stdout.toString(), 10);
}

const seen = new Map(nodes.map((path) => [nodeMajor(path), path]));
for (const [major, node] of seen) {
  if (major < 20) continue;

  test(`Node ${major} prints the version and passes exit codes on`, () => {
    const version = spawnSync(node, [BIN, 'version', '--json'], { encoding: 'utf8' });
    assert.equal(version.status, 0, version.stderr);
    assert.match(JSON.parse(version.stdout).node, /^v(2[6-9]|[3-9]\d)\./);
    assert.equal(spawnSync(node, [BIN, 'nothing']).status, 2);
  });

  test(`Node ${major} passes signals on and leaves nothing behind`, async () => {
    const data = mkdtempSync(join(tmpdir(), 'sightline-bin-'));
    const flags = ['--http', '127.0.0.1:0', '--otlp-http', 'off', '--otlp-grpc', 'off'];
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      const child = spawn(node, [BIN, ...flags, '--data', data], {
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      const exit = once(child, 'exit');
      // The pipe closes when the last process that holds it is gone.
      const end = once(child.stderr, 'close');
      let told = '';
      for await (const chunk of child.stderr
        .setEncoding('utf8')
        .iterator({ destroyOnReturn: false })) {
        told += String(chunk);
        if (told.includes('ready in')) break;
      }
      assert.match(told, /ready in .* http:\/\/127\.0\.0\.1:\d+/);
      child.stderr.resume();
      child.kill(signal);
      assert.deepEqual(await exit, signal === 'SIGTERM' ? [0, null] : [null, 'SIGKILL']);
      await end;
    }
  });
}
