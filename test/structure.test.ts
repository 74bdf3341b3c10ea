/** Holds the house to its plan: who may import whom, how large a file may grow, what must not be done where. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { test } from 'node:test';
import { projectRoot } from './harness/directory.ts';

const MAX_LINES = 400;

/** Packages of ours that each package may import (docs/ARCHITECTURE.md). */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  wire: [],
  agent: ['wire'],
  store: ['wire'],
  query: ['wire', 'store'],
  server: ['wire', 'agent', 'store', 'query'],
  web: [],
};

interface Source {
  /** Relative to the root. */
  path: string;
  text: string;
}

function sources(dir: string): Source[] {
  const found: Source[] = [];
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    if (['node_modules', 'dist', '.cache', '.git', 'data'].includes(entry.name)) continue;
    const path = join(dir, entry.name);
    if (entry.isDirectory()) found.push(...sources(path));
    else if (/\.(ts|tsx|mjs|js)$/.test(entry.name)) {
      found.push({ path: relative(projectRoot, path), text: readFileSync(path, 'utf8') });
    }
  }
  return found;
}

const all = sources(projectRoot);
const isTest = (path: string): boolean => /\.test\.tsx?$|\/test-[^/]+\.ts$|\/bench\//.test(path);

function importsOf({ text }: Source): string[] {
  return [...text.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*['"]([^'"]+)['"]/g)].map(
    ([, name]) => name ?? '',
  );
}

/** The entries of a package's `exports`: `.` and subpaths. */
function facesOf(name: string): Set<string> {
  const text = readFileSync(join(projectRoot, 'packages', name, 'package.json'), 'utf8');
  const { exports }: { exports?: Record<string, unknown> } = JSON.parse(text);
  return new Set(Object.keys(exports ?? {}));
}

test('packages import each other only as the plan allows, and only by their face', () => {
  const wrong: string[] = [];
  for (const source of all) {
    const [top, name = ''] = source.path.split('/');
    if (top !== 'packages') continue;
    for (const imported of importsOf(source)) {
      const ours = /^@sightline\/([^/]+)(\/.*)?$/.exec(imported);
      if (ours !== null) {
        const known = ALLOWED[name]?.includes(ours[1] ?? '') === true || ours[1] === name;
        const allowed = known && facesOf(ours[1] ?? '').has(`.${ours[2] ?? ''}`);
        if (!allowed) wrong.push(`${source.path} imports ${imported}`);
      }
      if (imported.startsWith('.')) {
        const target = relative(projectRoot, join(projectRoot, source.path, '..', imported));
        const inside = target.startsWith(`packages/${name}/`);
        const harness = isTest(source.path) && target.startsWith('test/harness/');
        if (!inside && !harness) wrong.push(`${source.path} imports ${target}`);
      }
    }
  }
  assert.deepEqual(wrong, []);
});

test('the product does not import tests', () => {
  const wrong = all
    .filter(({ path }) => path.startsWith('packages/') && !isTest(path))
    .flatMap((source) =>
      importsOf(source)
        .filter((name) => /\/test-|\.test\.|\/harness\//.test(name))
        .map((name) => `${source.path}: ${name}`),
    );
  assert.deepEqual(wrong, []);
});

test(`no file has more than ${MAX_LINES} lines`, () => {
  const long = all
    .filter(({ path }) => !path.endsWith('src/api/schema.ts'))
    .map(({ path, text }) => ({ path, lines: text.split('\n').length - 1 }))
    .filter(({ lines }) => lines > MAX_LINES)
    .map(({ path, lines }) => `${path}: ${lines}`);
  assert.deepEqual(long, []);
});

test('the checker is not silenced', () => {
  const silencers = /@ts-(ignore|nocheck|expect-error)|biome-ignore |as unknown as/;
  const wrong = all
    .filter(({ path, text }) => path !== 'test/structure.test.ts' && silencers.test(text))
    .map(({ path }) => path);
  assert.deepEqual(wrong, []);
});

test('no test is skipped for good or runs alone', () => {
  const wrong = all
    .filter(
      ({ path, text }) =>
        path !== 'test/structure.test.ts' &&
        path.includes('.test.') &&
        /\b(test|it|describe)\.(skip|only|todo)\(/.test(text),
    )
    .map(({ path }) => path);
  assert.deepEqual(wrong, []);
});

/** Closing a descriptor of a live SQLite file drops the locks that SQLite holds on it in this process. */
test('files of SQLite are never opened with node:fs', () => {
  const opens =
    /\b(openSync|open|readFileSync|readFile|createReadStream|copyFileSync|writeFileSync)\s*\([^)]*\.(db|db-wal|db-shm)\b/;
  const wrong = all
    .filter(({ path, text }) => path.startsWith('packages/') && !isTest(path) && opens.test(text))
    .map(({ path }) => path);
  assert.deepEqual(wrong, []);
});

test('the intake kernel is the one that its source makes', () => {
  execFileSync(process.execPath, ['scripts/kernel.mjs', '--check'], { cwd: projectRoot });
});

test('nothing is exported that nobody imports, no dependency is unused', () => {
  const knip = join(projectRoot, 'node_modules', 'knip', 'bin', 'knip.js');
  try {
    execFileSync(process.execPath, [knip, '--no-progress'], { cwd: projectRoot, encoding: 'utf8' });
  } catch (error) {
    const output =
      error instanceof Error && 'stdout' in error ? String(error.stdout) : String(error);
    assert.fail(`knip:\n${output}`);
  }
});
