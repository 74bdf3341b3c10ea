/**
 * The package that others install: made by `npm pack -w packages/agent` in a copy of the workspace, installed into an empty project, run on
 * every Node that it promises to run on, in JavaScript and from TypeScript, sending to a server that listens to OTLP.
 *
 * Node 22 and 24 come from npm into .cache; TEST_NODE_22 and TEST_NODE_24 name others.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { projectRoot, temporaryDirectory } from './harness/directory.ts';
import { startProcess, until } from './harness/process.ts';

const run = promisify(execFile);
const NODES = ['22', '24', '26'];
const project = temporaryDirectory('agent-pack');
const received = new Map<string, number>();
let receiver: Server;
let endpoint = '';

before(async () => {
  receiver = createServer((request, response) => {
    request.resume().on('end', () => {
      // The first part of the path tells who sent it.
      const path = request.url ?? '';
      received.set(path, (received.get(path) ?? 0) + 1);
      response.end();
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  const address = receiver.address();
  if (typeof address === 'object') endpoint = `http://127.0.0.1:${address?.port}`;
  await install(await pack());
});
after(() => receiver.close());

/** A copy, because packing puts another manifest in the place of the own one for a moment. */
async function pack(): Promise<string> {
  const copy = temporaryDirectory('agent-workspace');
  for (const path of [
    ...['package.json', 'tsconfig.json', 'LICENSE', 'scripts', 'packages/wire/package.json'],
    ...['packages/wire/src', 'packages/agent'],
  ]) {
    const filter = (from: string): boolean => !/\/(dist|node_modules)$/.test(from);
    cpSync(join(projectRoot, path), join(copy, path), { recursive: true, filter });
  }
  symlinkSync(join(projectRoot, 'node_modules'), join(copy, 'node_modules'));
  const args = ['pack', '-w', 'packages/agent', '--json', '--pack-destination', project];
  await run('npm', args, { cwd: copy });
  const manifest = readFileSync(join(copy, 'packages/agent/package.json'), 'utf8');
  assert.equal(
    manifest,
    readFileSync(join(projectRoot, 'packages/agent/package.json'), 'utf8'),
    'packing leaves the manifest as it was',
  );
  const { version } = JSON.parse(manifest);
  return join(project, `sightline-agent-${version}.tgz`);
}

async function install(tarball: string): Promise<void> {
  write('package.json', JSON.stringify({ private: true, type: 'module' }));
  const quiet = ['--no-audit', '--no-fund', '--ignore-scripts', '--prefer-offline'];
  await run('npm', ['install', ...quiet, tarball], { cwd: project });
}

function write(name: string, text: string): string {
  const path = join(project, name);
  writeFileSync(path, text);
  return path;
}

/** The binary of a major version of Node. */
async function nodeBinary(major: string): Promise<string> {
  const named = process.env[`TEST_NODE_${major}`];
  if (named !== undefined) return named;
  if (process.versions.node.startsWith(`${major}.`)) return process.execPath;
  const dir = join(projectRoot, '.cache', `node-${major}`);
  const binary = join(dir, 'node_modules', 'node', 'bin', 'node');
  if (existsSync(binary)) return binary;
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, 'package.json'), '{"private":true}');
  await run('npm', ['install', '--no-audit', '--no-fund', `node@${major}`], { cwd: dir });
  return binary;
}

/** Runs until its metrics have arrived, then ends it; it must end by itself and without a word. */
async function runAndReceive(node: string, args: readonly string[], who: string): Promise<void> {
  const path = `/${who}/v1/metrics`;
  const env = {
    PATH: process.env.PATH,
    OTEL_EXPORTER_OTLP_ENDPOINT: `${endpoint}/${who}`,
    OTEL_SERVICE_NAME: 'packed',
    PERFORMANCE_FLUSH_INTERVAL: '100',
  };
  const app = await startProcess(node, args, { cwd: project, env });
  await until(`${path} is asked\n${app.output()}`, () => (received.get(path) ?? 0) > 0);
  app.kill('SIGTERM');
  assert.equal(await app.exited, 0, app.output());
  assert.equal(app.output(), '');
}

const APP = `
import { start } from '@sightline/agent';
const agent = await start({ service: 'packed' });
const stay = setInterval(() => {}, 1000);
process.once('SIGTERM', async () => {
  clearInterval(stay);
  await agent.stop();
});
`;
const REGISTERED = `
const stay = setInterval(() => {}, 1000);
process.once('SIGTERM', () => clearInterval(stay));
`;

for (const major of NODES) {
  test(`Node ${major}: started in one line, and by --import`, async () => {
    const node = await nodeBinary(major);
    const [app, registered] = [write('app.js', APP), write('registered.js', REGISTERED)];
    await runAndReceive(node, [app], `app-${major}`);
    const register = ['--import', '@sightline/agent/register', registered];
    await runAndReceive(node, register, `register-${major}`);
  });
}

test('its types hold in a strict project that checks libraries', async () => {
  write('typed.ts', TYPED);
  symlinkSync(join(projectRoot, 'node_modules/@types'), join(project, 'node_modules/@types'));
  // Types of Node name these.
  symlinkSync(
    join(projectRoot, 'node_modules/undici-types'),
    join(project, 'node_modules/undici-types'),
  );
  const compilerOptions = {
    ...{ target: 'es2023', module: 'nodenext', moduleResolution: 'nodenext', types: ['node'] },
    ...{ strict: true, skipLibCheck: false, noEmit: true, exactOptionalPropertyTypes: true },
  };
  write('tsconfig.json', JSON.stringify({ compilerOptions, files: ['typed.ts'] }));
  const tsc = join(projectRoot, 'node_modules/typescript/bin/tsc');
  const { stdout } = await run(process.execPath, [tsc, '-p', project]).catch((error) => error);
  assert.equal(stdout, '');
});

/** As an application would use it. */
const TYPED = `
import { type MonitoringSource, Optimizer, type OptimizationRule, start } from '@sightline/agent';
import { SystemSource } from '@sightline/agent/sources';

const agent = await start({ service: 'typed', endpoint: 'http://127.0.0.1:4318' });
const queue: MonitoringSource = {
  id: 'queue',
  name: 'Queue',
  priority: 'low',
  enabled: true,
  intervalMs: 1000,
  collect: () => [{ name: 'queue.length', value: 3 }],
};
const remove: () => void = agent.registerSource(queue);
const rule: OptimizationRule = {
  id: 'mine',
  name: 'Mine',
  cooldown: 1000,
  condition: ({ cpuPct = 0 }) => cpuPct > 50,
  action: (_metrics, changes) => changes.propose('do less'),
};
new Optimizer({ dryRun: true }).addRule(rule);
const interval: number = new SystemSource({ intervalMs: 1000 }).intervalMs;
remove();
await agent.stop();
export { interval };
`;

test('it contains nothing of the workspace, and little', () => {
  const dir = join(project, 'node_modules/@sightline/agent');
  const manifest = JSON.parse(readFileSync(join(dir, 'package.json'), 'utf8'));
  assert.deepEqual(Object.keys(manifest.exports), [
    '.',
    './sources',
    './register',
    './package.json',
  ]);
  assert.equal(JSON.stringify(manifest).includes('development'), false);
  assert.equal(manifest.engines.node, '>=22');
  assert.ok(existsSync(join(dir, 'LICENSE')) && existsSync(join(dir, 'README.md')));
  assert.equal(existsSync(join(project, 'node_modules/@sightline/wire')), false);
});
