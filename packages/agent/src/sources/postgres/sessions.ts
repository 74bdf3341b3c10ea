/** Sessions (pg_stat_activity) and locks (pg_locks): how many, what runs too long, who blocks whom. */
import { MARK } from './mark.ts';
import { M } from './metrics.ts';
import { num, type Row, text } from './rows.ts';
import type { Collection, PostgresPart } from './server.ts';
import { shownSql } from './shown-sql.ts';

const MAX_RUNNING = 10;
const MAX_BLOCKED = 10;
const MAX_TEXT = 2048;
/** A transaction that does nothing for so long keeps locks and dead rows for nothing. */
const IDLE_TRANSACTION_MS = 30_000;

const OF_DATABASE = `datname = current_database() AND backend_type = 'client backend'`;

const BACKENDS_QUERY = `SELECT ${MARK} coalesce(state, 'unknown') AS state, count(*)::int AS backends,
  count(*) FILTER (WHERE wait_event_type = 'Lock')::int AS blocked,
  max(extract(epoch FROM clock_timestamp() - xact_start))::float8 AS oldest
FROM pg_stat_activity WHERE ${OF_DATABASE} GROUP BY 1`;

const LOCKS_QUERY = `SELECT ${MARK} mode, locktype, granted::text AS granted, count(*)::int AS locks
FROM pg_locks WHERE pid <> pg_backend_pid()
  AND (database IS NULL OR database = (SELECT oid FROM pg_database WHERE datname = current_database()))
GROUP BY 1, 2, 3 ORDER BY 4 DESC LIMIT 100`;

const runningQuery = (
  slowMs: number,
): string => `SELECT ${MARK} pid, usename, application_name, state,
  wait_event_type, wait_event, query_start::text AS started,
  (extract(epoch FROM clock_timestamp() - CASE state WHEN 'active' THEN query_start ELSE state_change END)
    * 1000)::float8 AS ms, left(query, ${MAX_TEXT}) AS query
FROM pg_stat_activity WHERE ${OF_DATABASE} AND pid <> pg_backend_pid() AND (
  (state = 'active' AND query_start < clock_timestamp() - interval '${slowMs} ms') OR
  (state LIKE 'idle in transaction%' AND state_change < clock_timestamp() - interval '${IDLE_TRANSACTION_MS} ms'))
ORDER BY query_start LIMIT ${MAX_RUNNING}`;

/** pg_blocking_pids stops the lock manager for a moment, so it is asked about few sessions. */
const blockedQuery = (slowMs: number): string => `WITH waiting AS MATERIALIZED (
  SELECT pid, usename, application_name, query_start, query FROM pg_stat_activity
  WHERE ${OF_DATABASE} AND wait_event_type = 'Lock' AND query_start < clock_timestamp() - interval '${slowMs} ms'
  ORDER BY query_start LIMIT ${MAX_BLOCKED})
SELECT ${MARK} w.pid, w.usename, w.application_name, left(w.query, ${MAX_TEXT}) AS query,
  (extract(epoch FROM clock_timestamp() - w.query_start) * 1000)::float8 AS ms,
  b.pid AS blocker_pid, b.usename AS blocker_usename, b.application_name AS blocker_application_name,
  b.state AS blocker_state, left(b.query, ${MAX_TEXT}) AS blocker_query,
  (extract(epoch FROM clock_timestamp() - b.xact_start) * 1000)::float8 AS blocker_ms,
  (SELECT l.mode FROM pg_locks l WHERE l.pid = w.pid AND NOT l.granted LIMIT 1) AS mode,
  (SELECT c.relname FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
    WHERE l.pid = w.pid AND l.relation IS NOT NULL ORDER BY l.granted, c.relkind = 'r' DESC LIMIT 1) AS relation
FROM waiting w CROSS JOIN LATERAL unnest(pg_blocking_pids(w.pid)) AS p(pid)
JOIN pg_stat_activity b ON b.pid = p.pid ORDER BY w.query_start LIMIT ${MAX_BLOCKED * 2}`;

export class SessionsPart implements PostgresPart {
  readonly name = 'sessions';
  readonly #slowMs: number;
  /** Statements that were told when they were first seen to run too long: they are not told again. */
  #told = new Set<string>();

  constructor(slowMs: number) {
    this.#slowMs = slowMs;
  }

  async collect(collection: Collection): Promise<void> {
    const { readings, server } = collection;
    let blocked = 0;
    let oldest = 0;
    for (const row of await collection.query(BACKENDS_QUERY)) {
      readings.add(M.backends, num(row, 'backends'), server.database, text(row, 'state'));
      blocked += num(row, 'blocked');
      oldest = Math.max(oldest, num(row, 'oldest') || 0);
    }
    readings.add(M.blocked, blocked, server.database);
    readings.add(M.oldestTransaction, oldest, server.database);
    const told = new Set<string>();
    for (const row of await collection.query(runningQuery(this.#slowMs))) {
      const key = `${text(row, 'pid')} ${text(row, 'started')} ${text(row, 'state')}`;
      told.add(key);
      if (!this.#told.has(key)) collection.emit(runningEvent(server.database, row));
    }
    this.#told = told;
    if (blocked === 0) return;
    for (const row of await collection.query(blockedQuery(this.#slowMs))) {
      collection.emit(blockedEvent(server.database, row));
    }
  }
}

export class LocksPart implements PostgresPart {
  readonly name = 'locks';

  async collect({ readings, server, query }: Collection): Promise<void> {
    for (const row of await query(LOCKS_QUERY)) {
      const values = [text(row, 'mode'), text(row, 'locktype'), text(row, 'granted')];
      readings.add(M.locks, num(row, 'locks'), server.database, ...values);
    }
  }
}

function runningEvent(database: string, row: Row) {
  const ms = Math.round(num(row, 'ms'));
  const state = text(row, 'state');
  const active = state === 'active';
  const wait = [text(row, 'wait_event_type'), text(row, 'wait_event')].filter(
    (part) => part !== '',
  );
  const waiting = active && wait.length > 0 ? `, waiting for ${wait.join(' ')}` : '';
  const who = session(row);
  return {
    name: active ? 'postgresql.running_query' : 'postgresql.idle_transaction',
    severity: 'warn',
    message: active
      ? `A statement of ${who} has been running for ${ms} ms${waiting}.`
      : `A transaction of ${who} has been open and idle for ${ms} ms: it keeps its locks and dead rows.`,
    attributes: {
      'db.system.name': 'postgresql',
      'db.namespace': database,
      'db.query.text': shownSql(text(row, 'query')),
      'postgresql.pid': num(row, 'pid'),
      'user.name': text(row, 'usename'),
      'postgresql.application_name': text(row, 'application_name'),
      'postgresql.state': state,
      'postgresql.wait_event_type': text(row, 'wait_event_type'),
      'postgresql.wait_event': text(row, 'wait_event'),
      'postgresql.duration_ms': ms,
    },
  } as const;
}

function blockedEvent(database: string, row: Row) {
  const ms = Math.round(num(row, 'ms'));
  const relation = text(row, 'relation');
  const where = relation === '' ? '' : ` on ${relation}`;
  const blocker = `process ${text(row, 'blocker_pid')} (${text(row, 'blocker_state')})`;
  return {
    name: 'postgresql.blocked',
    severity: 'warn',
    message: `A statement of ${session(row)} has been waiting for ${ms} ms for a lock${where} that ${blocker} holds.`,
    attributes: {
      'db.system.name': 'postgresql',
      'db.namespace': database,
      'db.collection.name': relation,
      'db.query.text': shownSql(text(row, 'query')),
      'postgresql.pid': num(row, 'pid'),
      'user.name': text(row, 'usename'),
      'postgresql.application_name': text(row, 'application_name'),
      'postgresql.duration_ms': ms,
      'postgresql.lock.mode': text(row, 'mode'),
      'postgresql.blocker.pid': num(row, 'blocker_pid'),
      'postgresql.blocker.user.name': text(row, 'blocker_usename'),
      'postgresql.blocker.application_name': text(row, 'blocker_application_name'),
      'postgresql.blocker.state': text(row, 'blocker_state'),
      'postgresql.blocker.query.text': shownSql(text(row, 'blocker_query')),
      'postgresql.blocker.transaction_ms': Math.round(num(row, 'blocker_ms') || 0),
    },
  } as const;
}

function session(row: Row): string {
  const application = text(row, 'application_name');
  const named = application === '' ? '' : `, ${application}`;
  return `${text(row, 'usename')} (process ${text(row, 'pid')}${named})`;
}
