/**
 * An index that might help a normalised statement: on the columns that its WHERE compares for equality, then the first that it compares by
 * order or sorts by.
 *
 * A guess from the text alone: it knows neither indexes nor statistics. Statements of more than one table, with OR or a subquery give
 * none, for there the text does not tell enough.
 */

const NAME = '[a-z_][a-z0-9_$]*';
const QUALIFIED = `(?:${NAME}\\.)?"?(${NAME})"?`;
const TABLE = new RegExp(`\\b(?:from|update)\\s+((?:"?${NAME}"?\\.)?"?${NAME}"?)`, 'gi');
const MANY_TABLES = /\bjoin\b|\bunion\b|\(\s*select\b|\bor\b/i;
const COMMA_AFTER_TABLE = new RegExp(`\\bfrom\\s+[\\w."]+(?:\\s+(?:as\\s+)?${NAME})?\\s*,`, 'i');
const WHERE =
  /\bwhere\b([\s\S]*?)(?=\b(?:group\s+by|order\s+by|limit|offset|returning|for\s+update)\b|$)/i;
const EQUAL = new RegExp(`${QUALIFIED}\\s*(?:=|\\bin\\b)\\s*[$?(:'\\d]`, 'gi');
const ORDERED = new RegExp(`${QUALIFIED}\\s*(?:[<>]=?|\\bbetween\\b)\\s*[$?(:'\\d]`, 'i');
const ORDER_BY = new RegExp(`\\border\\s+by\\s+${QUALIFIED}`, 'i');
const MOST_COLUMNS = 3;
const MOST_TEXT = 10_000;

/** `CREATE INDEX ON table (columns)`, or null. */
export function proposeIndex(statement: string): string | null {
  const text = statement.slice(0, MOST_TEXT).replaceAll('`', '"');
  const tables = [...text.matchAll(TABLE)].map(([, table]) => table);
  const [table] = tables;
  if (table === undefined || tables.length > 1) return null;
  if (MANY_TABLES.test(text) || COMMA_AFTER_TABLE.test(text)) return null;
  const where = WHERE.exec(text)?.[1] ?? '';
  const columns = new Set<string>();
  for (const [, column] of where.matchAll(EQUAL)) if (column !== undefined) columns.add(column);
  const ordered = ORDERED.exec(where)?.[1] ?? ORDER_BY.exec(text)?.[1];
  if (ordered !== undefined) columns.add(ordered);
  if (columns.size === 0) return null;
  return `CREATE INDEX ON ${table} (${[...columns].slice(0, MOST_COLUMNS).join(', ')})`;
}
