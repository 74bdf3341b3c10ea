/** `npm run dev|test|check|build|bench`: prepares the clone, then runs the command on Node 26. Plain JavaScript for Node 20. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { node, prepare, root } from './prepare.mjs';

const [command = '', ...args] = process.argv.slice(2);
const bin = (name) => join(root, 'node_modules', ...name);
const biome = bin(['@biomejs', 'biome', 'bin', 'biome']);
const tsc = bin(['typescript', 'bin', 'tsc']);
const vite = bin(['vite', 'bin', 'vite.js']);
const sources = ['--conditions=development'];

/** Every command is a list of Node command lines; those of one list entry run one after the other, `dev` runs its two at once. */
const commands = {
  build: () => [],
  dev: () => [[...sources, '--watch', 'packages/server/src/cli/main.ts', ...args]],
  test: () => [[...sources, '--test', '--test-concurrency=2', ...testFiles()]],
  check: () => [
    [biome, 'ci', '--error-on-warnings', '.'],
    [tsc, '-p', '.'],
    [tsc, '-p', 'packages/web'],
    [...sources, '--test', 'test/structure.test.ts'],
  ],
  bench: () => [[...sources, '--expose-gc', 'bench/run.ts', ...args]],
};

/** Named on the command line, or every test in the packages and under test/. */
function testFiles() {
  return args.length > 0
    ? args
    : ['packages/*/src/**/*.test.ts', 'packages/*/bin/*.test.ts', 'test/**/*.test.ts'];
}

let running;
let stopping = false;
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    stopping = true;
    running?.kill(signal);
  });
}

function nodeRun(line, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(node, line, { cwd: root, stdio: 'inherit', ...options });
    running = child;
    child.on('exit', (code, signal) => resolve(signal === null ? (code ?? 1) : 1));
  });
}

async function main() {
  const lines = commands[command];
  if (lines === undefined) {
    process.stderr.write(`usage: node scripts/run.mjs ${Object.keys(commands).join('|')} [ARGS]\n`);
    return 2;
  }
  await prepare();
  if (command === 'dev') {
    const page = spawn(node, [vite, 'build', '--watch', '--logLevel', 'warn'], {
      cwd: join(root, 'packages', 'web'),
      stdio: ['ignore', 2, 2],
    });
    const code = await nodeRun(lines()[0]);
    page.kill();
    return code;
  }
  for (const line of lines()) {
    if (stopping) return 143;
    const code = await nodeRun(line);
    if (code !== 0) return code;
  }
  return 0;
}

main().then(
  (code) => process.exit(code),
  (error) => {
    process.stderr.write(`sightline: ${error.message}\n`);
    process.exit(1);
  },
);
