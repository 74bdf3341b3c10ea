/**
 * Makes the package @sightline/agent that others install: `prepack` before `npm pack -w packages/agent`, `postpack` after it. Plain JavaScript
 * for Node 20.
 *
 * Model: dist/npm has one bundle per entry, wire bundled in, dependencies and peers left out, and beside it the declarations that the
 * entries reach. The manifest in the working tree resolves to sources for our own tests, which a package has not: prepack, as its last step,
 * puts the manifest of the package in its place, postpack puts the own one back. So does the next prepack, should a pack have been
 * interrupted.
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const agent = join(root, 'packages', 'agent');
const out = join(agent, 'dist', 'npm');
const manifest = join(agent, 'package.json');
/** The manifest of the working tree while that of the package is in its place. */
const kept = join(agent, 'dist', 'workspace-package.json');
const license = join(agent, 'LICENSE');

async function prepack() {
  postpack();
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  const own = JSON.parse(readFileSync(manifest, 'utf8'));
  // './register' -> src/register.ts
  const entries = Object.fromEntries(
    Object.entries(own.exports).map(([name, { development }]) => [name, development]),
  );
  await bundleEntries(entries);
  writeDeclarations(Object.values(entries));
  copyFileSync(join(root, 'LICENSE'), license);
  copyFileSync(manifest, kept);
  writeFileSync(manifest, `${JSON.stringify(packageManifest(own, entries), null, 2)}\n`);
}

function postpack() {
  rmSync(license, { force: true });
  if (!existsSync(kept)) return;
  copyFileSync(kept, manifest);
  rmSync(kept);
}

const nameOf = (source) => source.replace(/^\.\/src\//, '').replace(/\.ts$/, '');

async function bundleEntries(entries) {
  const bundle = await rolldown({
    input: Object.fromEntries(
      Object.values(entries).map((source) => [nameOf(source), join(agent, source)]),
    ),
    platform: 'node',
    resolve: { conditionNames: ['development', 'node', 'import', 'default'] },
    external: (id) => !id.startsWith('.') && !id.startsWith('/') && !id.startsWith('@sightline/'),
    treeshake: {
      moduleSideEffects: (id) => Object.values(entries).some((e) => id === join(agent, e)),
    },
  });
  await bundle.write({
    dir: out,
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: 'chunk-[name].js',
  });
  await bundle.close();
}

/** Declarations of all sources by the compiler; of these the ones that the entries reach. */
function writeDeclarations(sources) {
  const emitted = join(agent, 'dist', 'declarations');
  rmSync(emitted, { recursive: true, force: true });
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  // Types are checked by `npm run check`.
  execFileSync(
    process.execPath,
    [tsc, '-p', join(agent, 'tsconfig.pack.json'), '--outDir', emitted],
    { stdio: ['ignore', 2, 2] },
  );
  const reached = new Set(
    sources.map((source) => source.replace(/^\.\/src\//, '').replace(/\.ts$/, '.d.ts')),
  );
  for (const file of reached) {
    const text = readFileSync(join(emitted, file), 'utf8');
    const packaged = text.replace(
      /(\bfrom\s+|\bimport\s*\(?\s*)(['"])([^'"]+)\2/g,
      (all, before, quote, name) => {
        if (name.startsWith('@sightline/'))
          throw new Error(`${file} is public and names ${name}, which is not in the package`);
        if (!name.startsWith('.')) return all;
        reached.add(normalize(join(dirname(file), name.replace(/\.ts$/, '.d.ts'))));
        return `${before}${quote}${name.replace(/\.ts$/, '.js')}${quote}`;
      },
    );
    const target = join(out, 'types', file);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, packaged);
  }
  rmSync(emitted, { recursive: true });
}

/** Without what only our workspace needs. */
function packageManifest(own, entries) {
  const { devDependencies: _, scripts: __, private: ___, dependencies = {}, ...rest } = own;
  const left = Object.entries(dependencies).filter(([name]) => !name.startsWith('@sightline/'));
  const exported = Object.entries(entries).map(([name, source]) => [
    name,
    {
      types: `./dist/npm/types/${nameOf(source)}.d.ts`,
      default: `./dist/npm/${nameOf(source)}.js`,
    },
  ]);
  return {
    ...rest,
    exports: { ...Object.fromEntries(exported), './package.json': './package.json' },
    ...(left.length === 0 ? {} : { dependencies: Object.fromEntries(left) }),
  };
}

const step = { prepack, postpack }[process.argv[2] ?? ''];
if (step === undefined) {
  process.stderr.write('usage: node scripts/pack-agent.mjs prepack|postpack\n');
  process.exitCode = 2;
} else await step();
