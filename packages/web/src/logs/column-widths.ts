import type { CSSProperties } from 'react';
import type { LogLine } from '../api/loki.ts';
import { fieldValue } from './fields.ts';

const sampleLines = 200;
const leastChars = 6;
const mostChars = 28;

/** Widths of the columns as CSS variables, from the first lines: wide enough for nearly all values, and bounded. */
export function columnWidths(
  lines: readonly LogLine[],
  columns: readonly string[],
): CSSProperties & Record<`--column-${number}`, string> {
  const widths: Record<`--column-${number}`, string> = {};
  for (const [index, name] of columns.entries()) {
    const lengths = lines.slice(0, sampleLines).map((line) => fieldValue(line, name)?.length ?? 0);
    const most = Math.max(leastChars, name.length, ...lengths);
    widths[`--column-${index}`] = `${Math.min(mostChars, most)}ch`;
  }
  return widths;
}
