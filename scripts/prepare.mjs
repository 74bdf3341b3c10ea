/**
 * Makes a clone ready to run: installs what the lock file names and builds what is stale. Plain JavaScript for Node 20.
 *
 * Works offline once installed; installs development dependencies even under NODE_ENV=production (Node 26 is one of them); ends
 * with its children when it is told to stop or when the process that started it is gone.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
export const node = join(root, 'node_modules', 'node', 'bin', 'node');

/** Packages whose bundles (bundle.mjs) contain parts of the named ones. */
const BUNDLED_INTO = { wire: ['store', 'server'], store: ['server'], query: ['server'] };

const children = new Set();

/** Runs a command in the project's root with our standard error as its output; rejects when it fails. */
export function run(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 2, 2], ...options });
    children.add(child);
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      children.delete(child);
      if (code === 0) resolve();
      else reject(new Error(`${command} ${args.join(' ')} ended with ${signal ?? `code ${code}`}`));
    });
  });
}

/** Ends children with us: on a signal, and when our parent has gone (a shell that waits does not pass signals on). */
function endTogether() {
  const end = (code) => {
    for (const child of children) child.kill('SIGTERM');
    process.exit(code);
  };
  process.on('SIGINT', () => end(130));
  process.on('SIGTERM', () => end(143));
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid !== parent) end(1);
  }, 250);
  watch.unref();
}

export async function prepare() {
  await install();
  await build();
}

async function install() {
  const lock = readFileSync(join(root, 'package-lock.json'));
  const wanted = createHash('sha256').update(lock).digest('hex');
  const stamp = join(root, 'node_modules', '.sightline-installed');
  if (existsSync(node) && existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  // `npm ci` refuses a lock file without the optional binaries of every other platform; `--no-save` leaves the lock as it is.
  process.stderr.write('sightline: installing dependencies\n');
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  await run(npm, [
    'install',
    '--include=dev',
    '--no-save',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
  ]);
  writeFileSync(stamp, wanted);
}

/** Sources of a package, as one hash of names, sizes and times. */
function sourceState(dir) {
  const hash = createHash('sha256');
  const visit = (path) => {
    for (const entry of readdirSync(path, { withFileTypes: true })) {
      if (entry.name === 'node_modules' || entry.name === 'dist') continue;
      const child = join(path, entry.name);
      if (entry.isDirectory()) visit(child);
      else {
        const { size, mtimeMs } = statSync(child);
        hash.update(`${child.slice(root.length)} ${size} ${mtimeMs}\n`);
      }
    }
  };
  visit(dir);
  return hash.digest('hex');
}

async function build() {
  const state = join(root, 'node_modules', '.sightline-built');
  mkdirSync(state, { recursive: true });
  const changed = readdirSync(join(root, 'packages')).filter((name) => {
    const dir = join(root, 'packages', name);
    if (!existsSync(join(dir, 'src'))) return false;
    const stamp = join(state, name);
    const fresh = existsSync(join(dir, 'dist')) && existsSync(stamp);
    return !fresh || readFileSync(stamp, 'utf8') !== sourceState(dir);
  });
  if (changed.length === 0) return;
  const stale = [...new Set(changed.flatMap((name) => [name, ...(BUNDLED_INTO[name] ?? [])]))];
  process.stderr.write(`sightline: building ${stale.join(', ')}\n`);
  const states = stale.map((name) => [name, sourceState(join(root, 'packages', name))]);
  const packages = stale.filter((name) => name !== 'web');
  if (packages.length > 0)
    await run(node, ['--disable-warning=ExperimentalWarning', 'scripts/strip.mjs', ...packages]);
  if (stale.includes('web')) {
    await run(
      node,
      [join(root, 'node_modules', 'vite', 'bin', 'vite.js'), 'build', '--logLevel', 'warn'],
      {
        cwd: join(root, 'packages', 'web'),
        env: { ...process.env, NODE_ENV: 'production' },
      },
    );
  }
  for (const [name, hash] of states) writeFileSync(join(state, name), hash);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  endTogether();
  try {
    await prepare();
  } catch (error) {
    process.stderr.write(`sightline: ${error.message}\n`);
    process.exit(1);
  }
}
