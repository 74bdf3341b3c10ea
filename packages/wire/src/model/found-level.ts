/** The level of a record that brought none, for the column of severities. */
import { forEachField } from './fields.ts';
import { keyTellsLevel } from './level-names.ts';
import { levelOfLine } from './line-level.ts';

/**
 * The level of a record without a severity whose body is `bytes[bodyStart, bodyEnd)` and whose fields follow up to `end`: that of the
 * body, or 0 when a field tells it, which is left to who reads.
 */
export function foundLevel(
  bytes: Uint8Array,
  bodyStart: number,
  bodyEnd: number,
  end: number,
): number {
  let isTold = false;
  forEachField(bytes, bodyEnd, end, (keyStart, keyEnd) => {
    isTold ||= keyTellsLevel(bytes, keyStart, keyEnd);
  });
  return isTold ? 0 : levelOfLine(bytes, bodyStart, bodyEnd);
}
