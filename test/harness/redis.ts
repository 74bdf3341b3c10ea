/**
 * A real Redis for tests, benches and the demo: nothing persisted, a free loopback port, dies with this process.
 * TEST_REDIS names another `redis-server` program, or a running server by its `redis://` URL.
 */
import { createConnection } from 'node:net';
import { temporaryDirectory } from './directory.ts';
import { program } from './package.ts';
import { freePort, startProcess } from './process.ts';

export interface RedisServer {
  /** `redis://127.0.0.1:PORT` */
  readonly url: string;
  readonly host: string;
  readonly port: number;
  /** 0 where the server is not ours. */
  readonly pid: number;
  stop(): Promise<void>;
}

export interface RedisOptions {
  /** Further arguments, e.g. `['--maxmemory', '50mb', '--maxmemory-policy', 'allkeys-lfu']`. */
  args?: readonly string[];
  /** A free one by default. */
  port?: number;
}

export async function startRedis(options: RedisOptions = {}): Promise<RedisServer> {
  const named = process.env.TEST_REDIS;
  if (named !== undefined && /^rediss?:\/\//.test(named)) return runningServer(named);
  const port = options.port ?? (await freePort());
  const server = [
    ...[named ?? program('redis-server'), '--port', String(port), '--bind', '127.0.0.1'],
    ...['--save', '', '--appendonly', 'no', '--dir', temporaryDirectory('redis')],
    ...(options.args ?? []),
  ];
  const [command = '', ...args] =
    process.platform === 'linux' ? ['setpriv', '--pdeathsig', 'KILL', '--', ...server] : server;
  const running = await startProcess(command, args, { ready: () => pongs(port) });
  return {
    url: `redis://127.0.0.1:${port}`,
    host: '127.0.0.1',
    port,
    pid: running.pid,
    stop: async () => {
      await running.stop();
    },
  };
}

/** Whether a server answers PING; one that wants a password does so, too. */
function pongs(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ port, host: '127.0.0.1' }, () => socket.write('PING\r\n'));
    const settle = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.on('error', () => settle(false));
    socket.on('data', (bytes) => settle(/^(\+PONG|-NOAUTH)/.test(bytes.toString('latin1'))));
  });
}

function runningServer(url: string): RedisServer {
  const { hostname, port } = new URL(url);
  return {
    url,
    host: hostname,
    port: Number(port || 6379),
    pid: 0,
    stop: () => Promise.resolve(),
  };
}
