/**
 * Statements by pg_stat_statements: what they cost since the last collection, and which of them are slow.
 *
 * Model: the numbers of all statements (by total time, up to MAX_ROWS) are read without texts, which the extension keeps in a file that it
 * would read whole, and compared with those of the last collection. The text of a statement is asked for once, when it first stands among the
 * costly ones of a window, and kept. A statement is slow when its calls of the window took `slowMs` or more on average. The first
 * collection has no window: what is slow on average since counting began is told then, so that a fresh start shows what has long been wrong.
 *
 * Invariants: at most MAX_COSTLY statements are looked at closely, MAX_EVENTS told, MAX_TEXTS texts of MAX_TEXT characters kept. Our own
 * statements are left out. A statement that comes from below MAX_ROWS has no window until the next collection.
 */
import { counted } from '../../counted.ts';
import type { AgentEvent } from '../../source.ts';
import { MARK } from './mark.ts';
import { M } from './metrics.ts';
import { num, type Row, text } from './rows.ts';
import type { Collection, PostgresPart } from './server.ts';
import { shownSql } from './shown-sql.ts';

const MAX_ROWS = 1000;
/** Of a window, by total time and by mean time each. */
const MAX_COSTLY = 20;
const MAX_EVENTS = 10;
const MAX_TEXTS = 300;
const MAX_TEXT = 4096;
/** A millisecond in seconds. */
const MS = 1e-3;

/** A statement with what it cost in the window. */
export interface Statement {
  readonly queryid: string;
  /** As the extension normalised it; `$1` for literals. */
  readonly text: string;
  readonly calls: number;
  readonly totalMs: number;
  readonly rows: number;
}

interface Totals {
  readonly calls: number;
  readonly totalMs: number;
  readonly rows: number;
}

/** What the costs of a statement came to. */
interface Cost {
  readonly queryid: string;
  /** Since counting began. */
  readonly totals: Totals;
  readonly maxMs: number;
  readonly window: Totals;
}

export class StatementsPart implements PostgresPart {
  readonly name = 'statements';
  readonly #slowMs: number;
  readonly #texts = new Map<string, string>();
  #last: ReadonlyMap<string, Totals> | undefined;
  /** What was costly in the last window, most costly first. */
  costly: readonly Statement[] = [];
  /** Calls in the last window of statements that were slow in it. */
  slowCalls = 0;

  constructor(slowMs: number) {
    this.#slowMs = slowMs;
  }

  async collect(collection: Collection): Promise<void> {
    this.costly = [];
    this.slowCalls = 0;
    if (!this.#usable(collection)) return;
    const rows = await collection.query(statementsQuery(collection));
    const costly = select(this.#windows(rows));
    await this.#learnTexts(collection, costly);
    const ours = costly.filter(({ queryid }) => this.#texts.get(queryid)?.includes(MARK) !== true);
    measure(collection, ours);
    this.#tell(collection, ours);
    this.costly = ours.map(({ queryid, window }) => ({
      queryid,
      text: this.#texts.get(queryid) ?? '',
      ...window,
    }));
    this.#last = new Map(rows.map((row) => [text(row, 'queryid'), totalsOf(row)]));
  }

  #usable(collection: Collection): boolean {
    const { loaded, schema } = collection.server.statements;
    if (loaded && schema !== '') return true;
    const create = 'run CREATE EXTENSION pg_stat_statements in this database';
    const load = 'add pg_stat_statements to shared_preload_libraries, restart the server';
    collection.remind(`statements ${loaded}`, {
      name: 'postgresql.limited',
      severity: 'warn',
      message: `Statements are not counted: ${loaded ? create : `${load} and ${create}`}. Everything else is collected.`,
      attributes: { 'db.namespace': collection.server.database, 'postgresql.part': this.name },
    });
    return false;
  }

  /** What was called since the last collection, or ever with the first. */
  #windows(rows: readonly Row[]): Cost[] {
    const last = this.#last;
    const complete = last === undefined || last.size < MAX_ROWS;
    return rows.flatMap((row) => {
      const queryid = text(row, 'queryid');
      const totals = totalsOf(row);
      const before = last?.get(queryid);
      if (before === undefined && !complete) return [];
      const window = since(totals, before);
      return window.calls > 0 ? [{ queryid, totals, maxMs: num(row, 'max_ms'), window }] : [];
    });
  }

  async #learnTexts(collection: Collection, costly: readonly Cost[]): Promise<void> {
    const missing = costly.map(({ queryid }) => queryid).filter((id) => !this.#texts.has(id));
    if (missing.length === 0) return;
    for (const row of await collection.query(textsQuery(collection, missing))) {
      this.#texts.set(text(row, 'queryid'), text(row, 'query'));
    }
    for (const id of this.#texts.keys()) {
      if (this.#texts.size <= MAX_TEXTS) break;
      this.#texts.delete(id);
    }
  }

  #tell(collection: Collection, costly: readonly Cost[]): void {
    const windowed = this.#last !== undefined;
    const slow = costly.filter(({ window }) => window.totalMs / window.calls >= this.#slowMs);
    for (const { window } of windowed ? slow : []) this.slowCalls += window.calls;
    for (const cost of slow.slice(0, MAX_EVENTS)) {
      const shown = shownSql(this.#texts.get(cost.queryid) ?? '');
      collection.emit(slowEvent(collection, cost, shown, windowed));
    }
  }
}

/** The most costly of a window by total and by mean time, by total time. */
function select(costs: Cost[]): Cost[] {
  const byTotal = costs.sort((a, b) => b.window.totalMs - a.window.totalMs);
  const mean = ({ window }: Cost): number => window.totalMs / window.calls;
  const byMean = [...byTotal].sort((a, b) => mean(b) - mean(a)).slice(0, MAX_COSTLY);
  const chosen = new Set([...byTotal.slice(0, MAX_COSTLY), ...byMean]);
  return byTotal.filter((cost) => chosen.has(cost));
}

function measure({ readings, server }: Collection, costly: readonly Cost[]): void {
  for (const { queryid, totals, window } of costly) {
    const attributes = [server.database, queryid];
    readings.add(M.queryCalls, totals.calls, ...attributes);
    readings.add(M.queryTime, totals.totalMs * MS, ...attributes);
    readings.add(M.queryRows, totals.rows, ...attributes);
    readings.add(M.queryMean, (window.totalMs / window.calls) * MS, ...attributes);
  }
}

function totalsOf(row: Row): Totals {
  return { calls: num(row, 'calls'), totalMs: num(row, 'total_ms'), rows: num(row, 'rows') };
}

/** Growth; all of it where there was nothing before, or counting began anew. */
function since(now: Totals, before: Totals | undefined): Totals {
  if (before === undefined || now.calls < before.calls) return now;
  return {
    calls: now.calls - before.calls,
    totalMs: Math.max(0, now.totalMs - before.totalMs),
    rows: now.rows - before.rows,
  };
}

function view({ server }: Collection, withTexts: boolean): string {
  return `${server.statements.schema}.pg_stat_statements(${withTexts})`;
}

function statementsQuery(collection: Collection): string {
  // Version 1.8 of the extension (PostgreSQL 13) split planning from execution.
  const prefix = collection.server.statements.version >= 108 ? '_exec' : '';
  return `SELECT ${MARK} queryid::text AS queryid, sum(calls)::float8 AS calls,
  sum(total${prefix}_time)::float8 AS total_ms, max(max${prefix}_time)::float8 AS max_ms, sum(rows)::float8 AS rows
FROM ${view(collection, false)}
WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database()) AND queryid IS NOT NULL
GROUP BY queryid ORDER BY total_ms DESC LIMIT ${MAX_ROWS}`;
}

function textsQuery(collection: Collection, queryids: readonly string[]): string {
  // Digits and a sign only: they come from the server, and go back into a statement.
  const ids = queryids.filter((id) => /^-?\d+$/.test(id)).join(',');
  return `SELECT ${MARK} DISTINCT ON (queryid) queryid::text AS queryid, left(query, ${MAX_TEXT}) AS query
FROM ${view(collection, true)} WHERE queryid IN (${ids})`;
}

function slowEvent(
  { server, windowSeconds }: Collection,
  { queryid, window, maxMs }: Cost,
  shown: string,
  windowed: boolean,
): AgentEvent {
  const meanMs = Math.round(window.totalMs / window.calls);
  const when = windowed ? `in the last ${Math.round(windowSeconds)} s` : 'since counting began';
  return {
    name: 'postgresql.slow_query',
    severity: 'warn',
    message: `A statement took ${meanMs} ms on average (${counted(window.calls, 'call')} ${when}): ${shown}`,
    attributes: {
      'db.system.name': 'postgresql',
      'db.namespace': server.database,
      'db.query.text': shown,
      'postgresql.queryid': queryid,
      'postgresql.calls': window.calls,
      'postgresql.rows': window.rows,
      'postgresql.mean_exec_time_ms': meanMs,
      'postgresql.total_exec_time_ms': Math.round(window.totalMs),
      'postgresql.max_exec_time_ms': Math.round(maxMs),
      'postgresql.since_reset': !windowed,
    },
  };
}
