/** The texts in the events and links of a span (layout: wire's span-batch.ts). */
import { FIELD_JSON, FIELD_STRING, forEachField } from '@sightline/wire';
import { ByteReader } from '../blocks/bytes.ts';

/** Visits the names of events and the string and JSON values of their fields. Throws CorruptionError or DecodeError. */
export function forEachTailText(
  bytes: Uint8Array,
  start: number,
  end: number,
  visit: (start: number, end: number) => void,
): void {
  const reader = new ByteReader(bytes, 'span', start, end);
  const fields = (): void => {
    const length = reader.varint();
    const from = reader.at;
    reader.skip(length);
    forEachField(bytes, from, reader.at, (_keyStart, _keyEnd, type, valueStart, valueEnd) => {
      if (type === FIELD_STRING || type === FIELD_JSON) visit(valueStart, valueEnd);
    });
  };
  for (let left = reader.varint(); left > 0; left--) {
    reader.skip(8);
    const length = reader.varint();
    visit(reader.at, reader.at + length);
    reader.skip(length);
    fields();
  }
  for (let left = reader.varint(); left > 0; left--) {
    reader.skip(24);
    fields();
  }
}
