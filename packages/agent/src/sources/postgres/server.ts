/** What the source asks of a server before anything else: its version, rights and extensions. They may change at any time. */
import type { AgentEvent } from '../../source.ts';
import type { Readings } from '../readings.ts';
import { MARK } from './mark.ts';
import { flag, num, type Row, text } from './rows.ts';

export interface Server {
  /** `server_version_num`, e.g. 150018. */
  readonly version: number;
  readonly database: string;
  readonly standby: boolean;
  /** Whether statements and states of other users' sessions are shown to this user. */
  readonly seesAll: boolean;
  readonly maxConnections: number;
  readonly blockBytes: number;
  readonly upSeconds: number;
  readonly statements: StatementsExtension;
}

/** pg_stat_statements as it stands. */
export interface StatementsExtension {
  /** In shared_preload_libraries. */
  readonly loaded: boolean;
  /** Quoted schema; empty when the extension has not been created in this database. */
  readonly schema: string;
  /** Of the extension, as a number: 1.10 is 110. */
  readonly version: number;
}

/** One collection, as the parts of the source see it. */
export interface Collection {
  readonly server: Server;
  readonly readings: Readings;
  /** Time since the last collection; 0 with the first. */
  readonly windowSeconds: number;
  query(statement: string): Promise<readonly Row[]>;
  emit(event: AgentEvent): void;
  /** Emits the event the first time, and again when a day has passed. */
  remind(finding: string, event: AgentEvent): void;
}

/** One concern of the source; fails alone. */
export interface PostgresPart {
  readonly name: string;
  collect(collection: Collection): Promise<void>;
}

export const SERVER_QUERY = `SELECT ${MARK}
  current_setting('server_version_num') AS version,
  current_database() AS database,
  pg_is_in_recovery() AS standby,
  pg_has_role(current_user, 'pg_read_all_stats', 'USAGE') AS sees_all,
  current_setting('max_connections') AS max_connections,
  current_setting('block_size') AS block_bytes,
  extract(epoch FROM clock_timestamp() - pg_postmaster_start_time())::float8 AS up_seconds,
  current_setting('pg_stat_statements.max', true) IS NOT NULL AS loaded,
  (SELECT quote_ident(n.nspname) FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
    WHERE e.extname = 'pg_stat_statements') AS schema,
  (SELECT extversion FROM pg_extension WHERE extname = 'pg_stat_statements') AS extension_version`;

/** Throws when the answer is not one of PostgreSQL. */
export function serverOf(row: Row | undefined): Server {
  const version = row === undefined ? Number.NaN : num(row, 'version');
  if (row === undefined || !Number.isInteger(version)) {
    throw new Error('the pool does not lead to PostgreSQL: no server_version_num in its answer');
  }
  const [major = 0, minor = 0] = text(row, 'extension_version').split('.').map(Number);
  return {
    version,
    database: text(row, 'database'),
    standby: flag(row, 'standby'),
    seesAll: flag(row, 'sees_all'),
    maxConnections: num(row, 'max_connections'),
    blockBytes: num(row, 'block_bytes'),
    upSeconds: num(row, 'up_seconds'),
    statements: {
      loaded: flag(row, 'loaded'),
      schema: text(row, 'schema'),
      version: major * 100 + minor,
    },
  };
}
