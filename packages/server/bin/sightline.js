#!/usr/bin/env node
/**
 * Starts Sightline on the Node it needs. Plain JavaScript that Node 20 can run.
 *
 * On an older Node than 26 the program is run by the binary of the `node` package. It takes the place of this process where the
 * platform can do that; otherwise it is a child that gets our signals, gives us its exit code and ends with us.
 */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const WANTED = 26;
const LEAST = 20;
/**
 * What keeps resident memory small, without a cost in CPU time that could be measured: a small nursery (10 to 25 MB) and the memory of
 * finished compilations given back at once (8 MB). To hand out the collection of so small a nursery to several threads takes more
 * than to do it (4 % of the CPU time of a load); query threads take that back for theirs (src/queries/thread.ts).
 */
const FLAGS = [
  '--max-semi-space-size=2',
  '--no-parallel-scavenge',
  '--no-maglev-destroy-on-background',
  // For src/cli/idle-memory.ts.
  '--expose-gc',
];
/**
 * glibc gives every thread a heap of its own, up to eight a core, and keeps what each has ever used: under load 10 MB more than two heaps,
 * which take 7 MB more than the one that does for the few threads of a small machine. And once it has freed a large array, arrays up to
 * that size come from those heaps, too, where they leave holes (95 MB under load): a fixed bound makes arrays from 16 KiB, which is a
 * small column of a block, mappings of their own, which go as soon as they are freed. What is left has holes of 6 MB, and it does not
 * grow (from 32 KiB it does).
 */
const ENVIRONMENT = {
  MALLOC_ARENA_MAX: availableParallelism() < 4 ? '1' : '2',
  MALLOC_MMAP_THRESHOLD_: '16384',
  MALLOC_TRIM_THRESHOLD_: '65536',
};
const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT'];

const main = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
const args = process.argv.slice(2);

function fail(message) {
  process.stderr.write(`error: ${message}\n`);
  process.exit(1);
}

/** The binary that the `node` package brings, or undefined. */
function packagedNode() {
  try {
    const manifest = createRequire(import.meta.url).resolve('node/package.json');
    const { bin, version } = JSON.parse(readFileSync(manifest, 'utf8'));
    const path = join(dirname(manifest), typeof bin === 'string' ? bin : bin.node);
    return Number.parseInt(version, 10) >= WANTED && existsSync(path) ? path : undefined;
  } catch {
    return undefined;
  }
}

function runAsChild(node) {
  const child = spawn(node, [...FLAGS, main, ...args], {
    // The channel breaks when we are gone, however we went, and the child ends.
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { ...ENVIRONMENT, ...process.env, SIGHTLINE_LAUNCHER: String(process.pid) },
  });
  for (const signal of SIGNALS) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => fail(`cannot run ${node}: ${error.message}`));
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code ?? 1);
    for (const name of SIGNALS) process.removeAllListeners(name);
    process.kill(process.pid, signal);
  });
}

const major = Number.parseInt(process.versions.node, 10);
if (major < LEAST) fail(`Sightline needs Node ${WANTED} or newer; this is ${process.version}`);
if (!existsSync(main)) fail(`${main} is missing: run \`npm run build\``);
const node = major >= WANTED ? process.execPath : packagedNode();
if (node === undefined) {
  fail(
    `Sightline needs Node ${WANTED} or newer; this is ${process.version} and the package \`node\` is not installed`,
  );
} else if (typeof process.execve === 'function' && process.platform !== 'win32') {
  const own = major >= WANTED ? process.execArgv : [];
  process.execve(node, [node, ...own, ...FLAGS, main, ...args], {
    ...ENVIRONMENT,
    ...process.env,
  });
} else {
  runAsChild(node);
}
