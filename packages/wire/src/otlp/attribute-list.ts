/** Writes a repeated KeyValue as fields, within the bounds of one log record, scope, span, event or link. */
import type { FieldWriter } from '../model/fields.ts';
import { type ProtobufReader, WIRE_BYTES } from '../protobuf/reader.ts';
import type { RecordWriter } from './record-writer.ts';

export interface AttributeLimits {
  maxFields: number;
  maxFieldsBytes: number;
}

/**
 * Appends the KeyValues under `field` (below 16) among the message fields in [start, end) of the reader's bytes to `writer`, through
 * `texts`, which writes to it. Fields that count against the bound of bytes begin at `fieldsAt` of the writer. Returns how many were left
 * out: without a key, or past a bound. Moves the reader.
 */
export function writeAttributes(
  reader: ProtobufReader,
  texts: RecordWriter,
  writer: FieldWriter,
  field: number,
  start: number,
  end: number,
  limits: AttributeLimits,
  fieldsAt: number = writer.length,
): number {
  const { bytes } = reader;
  const tag = (field << 3) | WIRE_BYTES;
  const room = limits.maxFieldsBytes;
  let taken = 0;
  let left = 0;
  let at = start;
  while (at < end) {
    let valueAt = at + 2;
    let length = bytes[at + 1];
    if (bytes[at] !== tag || length > 127) {
      reader.within(at, end);
      reader.next();
      if (reader.field !== field) {
        reader.skip();
        at = reader.pos;
        continue;
      }
      length = reader.length();
      valueAt = reader.pos;
    }
    at = valueAt + length;
    const begun = writer.length;
    if (taken >= limits.maxFields || begun - fieldsAt + length > room) left++;
    else if (!texts.attribute(valueAt, at)) left++;
    else if (writer.length - fieldsAt > room) {
      writer.length = begun;
      left++;
    } else taken++;
  }
  return left;
}
