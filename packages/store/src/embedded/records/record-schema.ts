/** Tables and version of a partition file of records (docs/format.md). */
import type { DatabaseSync } from 'node:sqlite';
import { FormatVersionError } from '../blocks/errors.ts';
import { LIST_SCHEMA } from './file-lists.ts';

/** 1: without joints in the filters of tokens. */
const FILE_VERSION = 2;
const JOINTS_VERSION = 2;
const APPLICATION_ID = 0x534c5231; // "SLR1"

const SCHEMA = `
CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE stream (id INTEGER PRIMARY KEY, labels BLOB);
CREATE TABLE block (id INTEGER PRIMARY KEY, flush INTEGER, t_min REAL, t_max REAL, t_end REAL, rows INTEGER,
  bytes INTEGER, stream_min INTEGER, stream_max INTEGER, token_pages INTEGER, gram_pages INTEGER);
CREATE INDEX block_flush ON block (flush, rows);
CREATE TABLE directory (id INTEGER PRIMARY KEY, data BLOB);
CREATE TABLE filter (id INTEGER PRIMARY KEY, data BLOB);
CREATE TABLE piece (id INTEGER PRIMARY KEY, data BLOB);
CREATE TABLE summary (id INTEGER PRIMARY KEY, activity BLOB, data BLOB);
CREATE TABLE trace_chunk (id INTEGER PRIMARY KEY, flush INTEGER, base INTEGER, first BLOB, data BLOB);
CREATE INDEX trace_first ON trace_chunk (flush, first);
${LIST_SCHEMA}`;

function versionOf(db: DatabaseSync): number {
  return Number(db.prepare('PRAGMA user_version').get()?.user_version);
}

/** Throws FormatVersionError for a file of a later release. */
export function checkVersion(db: DatabaseSync, path: string): void {
  const version = versionOf(db);
  if (version > FILE_VERSION) throw new FormatVersionError(path, version, FILE_VERSION);
}

/** Whether the filters of tokens have joints. */
export function hasJoints(db: DatabaseSync): boolean {
  return versionOf(db) >= JOINTS_VERSION;
}

/** Makes the tables of a file that is new. */
export function createTables(db: DatabaseSync): void {
  if (versionOf(db) > 0) return;
  db.exec(`BEGIN IMMEDIATE; ${SCHEMA} PRAGMA application_id=${APPLICATION_ID};
    PRAGMA user_version=${FILE_VERSION}; COMMIT;`);
}
