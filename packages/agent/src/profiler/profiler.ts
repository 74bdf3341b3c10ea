/**
 * What an application asks of its databases: every statement normalised and counted, slow ones and repeated ones told.
 *
 * Model: a wrapper calls `begin` when the application calls, `started` when the statement is sent, `ended` with its outcome; what lies between the
 * first two is waiting for a connection and no part of the duration.
 *
 * Invariants: nothing here throws into the application; statements and labels are bounded; parameters leave the process only when
 * they are allowed to.
 */
import { type Clock, systemClock } from '../clock.ts';
import { currentRequest, useRequestContext } from '../http/request-context.ts';
import { type Instrument, InstrumentSet, type Point } from '../metrics.ts';
import type { AgentEvent, Metric, MonitoringSource } from '../source.ts';
import type { Vitals } from '../vitals.ts';
import { Call, type DatabaseTarget, type QuerySpans } from './call.ts';
import { Connections } from './connections.ts';
import { coreOf, wrapMysql2 } from './mysql2.ts';
import { parametersText } from './parameters.ts';
import { wrapPg } from './pg.ts';
import { Repeats } from './repeats.ts';
import { wrapSqlite } from './sqlite.ts';
import type { StatementSummary } from './statement.ts';
import { StatementTable } from './statement-table.ts';
import { unwrapMethods } from './wrapped.ts';

export interface DatabaseProfilerOptions {
  /** Statements that take longer are told as events; 1000 unless said otherwise. */
  readonly slowQueryMs?: number;
  /** Statements that take longer are counted in the vital `slowQueries`; 500 unless said otherwise. */
  readonly vitalQueryMs?: number;
  /** Events of slow statements tell their parameters; not unless said so: they may be secrets. */
  readonly showParameters?: boolean;
  /** Different statements; 500 unless said otherwise. */
  readonly maxStatements?: number;
  /** Calls of one statement within one request that are too many; 5 unless said otherwise. */
  readonly repeatLimit?: number;
  readonly emit?: (event: AgentEvent) => void;
  readonly clock?: Clock;
}

const SOURCE_INTERVAL_MS = 15_000;
const BOUNDS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
/** Of one statement. */
const TELL_SLOW_AGAIN_MS = 10_000;

export class DatabaseProfiler implements MonitoringSource {
  readonly id = 'database';
  readonly name = 'Statements of this application';
  readonly priority = 'medium';
  readonly intervalMs = SOURCE_INTERVAL_MS;
  /** While false, wrappers leave what they are given as it is. */
  enabled = true;
  /** Set while statements are traced. */
  spans: QuerySpans | undefined;
  readonly #clock: Clock;
  readonly #slowMs: number;
  readonly #vitalMs: number;
  readonly #showParameters: boolean;
  readonly #emit: (event: AgentEvent) => void;
  readonly #set = new InstrumentSet();
  readonly #duration: Instrument;
  readonly #errors: Point;
  readonly #slow: Point;
  readonly #nPlusOne: Point;
  readonly #repeated: Point;
  readonly #evicted: Point;
  readonly #failures: Point;
  readonly #table: StatementTable;
  readonly #repeats: Repeats;
  readonly #connections: Connections;
  #releaseContext: (() => void) | undefined;
  #windowSlow = 0;
  #windowCalls = 0;

  constructor(options: DatabaseProfilerOptions = {}) {
    this.#clock = options.clock ?? systemClock;
    this.#slowMs = options.slowQueryMs ?? 1000;
    this.#vitalMs = options.vitalQueryMs ?? 500;
    this.#showParameters = options.showParameters ?? false;
    this.#emit = options.emit ?? (() => {});
    const set = this.#set;
    this.#duration = set.histogram(
      'database_query_duration_seconds',
      's',
      'Duration of statements, without waiting for a connection.',
      BOUNDS,
      'operation',
      'table',
    );
    const counter = (name: string, description: string): Point => {
      const point = set.counter(name, '{statement}', description).point();
      point.set(0);
      return point;
    };
    this.#errors = counter('database_query_errors_total', 'Statements that failed.');
    this.#slow = counter('database_slow_queries_total', 'Statements over the limit of slow ones.');
    this.#nPlusOne = counter(
      'database_n_plus_one_total',
      'Statements that a request sent row by row.',
    );
    this.#repeated = counter(
      'database_repeated_queries_total',
      'Statements that a request sent again and again.',
    );
    this.#evicted = counter(
      'database_statements_evicted_total',
      'Statements that are counted as (other).',
    );
    this.#failures = counter(
      'database_profiler_failures_total',
      'Statements that could not be recorded.',
    );
    this.#connections = new Connections(set);
    this.#table = new StatementTable(options.maxStatements ?? 500, this.#duration);
    this.#repeats = new Repeats({
      limit: options.repeatLimit ?? 5,
      clock: this.#clock,
      emit: this.#emit,
    });
  }

  /** Profiles a pool or client of `pg` and hands it back; `name` is the pool's in metrics. */
  pg<Target extends object>(target: Target, name = 'pg'): Target {
    if (!this.#use()) return target;
    wrapPg(this, target);
    this.#connections.watchPg(target, name);
    return target;
  }

  /** Profiles a pool or connection of `mysql2` or `mysql2/promise` and hands it back. */
  mysql2<Target extends object>(target: Target, name = 'mysql2'): Target {
    if (!this.#use()) return target;
    wrapMysql2(this, target);
    this.#connections.watchMysql2(target, name);
    return target;
  }

  /** Profiles a database of `node:sqlite`, `better-sqlite3` or `libsql` and hands it back. */
  sqlite<Target extends object>(target: Target): Target {
    if (!this.#use()) return target;
    wrapSqlite(this, target);
    return target;
  }

  /** Makes a pool, client or database what it was before; false when it was not wrapped. */
  unwrap(target: object): boolean {
    this.#connections.forget(target);
    return unwrapMethods(target) || unwrapMethods(coreOf(target));
  }

  /** What is known of every statement, what took most time first; plain JSON. */
  statements(): StatementSummary[] {
    return this.#table
      .list()
      .map((statement) => statement.summary())
      .sort((a, b) => b.totalMs - a.totalMs);
  }

  /** Since the last call. */
  vitals(): Vitals {
    const slowQueries = this.#windowSlow;
    const calls = this.#windowCalls;
    this.#windowSlow = 0;
    this.#windowCalls = 0;
    return calls === 0 ? {} : { slowQueries };
  }

  collect(): readonly Metric[] {
    this.#nPlusOne.set(this.#repeats.nPlusOne);
    this.#repeated.set(this.#repeats.repeated);
    this.#evicted.set(this.#table.evictions);
    this.#connections.collect();
    return this.#set.metrics();
  }

  close(): void {
    this.#releaseContext?.();
    this.#releaseContext = undefined;
  }

  /** For wrappers: the application calls with a statement; `boundary` is the function that it called. */
  begin(
    sql: string,
    parameters: unknown,
    target: DatabaseTarget,
    boundary: (...args: never[]) => unknown,
  ): Call {
    const statement = this.#table.of(sql, target.system);
    const request = currentRequest();
    if (request !== undefined) this.#repeats.began(request, statement, boundary);
    const beginSpan = this.spans?.();
    return new Call(statement, target, parameters, request, beginSpan);
  }

  /** It is sent. */
  started(call: Call): void {
    call.startMs = this.#clock.now();
    call.span = call.beginSpan?.(call.statement, call.target);
  }

  /** It has ended; `error` is undefined when it has not failed. Ends a call once. */
  ended(call: Call, error: unknown, rows: number): void {
    if (call.startMs < 0) return;
    const durationMs = this.#clock.now() - call.startMs;
    call.startMs = -1;
    this.record(call, durationMs, error, rows);
  }

  /** As `ended`, where the wrapper has measured the time. A mistake of ours is not to cost the application its result. */
  record(call: Call, durationMs: number, error: unknown, rows: number): void {
    try {
      this.#record(call, durationMs, error, rows);
    } catch {
      this.#failures.set(this.#failures.value + 1);
    }
  }

  #record(call: Call, durationMs: number, error: unknown, rows: number): void {
    const { request } = call;
    const statement = call.statement.heir ?? call.statement;
    const slow = durationMs > this.#slowMs;
    statement.record(durationMs, rows, error !== undefined, slow);
    this.#duration.observe(statement.duration, durationMs / 1000);
    this.#windowCalls++;
    if (durationMs > this.#vitalMs) this.#windowSlow++;
    if (error !== undefined) this.#errors.set(this.#errors.value + 1);
    if (request !== undefined) this.#repeats.returned(request, statement, rows);
    if (slow) this.#tellSlow(call, durationMs, rows);
    call.span?.end(error);
    call.span = undefined;
  }

  #use(): boolean {
    if (this.enabled) this.#releaseContext ??= useRequestContext();
    return this.enabled;
  }

  #tellSlow(call: Call, durationMs: number, rows: number): void {
    const { statement, request, parameters } = call;
    this.#slow.set(this.#slow.value + 1);
    const nowMs = this.#clock.now();
    if (nowMs - statement.lastEventMs < TELL_SLOW_AGAIN_MS) {
      statement.untold++;
      return;
    }
    const { untold } = statement;
    statement.lastEventMs = nowMs;
    statement.untold = 0;
    const shown = Math.round(durationMs);
    this.#emit({
      name: 'database.slow_query',
      severity: 'warn',
      message: `A statement took ${shown} ms (limit ${this.#slowMs} ms): ${statement.text}`,
      attributes: {
        ...statement.attributes,
        duration_ms: shown,
        rows,
        ...(request === undefined ? {} : { endpoint: `${request.method} ${request.endpoint}` }),
        ...request?.trace,
        ...(untold === 0 ? {} : { untold }),
        ...(this.#showParameters ? { parameters: parametersText(parameters) } : {}),
      },
    });
  }
}
