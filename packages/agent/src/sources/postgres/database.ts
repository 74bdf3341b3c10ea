/** The database as a whole (pg_stat_database), checkpoints, and standbys. */
import { counted } from '../../counted.ts';
import { MARK } from './mark.ts';
import { M } from './metrics.ts';
import { num, type Row, text } from './rows.ts';
import type { Collection, PostgresPart } from './server.ts';

const DATABASE_QUERY = `SELECT ${MARK} xact_commit, xact_rollback, blks_read, blks_hit, tup_returned,
  tup_fetched, tup_inserted, tup_updated, tup_deleted, deadlocks, temp_files, temp_bytes
FROM pg_stat_database WHERE datname = current_database()`;

const COUNTERS = [
  [M.commits, 'xact_commit'],
  [M.rollbacks, 'xact_rollback'],
  [M.blocksHit, 'blks_hit'],
  [M.blocksRead, 'blks_read'],
  [M.returned, 'tup_returned'],
  [M.fetched, 'tup_fetched'],
  [M.inserted, 'tup_inserted'],
  [M.updated, 'tup_updated'],
  [M.deleted, 'tup_deleted'],
  [M.deadlocks, 'deadlocks'],
  [M.tempFiles, 'temp_files'],
  [M.tempBytes, 'temp_bytes'],
] as const;

export class DatabasePart implements PostgresPart {
  readonly name = 'database';
  #last: Row | undefined;

  async collect(collection: Collection): Promise<void> {
    const { readings, server } = collection;
    readings.add(M.connectionMax, server.maxConnections);
    const [row] = await collection.query(DATABASE_QUERY);
    if (row === undefined) return;
    for (const [definition, column] of COUNTERS) {
      readings.add(definition, num(row, column), server.database);
    }
    const hit = this.#since(row, 'blks_hit');
    const read = this.#since(row, 'blks_read');
    if (hit + read > 0) readings.add(M.hitRatio, hit / (hit + read), server.database);
    const deadlocks = this.#last === undefined ? 0 : this.#since(row, 'deadlocks');
    this.#last = row;
    if (deadlocks > 0) collection.emit(deadlockEvent(server.database, deadlocks));
  }

  /** Growth since the last collection; all of it when counting began anew. */
  #since(row: Row, column: string): number {
    const now = num(row, column);
    const before = this.#last === undefined ? 0 : num(this.#last, column);
    return now >= before ? now - before : now;
  }
}

function deadlockEvent(database: string, deadlocks: number) {
  return {
    name: 'postgresql.deadlock',
    severity: 'error',
    message: `${counted(deadlocks, 'deadlock')} in database ${database}: the server ended one transaction of each; its log names the statements.`,
    attributes: { 'db.namespace': database, 'postgresql.deadlocks': deadlocks },
  } as const;
}

/** Version 17 moved checkpoints to a view of their own. */
const CHECKPOINTS_17 = `SELECT ${MARK} num_timed AS timed, num_requested AS requested, write_time, sync_time
FROM pg_stat_checkpointer`;
const CHECKPOINTS = `SELECT ${MARK} checkpoints_timed AS timed, checkpoints_req AS requested,
  checkpoint_write_time AS write_time, checkpoint_sync_time AS sync_time FROM pg_stat_bgwriter`;

export class CheckpointPart implements PostgresPart {
  readonly name = 'checkpoints';

  async collect({ server, readings, query }: Collection): Promise<void> {
    const [row] = await query(server.version >= 170000 ? CHECKPOINTS_17 : CHECKPOINTS);
    if (row === undefined) return;
    readings.add(M.checkpoints, num(row, 'timed'), 'scheduled');
    readings.add(M.checkpoints, num(row, 'requested'), 'requested');
    readings.add(M.checkpointTime, num(row, 'write_time'), 'write');
    readings.add(M.checkpointTime, num(row, 'sync_time'), 'sync');
  }
}

const MAX_STANDBYS = 16;
const STANDBYS_QUERY = `SELECT ${MARK}
  coalesce(nullif(application_name, 'walreceiver'), client_addr::text, 'unix') AS client,
  extract(epoch FROM write_lag)::float8 AS write, extract(epoch FROM flush_lag)::float8 AS flush,
  extract(epoch FROM replay_lag)::float8 AS replay,
  pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn)::float8 AS bytes
FROM pg_stat_replication ORDER BY 1 LIMIT ${MAX_STANDBYS}`;

/** The age of the last transaction grows while there is nothing to replay: then the standby is up to date. */
const DELAY_QUERY = `SELECT ${MARK}
  CASE WHEN pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() THEN 0
    ELSE extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp())::float8 END AS delay`;

export class ReplicationPart implements PostgresPart {
  readonly name = 'replication';

  async collect({ server, readings, query }: Collection): Promise<void> {
    if (server.standby) {
      const [row] = await query(DELAY_QUERY);
      if (row !== undefined) readings.add(M.standbyDelay, num(row, 'delay'));
      return;
    }
    for (const row of await query(STANDBYS_QUERY)) {
      const client = text(row, 'client');
      readings.add(M.replicaBytes, num(row, 'bytes'), client);
      for (const operation of ['write', 'flush', 'replay']) {
        // No lag is told while there is nothing to send: then there is none.
        readings.add(M.replicaLag, num(row, operation) || 0, operation, client);
      }
    }
  }
}
