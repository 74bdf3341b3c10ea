/**
 * A real PostgreSQL for tests, benches and the demo: a fresh cluster in a temporary directory on a free loopback port.
 *
 * Server and initdb run as user `postgres` when this process is root, which they refuse to run as. The server dies with this process even
 * when that is killed (`setpriv --pdeathsig`, of util-linux). What is stored is thrown away, so nothing waits for the disk.
 * TEST_POSTGRES names another `postgres` program (its initdb lies beside it), or a running server by its `postgres://` URL.
 */
import { execFile, execFileSync } from 'node:child_process';
import { chmodSync, chownSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { temporaryDirectory } from './directory.ts';
import { program } from './package.ts';
import { freePort, type Running, startProcess } from './process.ts';

export interface PostgresServer {
  /** `postgres://postgres:PASSWORD@127.0.0.1:PORT/postgres`, a superuser. */
  readonly url: string;
  readonly host: string;
  readonly port: number;
  /** Of the postmaster; 0 where the server is not ours. */
  readonly pid: number;
  /** The cluster; empty where the server is not ours. */
  readonly dir: string;
  /** What the server wrote to its log. */
  output(): string;
  stop(): Promise<void>;
}

export interface PostgresOptions {
  /** Server parameters, e.g. `{ max_connections: '20' }`. */
  settings?: Readonly<Record<string, string>>;
  /** A free one by default. */
  port?: number;
}

const PASSWORD = 'sightline';

const SETTINGS = {
  shared_preload_libraries: 'pg_stat_statements',
  fsync: 'off',
  full_page_writes: 'off',
  synchronous_commit: 'off',
  shared_buffers: '16MB',
  max_connections: '60',
  listen_addresses: '127.0.0.1',
};

/** Starts a server with pg_stat_statements created in database `postgres`; resolves when it answers. */
export async function startPostgres(options: PostgresOptions = {}): Promise<PostgresServer> {
  const url = process.env.TEST_POSTGRES;
  if (url !== undefined && /^postgres(ql)?:\/\//.test(url)) return runningServer(url);
  const postgres = program('postgres');
  const home = temporaryDirectory('postgres');
  const owner = ownerOf(home);
  const data = await makeCluster(dirname(realpathSync(postgres)), home, owner);
  const port = options.port ?? (await freePort());
  const settings = {
    ...SETTINGS,
    port: String(port),
    unix_socket_directories: home,
    ...options.settings,
  };
  return launch({ postgres, data, home, owner, port, settings });
}

/** A pool that outlives its server. */
export function poolOf(connectionString: string, max = 5): pg.Pool {
  const pool = new pg.Pool({ connectionString, max });
  pool.on('error', () => {});
  return pool;
}

/** Starts a standby that follows `primary`, which must be ours; resolves when it answers. */
export async function startStandby(primary: PostgresServer): Promise<PostgresServer> {
  const postgres = program('postgres');
  const home = temporaryDirectory('standby');
  const owner = ownerOf(home);
  const data = join(home, 'data');
  const [command, args] = asUser(owner, join(dirname(realpathSync(postgres)), 'pg_basebackup'), [
    ...['-D', data, '-d', primary.url, '--checkpoint=fast', '--write-recovery-conf', '--no-sync'],
  ]);
  await promisify(execFile)(command, args, { cwd: home });
  const port = await freePort();
  const settings = { ...SETTINGS, port: String(port), unix_socket_directories: home };
  return launch({ postgres, data, home, owner, port, settings });
}

interface Launch {
  readonly postgres: string;
  readonly data: string;
  /** Where sockets lie; removed with the server. */
  readonly home: string;
  readonly owner: string | undefined;
  readonly port: number;
  readonly settings: Readonly<Record<string, string>>;
}

async function launch(options: Launch): Promise<PostgresServer> {
  const { postgres, data, home, owner, port, settings } = options;
  const parameters = Object.entries(settings).flatMap(([name, value]) => [
    '-c',
    `${name}=${value}`,
  ]);
  const [command, args] = asUser(owner, postgres, ['-D', data, ...parameters]);
  const url = `postgres://postgres:${PASSWORD}@127.0.0.1:${port}/postgres`;
  const running = await startProcess(command, args, { cwd: home, ready: () => prepare(url) });
  return {
    url,
    host: '127.0.0.1',
    port,
    pid: running.pid,
    dir: data,
    output: running.output,
    stop: () => stop(running, home),
  };
}

/** SIGQUIT ends it at once, clients or not; SIGTERM would wait for them. */
async function stop(running: Running, home: string): Promise<void> {
  running.kill('SIGQUIT');
  const timer = setTimeout(() => running.kill('SIGKILL'), 10_000);
  await running.exited;
  clearTimeout(timer);
  rmSync(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
}

/** The user who runs the programs, to whom `home` is given; none when it is this one. */
function ownerOf(home: string): string | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const owner = 'postgres';
  chownSync(home, Number(execFileSync('id', ['-u', owner], { encoding: 'utf8' })), -1);
  return owner;
}

async function makeCluster(bin: string, home: string, owner: string | undefined): Promise<string> {
  const data = join(home, 'data');
  const passwordFile = join(home, 'password');
  writeFileSync(passwordFile, PASSWORD);
  chmodSync(passwordFile, 0o644);
  const [command, args] = asUser(owner, join(bin, 'initdb'), [
    ...['-D', data, '--username=postgres', `--pwfile=${passwordFile}`],
    ...['--auth=scram-sha-256', '--encoding=UTF8', '--locale=C', '--no-sync'],
  ]);
  await promisify(execFile)(command, args, { cwd: home });
  return data;
}

/** The command run as `owner` and ended with this process, where the platform can do so. */
function asUser(
  owner: string | undefined,
  command: string,
  args: readonly string[],
): [command: string, args: string[]] {
  if (process.platform !== 'linux') return [command, [...args]];
  const user = owner === undefined ? [] : [`--reuid=${owner}`, `--regid=${owner}`, '--init-groups'];
  return ['setpriv', [...user, '--pdeathsig', 'QUIT', '--', command, ...args]];
}

async function prepare(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  // A standby has it from its primary.
  const { rows } = await client.query('SELECT pg_is_in_recovery() AS standby');
  if (rows[0]?.standby === false) {
    await client.query('CREATE EXTENSION IF NOT EXISTS pg_stat_statements');
  }
  await client.end();
  return true;
}

async function runningServer(url: string): Promise<PostgresServer> {
  await prepare(url);
  const { hostname, port } = new URL(url);
  return {
    url,
    host: hostname,
    port: Number(port || 5432),
    pid: 0,
    dir: '',
    output: () => '',
    stop: () => Promise.resolve(),
  };
}
