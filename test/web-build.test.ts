/** What the built page promises: its size, nothing from outside, and types that fit the server. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { schemaSource } from '../packages/web/scripts/schema-source.ts';
import { projectRoot } from './harness/directory.ts';
import { type Peer, startSightline } from './harness/peers.ts';

const web = join(projectRoot, 'packages', 'web');
const dist = join(web, 'dist');
/** First load of the Overview, compressed as the server does. */
const budgetBytes = 150_000;

let server: Peer;
before(async () => {
  server = await startSightline();
});
after(() => server.stop());

test('the first load of the Overview stays within its budget', () => {
  const html = readFileSync(join(dist, 'index.html'), 'utf8');
  const linked = [...html.matchAll(/(?:src|href)="\/([^"]+\.(?:js|css))"/g)].map(
    (found) => found[1] ?? '',
  );
  assert.ok(linked.length >= 2, html);
  const sizes = ['index.html', ...linked].map(
    (name) => gzipSync(readFileSync(join(dist, name)), { level: 9 }).length,
  );
  const total = sizes.reduce((sum, size) => sum + size, 0);
  assert.ok(total <= budgetBytes, `${total} bytes of ${['index.html', ...linked].join(', ')}`);
});

test('the page asks nothing of other hosts', () => {
  const files = readdirSync(dist, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /\.(js|css|html)$/.test(name),
  );
  for (const name of files) {
    const text = readFileSync(join(dist, name), 'utf8');
    const loaded =
      text.match(/(?:url\(|import\(|src=|@import |fetch\()["'`]?https?:\/\/[^"'`)\s]+/g) ?? [];
    assert.deepEqual(loaded, [], name);
  }
});

test('the types of our own API are those of the server', async () => {
  const document = await (await fetch(`${server.url}/openapi.json`)).text();
  const committed = readFileSync(join(web, 'src', 'api', 'schema.ts'), 'utf8');
  const hint = 'run: node packages/web/scripts/generate-schema.ts URL';
  assert.equal(committed, await schemaSource(document), hint);
});
