/** The page's snippets are run as they stand, against a server that asks for a token. */
import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { snippetsFor } from '../packages/web/src/overview/snippets.ts';
import { projectRoot } from './harness/directory.ts';
import { type Peer, startPrometheus, startSightline } from './harness/peers.ts';
import { startProcess, until } from './harness/process.ts';

const token = 'open-sesame';
let server: Peer;
before(async () => {
  server = await startSightline({ args: ['--token', token] });
});
after(() => server.stop());

function snippet(id: string): string {
  const { origin, host } = new URL(server.url);
  const place = { origin, host, secure: false, grpc: undefined, withToken: true };
  const found = snippetsFor(place).find((one) => one.id === id);
  assert.ok(found, id);
  return found.text.replaceAll('YOUR_TOKEN', token);
}

/** Waits until `expression` has a result at `url`. */
function found(url: string, expression: string, headers: Record<string, string>): Promise<void> {
  return until(`${expression} is there`, async () => {
    const body = new URLSearchParams({ query: expression });
    const response = await fetch(`${url}/api/v1/query`, { method: 'POST', body, headers });
    return /"result":\[\{/.test(await response.text());
  });
}

const ours = { authorization: `Bearer ${token}` };

test('Node.js', async () => {
  // Beside the packages that it imports.
  const file = join(projectRoot, 'node_modules', '.web-snippet.mjs');
  writeFileSync(file, snippet('node'));
  try {
    const script = await startProcess(process.execPath, [file]);
    assert.equal(await script.exited, 0, script.output());
  } finally {
    rmSync(file);
  }
  await found(server.url, 'orders_total{job="my-service"}', ours);
});

test('curl', async () => {
  const shell = await startProcess('bash', ['-c', snippet('curl')]);
  assert.equal(await shell.exited, 0, shell.output());
  await found(server.url, 'room_temperature_celsius{room="kitchen"} == 21.5', ours);
});

test('Prometheus, both ways', async (context) => {
  const config = `global: { scrape_interval: 1s }\n${snippet('remote-write')}\n${snippet('scrape')}\n`;
  const prometheus = await startPrometheus(config);
  context.after(() => prometheus.stop());
  await found(prometheus.url, 'up{job="sightline"} == 1', {});
  await found(prometheus.url, 'sightline_head_rows', {});
  await found(server.url, `up{job="sightline",instance="${new URL(server.url).host}"} == 1`, ours);
});
