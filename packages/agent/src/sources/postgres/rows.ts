/** Rows as a client gives them: 64-bit numbers and `numeric` come as texts. */
export type Row = Readonly<Record<string, unknown>>;

/** NaN for what is null or no number. */
export function num(row: Row, column: string): number {
  const value = row[column];
  if (typeof value === 'number') return value;
  if (typeof value === 'string' && value !== '') return Number(value);
  return typeof value === 'bigint' ? Number(value) : Number.NaN;
}

/** Empty for null. */
export function text(row: Row, column: string): string {
  const value = row[column];
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'bigint' ? String(value) : '';
}

export function flag(row: Row, column: string): boolean {
  return row[column] === true;
}
