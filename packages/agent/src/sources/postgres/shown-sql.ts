import { normalizeSql } from '../../profiler/normalize.ts';

/** The statement as the database profiler shows it: without values. */
export function shownSql(sql: string): string {
  return normalizeSql(sql, 'postgresql');
}
