/**
 * Attribute values as label values: what the Collector's `Value.AsString` gives, as Prometheus uses it.
 *
 * Strings as they are, booleans and numbers as JSON writes them, bytes in base64, lists and maps as compact JSON with sorted
 * keys (so Loki and Prometheus show them), in which nothing is escaped for HTML (opentelemetry-collector pull request 15108).
 * Nesting is bounded: a value with more than MAX_LISTS lists inside each other refuses its point.
 */
import { type ProtobufReader, WIRE_FIXED64, WIRE_VARINT } from '../protobuf/reader.ts';
import {
  ANY_ARRAY,
  ANY_BOOL,
  ANY_BYTES,
  ANY_DOUBLE,
  ANY_INT,
  ANY_KVLIST,
  ANY_STRING,
  KEY_VALUE_KEY,
  KEY_VALUE_VALUE,
  LIST_VALUES,
} from './fields.ts';
import { AttributeError, textOf } from './text.ts';

/** Characters of all the parts of one value; a value that is longer is no label anyway. */
const MAX_CHARACTERS = 2 * 1024 * 1024;

let characters = 0;

/** A map takes three messages a level, and the reader itself refuses the whole body at 100. */
const MAX_LISTS = 30;

/** The AnyValue that is the reader's current field, as text; '' when it holds nothing. */
export function readAnyValueText(reader: ProtobufReader): string {
  let text = '';
  characters = 0;
  const outer = reader.enter();
  while (reader.next()) text = valueText(reader, text);
  reader.leave(outer);
  return text;
}

/** The text of the current field of an AnyValue, or `before` when the field is no value. */
function valueText(reader: ProtobufReader, before: string): string {
  switch (reader.field) {
    case ANY_STRING:
      return stringField(reader);
    case ANY_BOOL:
      return boolField(reader) ? 'true' : 'false';
    case ANY_INT:
      return intText(reader);
    case ANY_DOUBLE:
      return doubleText(doubleField(reader));
    case ANY_ARRAY:
      return arrayJson(reader, 1);
    case ANY_KVLIST:
      return mapJson(reader, 1);
    case ANY_BYTES:
      return base64Field(reader);
    default:
      reader.skip();
      return before;
  }
}

function anyJson(reader: ProtobufReader, depth: number): string {
  let json = 'null';
  const outer = reader.enter();
  while (reader.next()) {
    switch (reader.field) {
      case ANY_STRING:
        json = quoted(stringField(reader));
        break;
      case ANY_BOOL:
        json = boolField(reader) ? 'true' : 'false';
        break;
      case ANY_INT:
        json = intText(reader);
        break;
      case ANY_DOUBLE:
        json = doubleText(doubleField(reader));
        break;
      case ANY_ARRAY:
        json = arrayJson(reader, depth);
        break;
      case ANY_KVLIST:
        json = mapJson(reader, depth);
        break;
      case ANY_BYTES:
        json = quoted(base64Field(reader));
        break;
      default:
        reader.skip();
    }
  }
  reader.leave(outer);
  return json;
}

function arrayJson(reader: ProtobufReader, depth: number): string {
  const items: string[] = [];
  const outer = enterList(reader, depth);
  while (reader.next()) {
    if (reader.field === LIST_VALUES) items.push(counted(anyJson(reader, depth + 1)));
    else reader.skip();
  }
  reader.leave(outer);
  return `[${items.join(',')}]`;
}

function mapJson(reader: ProtobufReader, depth: number): string {
  const entries = new Map<string, string>();
  const outer = enterList(reader, depth);
  while (reader.next()) {
    if (reader.field !== LIST_VALUES) {
      reader.skip();
      continue;
    }
    let key = '';
    let value = 'null';
    const entry = reader.enter();
    while (reader.next()) {
      if (reader.field === KEY_VALUE_KEY) key = stringField(reader);
      else if (reader.field === KEY_VALUE_VALUE) value = anyJson(reader, depth + 1);
      else reader.skip();
    }
    reader.leave(entry);
    entries.set(counted(key), counted(value));
  }
  reader.leave(outer);
  const sorted = [...entries].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return `{${sorted.map(([key, value]) => `${quoted(key)}:${value}`).join(',')}}`;
}

function counted(part: string): string {
  characters += part.length + 1;
  if (characters > MAX_CHARACTERS) throw new AttributeError('value too long');
  return part;
}

function enterList(reader: ProtobufReader, depth: number): number {
  if (depth > MAX_LISTS) throw new AttributeError(`value nested deeper than ${MAX_LISTS}`);
  return reader.enter();
}

function stringField(reader: ProtobufReader): string {
  const length = reader.length();
  const start = reader.pos;
  reader.pos = start + length;
  return textOf(reader.bytes, start, start + length);
}

function base64Field(reader: ProtobufReader): string {
  const length = reader.length();
  const start = reader.pos;
  reader.pos = start + length;
  const { buffer, byteOffset } = reader.bytes;
  const shown = Math.min(length, MAX_CHARACTERS);
  return Buffer.from(buffer, byteOffset + start, shown).toString('base64');
}

function boolField(reader: ProtobufReader): boolean {
  reader.expect(WIRE_VARINT);
  reader.varint();
  return reader.low !== 0 || reader.high !== 0;
}

function doubleField(reader: ProtobufReader): number {
  reader.expect(WIRE_FIXED64);
  return reader.double();
}

function intText(reader: ProtobufReader): string {
  reader.expect(WIRE_VARINT);
  const value = reader.int64();
  if (Number.isSafeInteger(value)) return String(value);
  return BigInt.asIntN(64, (BigInt(reader.high) << 32n) | BigInt(reader.low)).toString();
}

function doubleText(value: number): string {
  if (Number.isFinite(value)) return Object.is(value, -0) ? '-0' : String(value);
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
}

/** As Go's encoding/json, which also escapes what ends a line in JavaScript. */
function quoted(text: string): string {
  return JSON.stringify(text).replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029');
}
