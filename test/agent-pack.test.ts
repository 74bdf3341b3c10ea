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
const received = new Set<string>();
let receiver: Server;
let endpoint = '';

before(async () => {
  receiver = createServer((request, response) => {
    request.resume().on('end', () => {
      // The first part of the path tells who sent it.
      received.add(request.url ?? '');
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

/** Runs until metrics have arrived, then ends it: it must send what is left, end by itself, and say nothing. */
async function runAndReceive(
  node: string,
  args: readonly string[],
  who: string,
  signals: readonly string[],
): Promise<void> {
  const env = {
    PATH: process.env.PATH,
    OTEL_EXPORTER_OTLP_ENDPOINT: `${endpoint}/${who}`,
    OTEL_SERVICE_NAME: 'packed',
    PERFORMANCE_FLUSH_INTERVAL: '100',
  };
  const app = await startProcess(node, args, { cwd: project, env });
  const has = (signal: string): boolean => received.has(`/${who}/v1/${signal}`);
  const ready = (): boolean => app.output() === 'ready' && has('metrics');
  await until(`${who} has sent metrics\n${app.output()}`, ready);
  app.kill('SIGTERM');
  assert.equal(await app.exited, 0, app.output());
  assert.equal(app.output(), 'ready');
  assert.deepEqual(
    signals.filter((signal) => !has(signal)),
    [],
    `of ${who}`,
  );
}

const APP = `
import { createServer } from 'node:http';
import { start } from '@sightline/agent';
const agent = await start({ service: 'packed', traces: true });
const server = createServer(agent.http.handler((request, response) => response.end('ready')));
server.listen(0, '127.0.0.1', async () => {
  const answer = await fetch('http://127.0.0.1:' + server.address().port + '/items/1');
  process.stdout.write(await answer.text());
});
process.once('SIGTERM', async () => {
  server.close();
  server.closeAllConnections();
  await agent.stop();
});
`;
const REGISTERED = `
process.stdout.write('ready');
const stay = setInterval(() => {}, 1000);
process.once('SIGTERM', () => clearInterval(stay));
`;

for (const major of NODES) {
  test(`Node ${major}: started in one line, and by --import`, async () => {
    const node = await nodeBinary(major);
    const [app, registered] = [write('app.js', APP), write('registered.js', REGISTERED)];
    await runAndReceive(node, [app], `app-${major}`, ['metrics', 'traces']);
    const register = ['--import', '@sightline/agent/register', registered];
    await runAndReceive(node, register, `register-${major}`, ['metrics']);
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
import { createServer } from 'node:http';
import {
  HealthSource,
  type MonitoringSource,
  type OptimizationRule,
  PostgresSource,
  RedisSource,
  start,
} from '@sightline/agent';
import { SystemSource } from '@sightline/agent/sources';

const agent = await start({
  service: 'typed',
  endpoint: 'http://127.0.0.1:4318',
  traces: true,
  optimizer: { dryRun: false },
});
const queue: MonitoringSource = {
  id: 'queue',
  name: 'Queue',
  priority: 'low',
  enabled: true,
  intervalMs: 1000,
  collect: () => [{ name: 'queue.length', value: 3 }],
};
const remove: () => void = agent.registerSource(queue);
agent.registerSource(new PostgresSource({ connectionString: 'postgres://127.0.0.1/shop' }));
agent.registerSource(new RedisSource({ url: 'redis://127.0.0.1' }));
agent.registerSource(new HealthSource({ targets: [{ name: 'self', url: 'http://127.0.0.1/' }] }));
const rule: OptimizationRule = {
  id: 'mine',
  name: 'Mine',
  cooldown: 1000,
  condition: ({ cpuPct = 0 }) => cpuPct > 50,
  action: (_metrics, changes) => changes.propose('do less'),
};
agent.addOptimizationRule(rule);
agent.optimizer.registerCache({ name: 'pages', hits: () => 1, misses: () => 1 });
createServer(agent.http.handler((request, response) => response.end(request.url)));
const sum: number = await agent.track('add', async () => 1 + 1);
const off: () => void = agent.on('zone', ({ from, to }) => console.log(from, to));
const interval: number = new SystemSource({ intervalMs: 1000 }).intervalMs;
const page: string = agent.exposition();
off();
remove();
await agent.stop();
export { interval, page, sum };
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
