/** What a file of records keeps for completion, so that lists of names never read blocks: fields with some values, operations of services. */
import type { DatabaseSync } from 'node:sqlite';
import type { FieldSample, OperationSample } from './block-format.ts';

/** Keys of fields that are remembered, and values of one. */
const MAX_FIELDS = 10_000;
const MAX_VALUES = 200;
const MAX_OPERATIONS = 20_000;

export const LIST_SCHEMA = `
CREATE TABLE field (scope TEXT, key TEXT, type INTEGER, count INTEGER, samples TEXT,
  PRIMARY KEY (scope, key, type)) WITHOUT ROWID;
CREATE TABLE operation (stream INTEGER, kind INTEGER, name TEXT,
  PRIMARY KEY (stream, kind, name)) WITHOUT ROWID;
`;

/** Within a transaction. */
export function addFields(db: DatabaseSync, samples: readonly FieldSample[]): void {
  const find = db.prepare(
    'SELECT count, samples FROM field WHERE scope = ? AND key = ? AND type = ?',
  );
  const put = db.prepare('INSERT OR REPLACE INTO field VALUES (?, ?, ?, ?, ?)');
  let known = Number(db.prepare('SELECT count(*) AS n FROM field').get()?.n);
  for (const { scope, key, type, count, values } of samples) {
    const old = find.get(scope, key, type);
    if (old === undefined && ++known > MAX_FIELDS) continue;
    const all = new Set(old === undefined ? [] : textsOf(old.samples));
    for (const value of values) if (all.size < MAX_VALUES) all.add(value);
    const sum = Number(old?.count ?? 0) + count;
    put.run(scope, key, type, sum, JSON.stringify([...all]));
  }
}

/** A list of values that is damaged counts as empty: it only helps to type. */
export function readFields(db: DatabaseSync): FieldSample[] {
  const rows = db.prepare('SELECT * FROM field').all();
  return rows.map(({ scope, key, type, count, samples }) => ({
    scope: scope === 'event' || scope === 'link' ? scope : '',
    key: String(key),
    type: Number(type),
    count: Number(count),
    values: textsOf(samples),
  }));
}

/** Within a transaction. */
export function addOperations(db: DatabaseSync, operations: readonly OperationSample[]): void {
  if (operations.length === 0) return;
  const known = db.prepare('SELECT count(*) AS n FROM operation').get()?.n;
  const insert = db.prepare('INSERT OR IGNORE INTO operation VALUES (?, ?, ?)');
  let left = MAX_OPERATIONS - Number(known);
  for (const { stream, kind, name } of operations) {
    if (left <= 0) return;
    left -= Number(insert.run(stream, kind, name).changes);
  }
}

export function readOperations(db: DatabaseSync): OperationSample[] {
  const rows = db.prepare('SELECT * FROM operation').all();
  return rows.map(({ stream, kind, name }) => ({
    stream: Number(stream),
    kind: Number(kind),
    name: String(name),
  }));
}

function textsOf(json: unknown): string[] {
  try {
    const list: unknown = JSON.parse(String(json));
    return Array.isArray(list) ? list.map(String) : [];
  } catch {
    return [];
  }
}
