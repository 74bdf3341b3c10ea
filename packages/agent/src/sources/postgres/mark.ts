/** Stands in every statement of the source, so that it is told from the application's. */
export const MARK = '/* sightline-agent */';

/** How every message of the source begins. */
const BEGINNING = `SELECT ${MARK}`;

/** Whether this is a message of the source: it is no work of the application. */
export function isMarked(sql: string): boolean {
  return sql.startsWith(BEGINNING);
}
