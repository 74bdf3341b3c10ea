/** One entry of structured metadata: an id, a level or an ordinary field. */
import type { RecordBuilder } from '../model/record-builder.ts';
import { severityOf } from '../model/severity.ts';

const TRACE_ID = Buffer.from('trace_id');
const SPAN_ID = Buffer.from('span_id');
const LEVEL_NAMES = ['detected_level', 'level', 'severity', 'severity_text'].map((name) =>
  Buffer.from(name),
);

/** Ids become the record's own; a level sets its severity and stays a field too. */
export function takeMetadata(
  record: RecordBuilder,
  name: Uint8Array,
  nameStart: number,
  nameEnd: number,
  value: Uint8Array,
  start: number,
  end: number,
): void {
  if (same(TRACE_ID, name, nameStart, nameEnd) && record.traceId(value, start, end)) return;
  if (same(SPAN_ID, name, nameStart, nameEnd) && record.spanId(value, start, end)) return;
  if (record.severity === 0) {
    for (const level of LEVEL_NAMES) {
      if (same(level, name, nameStart, nameEnd)) record.severity = severityOf(value, start, end);
    }
  }
  record.string(name, nameStart, nameEnd, value, start, end);
}

function same(want: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (want.length !== end - start) return false;
  for (let i = 0; i < want.length; i++) if (want[i] !== bytes[start + i]) return false;
  return true;
}
