/** Node does not run decorators, so the class is compiled first, by the TypeScript compiler as an application's would be. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { tracked, useTracker } from './tracked.ts';
import { Tracker } from './tracker.ts';

const SOURCE = `
type Tracked = typeof import('${new URL('./tracked.ts', import.meta.url).pathname}').tracked;
export const shopWith = (tracked: Tracked) => class Shop {
  factor = 2;
  @tracked() price(cents: number): number { return cents * this.factor; }
  @tracked('order') async order(id: string): Promise<string> { if (id === '') throw new Error('no id'); return id; }
  @tracked() static open(): boolean { return true; }
};
`;

function compile(dir: string): string {
  const root = fileURLToPath(new URL('../../../../', import.meta.url));
  const file = join(dir, 'shop.ts');
  writeFileSync(file, SOURCE);
  const config = {
    compilerOptions: {
      target: 'es2022',
      module: 'nodenext',
      strict: true,
      allowImportingTsExtensions: true,
      rewriteRelativeImportExtensions: true,
      outDir: join(dir, 'out'),
      rootDir: '/',
      types: [],
      lib: ['es2022', 'esnext.decorators'],
    },
    files: [file],
  };
  writeFileSync(join(dir, 'tsconfig.json'), JSON.stringify(config));
  writeFileSync(join(dir, 'package.json'), '{"type":"module"}');
  execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', dir], {
    encoding: 'utf8',
  });
  const compiled = join(dir, 'out', dir, 'shop.js');
  assert.match(readFileSync(compiled, 'utf8'), /__esDecorate/);
  return compiled;
}

test('decorated methods are tracked once an agent runs, and are what they were without', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'decorated-'));
  t.after(() => rmSync(dir, { recursive: true }));
  const { shopWith } = await import(pathToFileURL(compile(dir)).href);
  const Shop = shopWith(tracked);
  const shop = new Shop();
  assert.equal(shop.price(21), 42);
  const tracker = new Tracker();
  useTracker(tracker);
  t.after(() => useTracker(undefined));
  assert.equal(shop.price(21), 42);
  assert.equal(await shop.order('a'), 'a');
  await assert.rejects(shop.order(''), /no id/);
  assert.equal(Shop.open(), true);
  const counts = Object.entries(tracker.summary()).map(([name, { count, errors }]) => [
    name,
    count,
    errors,
  ]);
  assert.deepEqual(counts, [
    ['Shop.price', 1, 0],
    ['order', 2, 1],
    ['Shop.open', 1, 0],
  ]);
});
