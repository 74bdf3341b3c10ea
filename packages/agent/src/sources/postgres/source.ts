/**
 * PostgreSQL, as its statistics views tell about it.
 *
 * Model: a collection asks first what server this is (it may have been restarted, failed over or upgraded), then the parts one
 * after another over one connection. A part that the server refuses (a missing right, a timeout, a lock) fails alone and is told once;
 * when the connection itself fails the collection does. While callers wait for a connection of the pool, nothing is asked: the pool's
 * numbers alone are handed out.
 *
 * Invariants: reads only, with a statement timeout; every statement has a limit of rows; literals of statements are hidden.
 */

import { type Clock, systemClock } from '../../clock.ts';
import { counted } from '../../counted.ts';
import { errorText } from '../../error-text.ts';
import type { CollectContext, Metric, MonitoringSource, Priority } from '../../source.ts';
import type { Vitals } from '../../vitals.ts';
import { Readings } from '../readings.ts';
import { Reminders } from '../reminders.ts';
import { Connection, isServerError, type PostgresPool, sqlState } from './connection.ts';
import { CheckpointPart, DatabasePart, ReplicationPart } from './database.ts';
import { IndexesPart } from './indexes.ts';
import { M } from './metrics.ts';
import {
  type Collection,
  type PostgresPart,
  SERVER_QUERY,
  type Server,
  serverOf,
} from './server.ts';
import { LocksPart, SessionsPart } from './sessions.ts';
import { StatementsPart } from './statements.ts';
import { TablesPart } from './tables.ts';

export interface PostgresSourceOptions {
  /** The application's pool: `pg.Pool`, or what behaves like one. Either this or `connectionString`. */
  pool?: PostgresPool;
  /** `postgres://…`; the package `pg` must be installed. */
  connectionString?: string;
  /** 60,000 by default. */
  intervalMs?: number;
  /** Statements that take this long are told as slow; 500 by default. */
  slowQueryMs?: number;
  /** Tells several servers apart: in the source's id and the attribute `postgresql.instance`. */
  name?: string;
  /** Limit for each statement of the source, in ms; 2000 by default. */
  timeoutMs?: number;
  /** Unused indexes smaller than this are not told, in bytes; 1 MiB by default. */
  unusedIndexBytes?: number;
  /** Indexes count as unused when statistics are at least this old, in seconds; a day by default. */
  unusedAfterSeconds?: number;
  clock?: Clock;
}

export class PostgresSource implements MonitoringSource {
  readonly id: string;
  readonly name: string;
  readonly priority: Priority = 'high';
  readonly intervalMs: number;
  enabled = true;
  readonly #instance: string;
  readonly #pool: PostgresPool | undefined;
  readonly #connection: Connection;
  readonly #budgetMs: number;
  readonly #clock: Clock;
  readonly #reminders: Reminders;
  readonly #statements: StatementsPart;
  readonly #parts: readonly PostgresPart[];
  #collectedMs: number | undefined;
  #slowCalls: number | undefined;
  #down = false;

  constructor(options: PostgresSourceOptions) {
    const { pool, connectionString } = options;
    if ((pool === undefined) === (connectionString === undefined)) {
      throw new TypeError('PostgresSource wants either a pool or a connectionString');
    }
    const slowMs = positive(options.slowQueryMs ?? 500, 'slowQueryMs');
    const timeoutMs = positive(options.timeoutMs ?? 2000, 'timeoutMs');
    this.#instance = options.name ?? '';
    this.id = this.#instance === '' ? 'postgresql' : `postgresql:${this.#instance}`;
    this.name = this.#instance === '' ? 'PostgreSQL' : `PostgreSQL ${this.#instance}`;
    this.intervalMs = positive(options.intervalMs ?? 60_000, 'intervalMs');
    this.#pool = pool;
    this.#connection = new Connection(pool, connectionString ?? '', timeoutMs);
    // What has been read is worth more than what a collection that takes too long would add.
    this.#budgetMs = timeoutMs * 2;
    this.#clock = options.clock ?? systemClock;
    this.#reminders = new Reminders(this.#clock);
    this.#statements = new StatementsPart(slowMs);
    const tables = new TablesPart(this.#statements);
    const limits = {
      unusedIndexBytes: options.unusedIndexBytes ?? 2 ** 20,
      unusedAfterSeconds: options.unusedAfterSeconds ?? 24 * 3600,
    };
    this.#parts = [
      new DatabasePart(),
      new SessionsPart(slowMs),
      new LocksPart(),
      this.#statements,
      tables,
      new IndexesPart(limits, tables),
      new ReplicationPart(),
      new CheckpointPart(),
    ];
  }

  async collect(context: CollectContext): Promise<readonly Metric[]> {
    const common = this.#instance === '' ? {} : { 'postgresql.instance': this.#instance };
    const readings = new Readings(common);
    this.#measurePool(readings);
    if (this.#exhausted(context)) return readings.metrics;
    try {
      const server = await this.#askServer(context);
      await this.#runParts(server, readings, context);
    } catch (error) {
      if (!this.#down && !context.signal.aborted) context.emit(this.#downEvent(error));
      this.#down = true;
      throw error;
    }
    return readings.metrics;
  }

  /** Statements over the limit since the last call. */
  vitals(): Vitals {
    const slowQueries = this.#slowCalls;
    if (slowQueries === undefined) return {};
    this.#slowCalls = 0;
    return { slowQueries };
  }

  close(): void {
    this.#connection.close();
  }

  #measurePool(readings: Readings): void {
    const pool = this.#pool;
    if (pool?.totalCount === undefined) return;
    const idle = pool.idleCount ?? 0;
    const name = this.#instance === '' ? 'postgresql' : this.#instance;
    readings.add(M.poolCount, pool.totalCount - idle, name, 'used');
    readings.add(M.poolCount, idle, name, 'idle');
    readings.add(M.poolPending, pool.waitingCount ?? 0, name);
    readings.add(M.poolMax, pool.options?.max ?? Number.NaN, name);
  }

  /** Whether callers of the application wait for a connection: then ours would only make it worse. */
  #exhausted({ emit }: CollectContext): boolean {
    const { waitingCount: waiting = 0, totalCount: open = 0 } = this.#pool ?? {};
    if (waiting === 0) {
      this.#reminders.forget('exhausted');
      return false;
    }
    if (this.#reminders.due('exhausted')) {
      emit({
        name: 'postgresql.pool_exhausted',
        severity: 'warn',
        message: `All ${open} connections of the pool are in use, ${counted(waiting, 'caller')} waiting: the database was not asked.`,
        attributes: { 'postgresql.pool.waiting': waiting, 'postgresql.pool.open': open },
      });
    }
    return true;
  }

  async #askServer({ signal, emit }: CollectContext): Promise<Server> {
    const [row] = await this.#connection.query(SERVER_QUERY, signal);
    const server = serverOf(row);
    if (this.#down) emit(this.#upEvent());
    this.#down = false;
    return server;
  }

  async #runParts(server: Server, readings: Readings, context: CollectContext): Promise<void> {
    const nowMs = this.#clock.now();
    const collection: Collection = {
      server,
      readings,
      windowSeconds: this.#collectedMs === undefined ? 0 : (nowMs - this.#collectedMs) / 1000,
      query: (statement) => this.#connection.query(statement, context.signal),
      emit: (event) => context.emit(event),
      remind: (finding, event) => {
        if (this.#reminders.due(finding)) context.emit(event);
      },
    };
    this.#collectedMs = nowMs;
    if (!server.seesAll) tellRights(collection);
    for (const [index, part] of this.#parts.entries()) {
      if (this.#clock.now() - nowMs > this.#budgetMs) {
        tellBudget(collection, this.#parts.slice(index));
        break;
      }
      await this.#runPart(part, collection);
    }
    this.#slowCalls = (this.#slowCalls ?? 0) + this.#statements.slowCalls;
  }

  async #runPart(part: PostgresPart, collection: Collection): Promise<void> {
    try {
      await part.collect(collection);
      this.#reminders.forget(`part ${part.name}`);
    } catch (error) {
      if (!isServerError(error)) throw error;
      const why = errorText(error);
      collection.remind(`part ${part.name}`, {
        name: 'postgresql.limited',
        severity: 'warn',
        message: `Part "${part.name}" could not be collected: ${why}. ${remedy(sqlState(error))}`,
        attributes: {
          'db.namespace': collection.server.database,
          'postgresql.part': part.name,
          'db.response.status_code': sqlState(error),
        },
      });
    }
  }

  #downEvent(error: unknown) {
    const why = errorText(error);
    return {
      name: 'postgresql.down',
      severity: 'error',
      message: `${this.name} cannot be asked: ${why}`,
      attributes: {
        'postgresql.instance': this.#instance,
        'db.response.status_code': sqlState(error),
      },
    } as const;
  }

  #upEvent() {
    return {
      name: 'postgresql.up',
      severity: 'info',
      message: `${this.name} answers again.`,
      attributes: { 'postgresql.instance': this.#instance },
    } as const;
  }
}

function tellRights({ server, remind }: Collection): void {
  remind('rights', {
    name: 'postgresql.limited',
    severity: 'warn',
    message:
      'Sessions and statements of other users are hidden from this user: run GRANT pg_monitor TO it. Everything else is collected.',
    attributes: { 'db.namespace': server.database, 'postgresql.part': 'rights' },
  });
}

function tellBudget({ server, remind }: Collection, left: readonly PostgresPart[]): void {
  const names = left.map(({ name }) => name).join(', ');
  remind('budget', {
    name: 'postgresql.limited',
    severity: 'warn',
    message: `The server answers slowly: ${names} left out. They are tried again.`,
    attributes: { 'db.namespace': server.database, 'postgresql.part': names },
  });
}

function remedy(state: string): string {
  if (state === '42501') return 'Run GRANT pg_monitor TO the user of the connection.';
  if (state === '57014') return 'The server took longer than timeoutMs; it is tried again.';
  if (state === '55P03') return 'A lock was in the way; it is tried again.';
  if (state === '55000') return 'Add pg_stat_statements to shared_preload_libraries and restart.';
  return 'It is tried again.';
}

function positive(value: number, option: string): number {
  if (Number.isFinite(value) && value > 0) return value;
  throw new RangeError(`PostgresSource: ${option} must be a positive number, not ${value}`);
}
