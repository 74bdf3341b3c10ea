/** Real servers for tests and benches, on free loopback ports with fresh directories. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot, temporaryDirectory } from './directory.ts';
import { program } from './package.ts';
import { answers, freePort, type Running, startProcess } from './process.ts';

export interface Peer extends Running {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  readonly dir: string;
}

export interface SightlineOptions {
  /** Data directory; a fresh one by default. */
  dir?: string;
  args?: readonly string[];
  /** Run dist/ as `npm start` does, not the sources. */
  built?: boolean;
  env?: NodeJS.ProcessEnv;
  /** HTTP port; a free one by default. */
  port?: number;
}

/** Our own server; OTLP's own listeners are off unless `args` turn them on. */
export async function startSightline(options: SightlineOptions = {}): Promise<Peer> {
  const dir = options.dir ?? temporaryDirectory('data');
  const port = options.port ?? (await freePort());
  const url = `http://127.0.0.1:${port}`;
  const entry = options.built
    ? ['packages/server/bin/sightline.js']
    : ['--conditions=development', 'packages/server/src/cli/main.ts'];
  const flags = ['serve', '--http', `127.0.0.1:${port}`, '--data', dir];
  const args = options.args ?? [];
  for (const listener of ['--otlp-http', '--otlp-grpc']) {
    if (!args.includes(listener)) flags.push(listener, 'off');
  }
  const running = await startProcess(process.execPath, [...entry, ...flags, ...args], {
    cwd: projectRoot,
    env: { ...process.env, ...options.env },
    ready: () => answers(`${url}/readyz`),
  });
  return { ...running, url, dir };
}

/** Debian's Prometheus with a configuration in YAML, which may depend on its own `HOST:PORT`. */
export async function startPrometheus(
  config: string | ((address: string) => string) = '',
  args: readonly string[] = [],
): Promise<Peer> {
  const dir = temporaryDirectory('prometheus');
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const file = join(dir, 'prometheus.yml');
  writeFileSync(file, typeof config === 'string' ? config : config(`127.0.0.1:${port}`));
  const running = await startProcess(
    program('prometheus'),
    [
      `--config.file=${file}`,
      `--storage.tsdb.path=${join(dir, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--web.enable-remote-write-receiver',
      ...args,
    ],
    { cwd: dir, ready: () => answers(`${url}/-/ready`) },
  );
  return { ...running, url, dir };
}

export async function startVictoriaMetrics(args: readonly string[] = []): Promise<Peer> {
  const dir = temporaryDirectory('victoria');
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const running = await startProcess(
    program('victoria-metrics'),
    [`-storageDataPath=${join(dir, 'data')}`, `-httpListenAddr=127.0.0.1:${port}`, ...args],
    { cwd: dir, ready: () => answers(`${url}/health`) },
  );
  return { ...running, url, dir };
}

export async function startNodeExporter(): Promise<Peer> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const running = await startProcess(
    program('prometheus-node-exporter'),
    [`--web.listen-address=127.0.0.1:${port}`],
    {
      ready: () => answers(`${url}/metrics`),
    },
  );
  return { ...running, url, dir: '' };
}
