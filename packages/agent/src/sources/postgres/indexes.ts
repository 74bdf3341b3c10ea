/**
 * Indexes: how often they are used, which are never used, which say the same as another.
 *
 * Unused: not scanned once since statistics began (UNUSED_AFTER_SECONDS at least, so that nightly work has run), larger than
 * UNUSED_BYTES, and not there for a constraint. Duplicate: same table, method, columns, operator classes, collations, order, expressions
 * and predicate. Definitions are compared by the catalog's own columns; pg_get_indexdef and the size functions would wait for locks.
 */
import type { AgentEvent } from '../../source.ts';
import { MARK } from './mark.ts';
import { M } from './metrics.ts';
import { flag, num, type Row, text } from './rows.ts';
import type { Collection, PostgresPart } from './server.ts';
import { quoted } from './tables.ts';

const MAX_INDEXES = 50;
const MAX_ADVICE = 20;
/** Findings change slowly, and looking for them joins the whole catalog of indexes. */
const ADVICE_EVERY = 10;

export interface UnusedIndexLimits {
  readonly unusedIndexBytes: number;
  readonly unusedAfterSeconds: number;
}

const INDEXES_QUERY = `SELECT ${MARK} s.schemaname, s.relname, s.indexrelname, s.idx_scan, c.relpages::float8 AS pages
FROM pg_stat_user_indexes s JOIN pg_class c ON c.oid = s.indexrelid
ORDER BY s.idx_scan DESC, c.relpages DESC LIMIT ${MAX_INDEXES}`;

const unusedQuery = (
  minPages: number,
): string => `SELECT ${MARK} s.schemaname, s.relname, s.indexrelname,
  c.relpages::float8 AS pages,
  extract(epoch FROM clock_timestamp() - coalesce(d.stats_reset, pg_postmaster_start_time()))::float8 AS counted_seconds
FROM pg_stat_user_indexes s JOIN pg_class c ON c.oid = s.indexrelid JOIN pg_index i ON i.indexrelid = s.indexrelid
JOIN pg_stat_database d ON d.datname = current_database()
WHERE s.idx_scan = 0 AND c.relpages >= ${minPages} AND i.indisvalid AND NOT i.indisunique AND NOT i.indisexclusion
  AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = s.indexrelid)
ORDER BY c.relpages DESC LIMIT ${MAX_ADVICE}`;

/** Trees of nodes tell where in the text of a definition they stood; that is no difference. */
const tree = (column: string): string =>
  `regexp_replace(coalesce(${column}::text, ''), ':location -?[0-9]+', '', 'g')`;

const DUPLICATES_QUERY = `WITH d AS MATERIALIZED (
  SELECT n.nspname, t.relname, c.relname AS index, c.relpages, i.indisprimary, i.indisunique,
    EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid) AS constrained,
    concat_ws(' ', i.indrelid, c.relam, i.indkey, i.indclass, i.indcollation, i.indoption,
      ${tree('i.indexprs')}, ${tree('i.indpred')}) AS definition
  FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid
  JOIN pg_namespace n ON n.oid = t.relnamespace
  WHERE i.indisvalid AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_t%'),
r AS (SELECT *, first_value(index) OVER w AS kept, row_number() OVER w AS place
  FROM d WINDOW w AS (PARTITION BY definition ORDER BY constrained DESC, indisunique DESC, index))
SELECT ${MARK} nspname AS schemaname, relname, index AS indexrelname, kept, relpages::float8 AS pages, constrained
FROM r WHERE place > 1 ORDER BY relpages DESC LIMIT ${MAX_ADVICE}`;

export class IndexesPart implements PostgresPart {
  readonly name = 'indexes';
  readonly #limits: UnusedIndexLimits;
  readonly #tables: { readonly missing: number };
  #collections = 0;
  #unused = 0;
  #duplicate = 0;

  constructor(limits: UnusedIndexLimits, tables: { readonly missing: number }) {
    this.#limits = limits;
    this.#tables = tables;
  }

  async collect(collection: Collection): Promise<void> {
    const { readings, server } = collection;
    for (const row of await collection.query(INDEXES_QUERY)) {
      const index = [
        `${server.database}|${text(row, 'schemaname')}`,
        text(row, 'relname'),
        text(row, 'indexrelname'),
      ];
      readings.add(M.indexScans, num(row, 'idx_scan'), ...index);
      readings.add(M.indexSize, num(row, 'pages') * server.blockBytes, ...index);
    }
    if (this.#collections++ % ADVICE_EVERY === 0) await this.#advise(collection);
    readings.add(M.indexAdvice, this.#unused, server.database, 'unused');
    readings.add(M.indexAdvice, this.#duplicate, server.database, 'duplicate');
    readings.add(M.indexAdvice, this.#tables.missing, server.database, 'missing');
  }

  async #advise(collection: Collection): Promise<void> {
    const minPages = Math.ceil(this.#limits.unusedIndexBytes / collection.server.blockBytes);
    const unused = (await collection.query(unusedQuery(minPages))).filter(
      (row) => num(row, 'counted_seconds') >= this.#limits.unusedAfterSeconds,
    );
    const duplicates = await collection.query(DUPLICATES_QUERY);
    this.#unused = unused.length;
    this.#duplicate = duplicates.length;
    for (const row of unused) {
      collection.remind(`unused ${nameOf(row)}`, unusedEvent(collection, row));
    }
    for (const row of duplicates) {
      collection.remind(`duplicate ${nameOf(row)}`, duplicateEvent(collection, row));
    }
  }
}

function nameOf(row: Row): string {
  return `${quoted(text(row, 'schemaname'))}.${quoted(text(row, 'indexrelname'))}`;
}

function unusedEvent(collection: Collection, row: Row): AgentEvent {
  const days = Math.round(num(row, 'counted_seconds') / 8640) / 10;
  const mib = Math.round((num(row, 'pages') * collection.server.blockBytes) / 104857.6) / 10;
  const drop = `DROP INDEX CONCURRENTLY ${nameOf(row)}`;
  return {
    name: 'postgresql.unused_index',
    severity: 'info',
    message: `Index ${nameOf(row)} (${mib} MiB) has not been used for ${days} days on this server. Where no standby uses it: ${drop}.`,
    attributes: attributesOf(collection, row, drop),
  };
}

function duplicateEvent(collection: Collection, row: Row): AgentEvent {
  const table = `${quoted(text(row, 'schemaname'))}.${quoted(text(row, 'relname'))}`;
  const drop = flag(row, 'constrained')
    ? `ALTER TABLE ${table} DROP CONSTRAINT ${quoted(text(row, 'indexrelname'))}`
    : `DROP INDEX CONCURRENTLY ${nameOf(row)}`;
  return {
    name: 'postgresql.duplicate_index',
    severity: 'info',
    message: `Index ${nameOf(row)} says the same as ${quoted(text(row, 'kept'))}. Proposal: ${drop}.`,
    attributes: {
      ...attributesOf(collection, row, drop),
      'postgresql.index.kept': text(row, 'kept'),
    },
  };
}

function attributesOf({ server }: Collection, row: Row, proposal: string) {
  return {
    'db.system.name': 'postgresql',
    'db.namespace': `${server.database}|${text(row, 'schemaname')}`,
    'db.collection.name': text(row, 'relname'),
    'postgresql.index.name': text(row, 'indexrelname'),
    'postgresql.index.size_bytes': num(row, 'pages') * server.blockBytes,
    'postgresql.index.proposal': proposal,
  };
}
