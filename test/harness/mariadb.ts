/**
 * A real MariaDB for tests: an empty data directory, no accounts (everybody may do everything), a free loopback port, dies with this process.
 * TEST_MARIADBD names another `mariadbd` program.
 */
import { join } from 'node:path';
import mysql from 'mysql2/promise';
import { temporaryDirectory } from './directory.ts';
import { program } from './package.ts';
import { freePort, startProcess } from './process.ts';

export interface MariadbServer {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  stop(): Promise<void>;
}

/** With an empty database `test`. */
export async function startMariadb(): Promise<MariadbServer> {
  const port = await freePort();
  const dir = temporaryDirectory('mariadb');
  const address = { host: '127.0.0.1', port, user: 'root' };
  const server = [
    ...[program('mariadbd'), '--no-defaults', `--datadir=${dir}`, '--skip-grant-tables'],
    ...['--bind-address=127.0.0.1', `--port=${port}`, `--socket=${join(dir, 'socket')}`],
    ...['--innodb-flush-log-at-trx-commit=0', '--innodb-log-file-size=4M'],
    ...(process.getuid?.() === 0 ? ['--user=root'] : []),
  ];
  const [command = '', ...args] =
    process.platform === 'linux' ? ['setpriv', '--pdeathsig', 'KILL', '--', ...server] : server;
  const running = await startProcess(command, args, {
    ready: async () => {
      const connection = await mysql.createConnection(address);
      await connection.query('CREATE DATABASE IF NOT EXISTS test');
      await connection.end();
      return true;
    },
  });
  return {
    ...address,
    stop: async () => {
      running.kill('SIGKILL');
      await running.exited;
    },
  };
}
