/**
 * Tables: scans, rows, vacuums; and which of them lack an index.
 *
 * Model: a table lacks an index when, since this source began to look, it was read in whole MIN_SCANS times or more, MIN_ROWS_PER_SCAN rows
 * or more each time, most of the rows read from it were read so, and it goes on. Which columns the index should have is taken from the costly
 * statements that name the table; where none tells, the table alone is named.
 */
import { MARK } from './mark.ts';
import { M } from './metrics.ts';
import { predicatesOf } from './predicates.ts';
import { num, type Row, text } from './rows.ts';
import type { Collection, PostgresPart } from './server.ts';
import { shownSql } from './shown-sql.ts';
import type { Statement } from './statements.ts';

const MAX_TABLES = 30;
const MAX_PROPOSALS = 5;
const MAX_INDEX_COLUMNS = 3;
const MIN_SCANS = 5;
const MIN_ROWS_PER_SCAN = 5000;
const MOST = 0.8;

/** No size functions: they wait for locks, and the planner's counts do for a trend. */
const TABLES_QUERY = `SELECT ${MARK} s.relid::text AS relid, s.schemaname, s.relname, s.seq_scan, s.seq_tup_read,
  coalesce(s.idx_scan, 0) AS idx_scan, coalesce(s.idx_tup_fetch, 0) AS idx_tup_fetch, s.n_tup_ins, s.n_tup_upd,
  s.n_tup_del, s.n_tup_hot_upd, s.n_live_tup, s.n_dead_tup, s.vacuum_count + s.autovacuum_count AS vacuums,
  extract(epoch FROM clock_timestamp() - greatest(s.last_vacuum, s.last_autovacuum))::float8 AS since_vacuum,
  extract(epoch FROM clock_timestamp() - greatest(s.last_analyze, s.last_autoanalyze))::float8 AS since_analyze,
  c.relpages::float8 AS pages
FROM pg_stat_user_tables s JOIN pg_class c ON c.oid = s.relid
ORDER BY s.seq_tup_read + coalesce(s.idx_tup_fetch, 0) + s.n_tup_ins + s.n_tup_upd + s.n_tup_del DESC
LIMIT ${MAX_TABLES}`;

interface Reads {
  readonly scans: number;
  readonly scanned: number;
  readonly fetched: number;
}

interface Candidate {
  readonly row: Row;
  readonly reads: Reads;
}

export class TablesPart implements PostgresPart {
  readonly name = 'tables';
  readonly #statements: { readonly costly: readonly Statement[] };
  readonly #first = new Map<string, Reads>();
  #last: ReadonlyMap<string, Reads> = new Map();
  /** Tables that lacked an index with the last collection. */
  missing = 0;

  constructor(statements: { readonly costly: readonly Statement[] }) {
    this.#statements = statements;
  }

  async collect(collection: Collection): Promise<void> {
    const rows = await collection.query(TABLES_QUERY);
    for (const row of rows) measure(collection, row);
    const candidates = this.#candidates(rows);
    this.missing = candidates.length;
    if (candidates.length > 0) await this.#propose(collection, candidates.slice(0, MAX_PROPOSALS));
  }

  #candidates(rows: readonly Row[]): Candidate[] {
    const last = this.#last;
    this.#last = new Map(rows.map((row) => [text(row, 'relid'), readsOf(row)]));
    // Tables that came back into view begin anew, so what is remembered stays as small as what is seen.
    for (const relid of this.#first.keys()) if (!this.#last.has(relid)) this.#first.delete(relid);
    return rows.flatMap((row) => {
      const relid = text(row, 'relid');
      const now = readsOf(row);
      const first = this.#first.get(relid);
      if (first === undefined || first.scans > now.scans) {
        this.#first.set(relid, now);
        return [];
      }
      const reads = minus(now, first);
      const goesOn = now.scans > (last.get(relid)?.scans ?? now.scans);
      return goesOn && lacksIndex(reads) ? [{ row, reads }] : [];
    });
  }

  async #propose(collection: Collection, candidates: readonly Candidate[]): Promise<void> {
    const relids = candidates.map(({ row }) => text(row, 'relid'));
    const columns = await collection.query(columnsQuery(relids));
    const indexes = await collection.query(leadingQuery(relids));
    for (const { row, reads } of candidates) {
      const relid = text(row, 'relid');
      const of = (rows: readonly Row[], column: string): Set<string> =>
        new Set(rows.filter((r) => text(r, 'relid') === relid).map((r) => text(r, column)));
      const known = { columns: of(columns, 'attname'), leading: of(indexes, 'attname') };
      const proposal = proposalFor(row, known, this.#statements.costly);
      tell(collection, row, reads, proposal);
    }
  }
}

function measure({ readings, server }: Collection, row: Row): void {
  const table = [`${server.database}|${text(row, 'schemaname')}`, text(row, 'relname')];
  readings.add(M.tableSize, num(row, 'pages') * server.blockBytes, ...table);
  readings.add(M.tableRows, num(row, 'n_live_tup'), ...table, 'live');
  readings.add(M.tableRows, num(row, 'n_dead_tup'), ...table, 'dead');
  readings.add(M.tableOperations, num(row, 'n_tup_ins'), ...table, 'ins');
  readings.add(M.tableOperations, num(row, 'n_tup_upd'), ...table, 'upd');
  readings.add(M.tableOperations, num(row, 'n_tup_del'), ...table, 'del');
  readings.add(M.tableOperations, num(row, 'n_tup_hot_upd'), ...table, 'hot_upd');
  readings.add(M.sequentialScans, num(row, 'seq_scan'), ...table);
  readings.add(M.sequentialRows, num(row, 'seq_tup_read'), ...table);
  readings.add(M.tableIndexScans, num(row, 'idx_scan'), ...table);
  readings.add(M.vacuums, num(row, 'vacuums'), ...table);
  readings.add(M.sinceVacuum, num(row, 'since_vacuum'), ...table);
  readings.add(M.sinceAnalyze, num(row, 'since_analyze'), ...table);
}

function readsOf(row: Row): Reads {
  return {
    scans: num(row, 'seq_scan'),
    scanned: num(row, 'seq_tup_read'),
    fetched: num(row, 'idx_tup_fetch'),
  };
}

function minus(a: Reads, b: Reads): Reads {
  return {
    scans: a.scans - b.scans,
    scanned: a.scanned - b.scanned,
    fetched: a.fetched - b.fetched,
  };
}

function lacksIndex({ scans, scanned, fetched }: Reads): boolean {
  return (
    scans >= MIN_SCANS &&
    scanned >= scans * MIN_ROWS_PER_SCAN &&
    scanned >= (scanned + fetched) * MOST
  );
}

const columnsQuery = (
  relids: readonly string[],
): string => `SELECT ${MARK} attrelid::text AS relid, attname::text
FROM pg_attribute WHERE attrelid IN (${oids(relids)}) AND attnum > 0 AND NOT attisdropped LIMIT 2000`;

const leadingQuery = (
  relids: readonly string[],
): string => `SELECT ${MARK} i.indrelid::text AS relid, a.attname::text
FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
WHERE i.indrelid IN (${oids(relids)}) AND i.indisvalid AND i.indpred IS NULL LIMIT 1000`;

function oids(relids: readonly string[]): string {
  return relids.filter((relid) => /^\d+$/.test(relid)).join(',');
}

interface Proposal {
  /** Empty when no statement tells the columns. */
  readonly sql: string;
  readonly statement: Statement | undefined;
}

function proposalFor(
  row: Row,
  known: { columns: ReadonlySet<string>; leading: ReadonlySet<string> },
  costly: readonly Statement[],
): Proposal {
  for (const statement of costly) {
    const { equal, range } = predicatesOf(statement.text, text(row, 'relname'), known.columns);
    const columns = [...equal, ...range.slice(0, 1)].slice(0, MAX_INDEX_COLUMNS);
    // One of them leads an index already: the scans come from elsewhere.
    if (columns.length === 0 || columns.some((column) => known.leading.has(column))) continue;
    const table = `${quoted(text(row, 'schemaname'))}.${quoted(text(row, 'relname'))}`;
    const sql = `CREATE INDEX CONCURRENTLY ON ${table} (${columns.map(quoted).join(', ')})`;
    return { sql, statement };
  }
  const naming = costly.find(({ text: sql }) => sql.includes(text(row, 'relname')));
  return { sql: '', statement: naming };
}

function tell(collection: Collection, row: Row, reads: Reads, { sql, statement }: Proposal): void {
  const table = `${text(row, 'schemaname')}.${text(row, 'relname')}`;
  const read = `read in whole ${reads.scans} times, ${Math.round(reads.scanned / reads.scans)} rows each`;
  const advice =
    sql === ''
      ? 'Look at the statements that filter it by columns without an index.'
      : `Proposal: ${sql}.`;
  collection.remind(`missing ${table} ${sql}`, {
    name: 'postgresql.missing_index',
    severity: 'warn',
    message: `Table ${table} seems to lack an index: ${read}. ${advice}`,
    attributes: {
      'db.system.name': 'postgresql',
      'db.namespace': `${collection.server.database}|${text(row, 'schemaname')}`,
      'db.collection.name': text(row, 'relname'),
      'postgresql.index.proposal': sql,
      'postgresql.sequential_scans': reads.scans,
      'postgresql.sequential_scan.rows': reads.scanned,
      'postgresql.queryid': statement?.queryid ?? '',
      'db.query.text': shownSql(statement?.text ?? ''),
    },
  });
}

/** As SQL wants it: quoted where it must be. */
export function quoted(name: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
}
