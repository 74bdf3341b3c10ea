/** Reads the attributes of a message: the path for series that are met for the first time. */
import type { ProtobufReader } from '../protobuf/reader.ts';
import { readAnyValueText } from './any-value.ts';
import { KEY_VALUE_KEY, KEY_VALUE_VALUE } from './fields.ts';
import { textOf } from './text.ts';

export interface Attribute {
  key: string;
  value: string;
}

/**
 * The attributes (KeyValues under `field`) of the message `bytes[start, end)`, at most `most` + 1 of them. Throws
 * AttributeError for text that is not UTF-8 and values nested too deep, DecodeError for what is no protobuf.
 */
export function readAttributes(
  reader: ProtobufReader,
  bytes: Uint8Array,
  start: number,
  end: number,
  field: number,
  most: number,
): Attribute[] {
  const attributes: Attribute[] = [];
  reader.reset(bytes, start, end);
  while (attributes.length <= most && reader.next()) {
    if (reader.field === field) attributes.push(readKeyValue(reader));
    else reader.skip();
  }
  return attributes;
}

function readKeyValue(reader: ProtobufReader): Attribute {
  let key = '';
  let value = '';
  const outer = reader.enter();
  while (reader.next()) {
    if (reader.field === KEY_VALUE_KEY) {
      const length = reader.length();
      key = textOf(reader.bytes, reader.pos, reader.pos + length);
      reader.pos += length;
    } else if (reader.field === KEY_VALUE_VALUE) value = readAnyValueText(reader);
    else reader.skip();
  }
  reader.leave(outer);
  return { key, value };
}

/** Sorts by key, equal keys in the order in which they came: colliding label names are joined in this order. */
export function sortByKey(attributes: Attribute[]): Attribute[] {
  return attributes.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
}
