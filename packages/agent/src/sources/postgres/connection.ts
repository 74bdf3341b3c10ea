/**
 * The one connection through which the source asks: a pool of the application, or a client of our own.
 *
 * Every statement is sent in one message together with a guard that sets limits for this implicit transaction alone (a message of several
 * statements is one transaction, see "Multiple Statements in a Simple Query" of PostgreSQL's protocol): read only, statement and lock timeouts,
 * no JIT, catalog names only. So a pool's connection is given back as it was, also after an error and behind a pooling proxy.
 *
 * Invariants: statements go one after another; while one has not been answered no other is sent, so the source never holds more than one
 * connection and never queues up behind itself.
 */
import { Socket } from 'node:net';
import { within } from '../deadline.ts';
import { MARK } from './mark.ts';
import type { Row } from './rows.ts';

/** What the source needs of a pool; `pg.Pool` has it. */
export interface PostgresPool {
  query(text: string): Promise<unknown>;
  readonly totalCount?: number;
  readonly idleCount?: number;
  readonly waitingCount?: number;
  readonly options?: { readonly max?: number | undefined };
}

const LOCK_TIMEOUT_MS = 200;

/** Over the server's own limit: its answer that the limit was passed is better than ours. */
const GRACE_MS = 1000;

export class Connection {
  readonly #pool: PostgresPool | undefined;
  readonly #connectionString: string;
  readonly #timeoutMs: number;
  #client: OwnClient | undefined;
  #pending: Promise<unknown> | undefined;

  constructor(pool: PostgresPool | undefined, connectionString: string, timeoutMs: number) {
    this.#pool = pool;
    this.#connectionString = connectionString;
    this.#timeoutMs = timeoutMs;
  }

  get busy(): boolean {
    return this.#pending !== undefined;
  }

  /** Rows of one statement. Rejects with the server's error, or after the timeout. */
  async query(statement: string, signal: AbortSignal): Promise<readonly Row[]> {
    if (this.#pending !== undefined) {
      throw new Error('the previous statement has not been answered yet');
    }
    const pending = this.#send(`${guard(this.#timeoutMs)}; ${statement}`, signal);
    this.#pending = pending;
    const done = (): void => {
      this.#pending = undefined;
    };
    pending.then(done, done);
    try {
      return rowsOf(
        await within(pending, this.#timeoutMs + GRACE_MS, signal, 'PostgreSQL does not answer'),
      );
    } catch (error) {
      if (!isServerError(error)) this.close();
      throw error;
    }
  }

  async #send(text: string, signal: AbortSignal): Promise<unknown> {
    if (this.#pool !== undefined) return this.#pool.query(text);
    this.#client ??= await connect(this.#connectionString, this.#timeoutMs, () => this.close());
    if (signal.aborted) throw new Error('the collection was ended');
    return this.#client.query(text);
  }

  /** Ends the connection of our own, if there is one; the next statement opens another. */
  close(): void {
    this.#client?.destroy();
    this.#client = undefined;
  }
}

function guard(timeoutMs: number): string {
  const limits = [
    ['transaction_read_only', 'on'],
    ['statement_timeout', String(timeoutMs)],
    ['lock_timeout', String(LOCK_TIMEOUT_MS)],
    ['jit', 'off'],
    ['search_path', 'pg_catalog'],
  ];
  const calls = limits.map(([name, value]) => `set_config('${name}', '${value}', true)`);
  return `SELECT ${MARK} ${calls.join(', ')}`;
}

interface OwnClient {
  query(text: string): Promise<unknown>;
  destroy(): void;
}

async function connect(
  connectionString: string,
  timeoutMs: number,
  onLost: () => void,
): Promise<OwnClient> {
  const { Client } = await loadClient();
  const socket = new Socket();
  const client = new Client({
    connectionString,
    application_name: 'sightline-agent',
    connectionTimeoutMillis: timeoutMs,
    stream: () => socket,
  });
  // Without a listener a lost connection would end the application.
  client.on('error', onLost);
  await client.connect();
  // An idle connection must not keep the application from ending.
  if ('unref' in client && typeof client.unref === 'function') client.unref();
  // Not `end()`: a server that does not answer would keep the socket.
  return { query: (text) => client.query(text), destroy: () => socket.destroy() };
}

async function loadClient(): Promise<Pick<typeof import('pg'), 'Client'>> {
  try {
    return await import('pg');
  } catch (cause) {
    const what = 'PostgresSource with a connectionString needs the package pg: npm install pg';
    throw new Error(`${what}, or give it the application's pool`, { cause });
  }
}

/** Of a message of several statements the last one's rows. */
function rowsOf(result: unknown): readonly Row[] {
  const last: unknown = Array.isArray(result) ? result.at(-1) : result;
  const rows = typeof last === 'object' && last !== null && 'rows' in last ? last.rows : undefined;
  if (!Array.isArray(rows)) throw new Error('the pool answers without rows: it is no pg.Pool');
  return rows.filter(isRow);
}

function isRow(value: unknown): value is Row {
  return typeof value === 'object' && value !== null;
}

/** SQLSTATE of the server's error (Appendix A of PostgreSQL's manual); empty when it is none. */
export function sqlState(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : '';
}

/** Whether the server refused this statement only: the connection is fine. */
export function isServerError(error: unknown): boolean {
  const state = sqlState(error);
  // 08 connection, 28 authorisation, 3D no such database, 53300 too many connections, 57P0x shutdown.
  return state !== '' && !/^(08|28|3D|53300|57P0)/.test(state);
}
