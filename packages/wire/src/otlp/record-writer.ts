/**
 * Writes the texts and attributes of OTLP records as fields, straight from the request's bytes.
 *
 * Model: one KeyValue of the usual shape (key, then one value, lengths of one byte) is recognised by its tags and copied; every other
 * shape takes the general path, which accepts all that protobuf allows. Texts are copied a word at a time and whatever has a byte above
 * 127 is checked as UTF-8 afterwards, where it lies.
 *
 * Invariants: nothing is read past the range that is given; text that is not UTF-8 and values nested too deep throw AttributeError, and
 * damaged protobuf DecodeError: the caller takes back what has been written of the record.
 */
import { isUtf8 } from 'node:buffer';
import {
  FIELD_BOOL,
  FIELD_BYTES,
  FIELD_DOUBLE,
  FIELD_INT,
  FIELD_JSON,
  FIELD_STRING,
  FieldWriter,
} from '../model/fields.ts';
import { cutUtf8 } from '../model/log-limits.ts';
import { ProtobufReader, WIRE_BYTES, WIRE_FIXED64, WIRE_VARINT } from '../protobuf/reader.ts';
import { readAnyValueText } from './any-value.ts';
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
} from './fields.ts';
import { AttributeError } from './text.ts';

const NO_BYTES = new Uint8Array(0);
const NO_WRITER = new FieldWriter();
/** Words are stored whole: this much room stands behind every text. */
const SLACK_BYTES = 8;
/** Longer texts are copied by the engine. */
const LOOP_BYTES = 256;
/** First bytes of the usual KeyValue and AnyValue: field number and wire type. */
const TAG_KEY = 0x0a;
const TAG_VALUE = 0x12;
const TAG_STRING = 0x0a;
const TAG_BOOL = 0x10;
const TAG_DOUBLE = 0x21;

export class RecordWriter {
  readonly #reader = new ProtobufReader();
  #body: Uint8Array = NO_BYTES;
  #view: DataView = new DataView(NO_BYTES.buffer);
  #writer: FieldWriter = NO_WRITER;
  #buffer: Uint8Array = NO_BYTES;
  #bufferView = new DataView(NO_BYTES.buffer);

  begin(body: Uint8Array, writer: FieldWriter): void {
    this.#reader.reset(body);
    this.#body = body;
    this.#view = this.#reader.view;
    this.#writer = writer;
  }

  /** Lets go of the request's buffers. */
  end(): void {
    this.begin(NO_BYTES, NO_WRITER);
    this.#buffer = NO_BYTES;
    this.#bufferView = new DataView(NO_BYTES.buffer);
  }

  /** Length and text of `body[start, end)`. */
  text(start: number, end: number): void {
    const writer = this.#writer;
    this.#room(end - start + 5);
    writer.varint(end - start);
    this.#copy(start, end);
  }

  /** A string field whose key is ASCII of at most 127 bytes. */
  named(key: Uint8Array, start: number, end: number): void {
    this.#room(key.length + 2 + end - start + 5);
    this.#writer.key(key, 0, key.length, FIELD_STRING);
    this.text(start, end);
  }

  /** The AnyValue in `body[start, end)` (its length stands at `lengthAt`) as text with its length, cut at `most` bytes. True when cut. */
  body(lengthAt: number, start: number, end: number, most: number): boolean {
    const reader = this.#reader;
    reader.within(start, end);
    if (reader.next() && reader.field === ANY_STRING) {
      const length = reader.length();
      const textEnd = reader.pos + length;
      if (textEnd === end) {
        const cut = cutUtf8(this.#body, reader.pos, end, most);
        this.text(reader.pos, cut);
        return cut < end;
      }
    }
    const text = this.#anyText(lengthAt, end);
    if (text.length * 3 <= most) {
      this.#writer.prefixedText(text);
      return false;
    }
    const bytes = Buffer.from(text);
    const cut = cutUtf8(bytes, 0, bytes.length, most);
    this.#writer.prefixed(bytes, 0, cut);
    return cut < bytes.length;
  }

  /** The KeyValue in `body[start, end)` as a field; false when it has no key and nothing was written. */
  attribute(start: number, end: number): boolean {
    const body = this.#body;
    const keyStart = start + 2;
    const keyEnd = keyStart + body[start + 1];
    // Of a usual KeyValue four bytes at least follow the key.
    if (
      body[start] !== TAG_KEY ||
      keyEnd > end - 4 ||
      keyEnd === keyStart ||
      keyEnd > start + 129
    ) {
      return this.#general(start, end);
    }
    const valueStart = keyEnd + 2;
    if (body[keyEnd] !== TAG_VALUE || valueStart + body[keyEnd + 1] !== end || end > keyEnd + 129) {
      return this.#general(start, end);
    }
    const tag = body[valueStart];
    const writer = this.#writer;
    if (tag === TAG_STRING) {
      const textStart = valueStart + 2;
      if (textStart + body[valueStart + 1] !== end) return this.#general(start, end);
      this.#room(end - start);
      this.#key(keyStart, keyEnd, FIELD_STRING);
      this.#buffer[writer.length++] = end - textStart;
      this.#copy(textStart, end);
      return true;
    }
    if (tag === TAG_DOUBLE && end - valueStart === 9) {
      this.#room(end - start);
      this.#key(keyStart, keyEnd, FIELD_DOUBLE);
      const at = writer.length;
      this.#bufferView.setInt32(at, this.#view.getInt32(valueStart + 1, true), true);
      this.#bufferView.setInt32(at + 4, this.#view.getInt32(valueStart + 5, true), true);
      writer.length = at + 8;
      return true;
    }
    if (tag === TAG_BOOL && end - valueStart === 2 && body[valueStart + 1] < 2) {
      this.#room(end - start);
      this.#key(keyStart, keyEnd, FIELD_BOOL);
      this.#buffer[writer.length++] = body[valueStart + 1];
      return true;
    }
    return this.#general(start, end);
  }

  /** Key and type; the caller has made room. */
  #key(start: number, end: number, type: number): void {
    const writer = this.#writer;
    const buffer = this.#buffer;
    buffer[writer.length++] = end - start;
    this.#copy(start, end);
    buffer[writer.length++] = type;
  }

  #general(start: number, end: number): boolean {
    const reader = this.#reader;
    reader.within(start, end);
    let keyStart = 0;
    let keyEnd = 0;
    let valueAt = -1;
    while (reader.next()) {
      if (reader.field === KEY_VALUE_KEY) {
        const length = reader.length();
        keyStart = reader.pos;
        keyEnd = keyStart + length;
        reader.pos = keyEnd;
      } else if (reader.field === KEY_VALUE_VALUE) {
        reader.expect(WIRE_BYTES);
        valueAt = reader.pos;
        reader.skip();
      } else reader.skip();
    }
    if (keyStart === keyEnd) return false;
    this.text(keyStart, keyEnd);
    if (valueAt < 0) {
      this.#writer.byte(FIELD_STRING);
      this.#writer.varint(0);
    } else this.#value(valueAt, end);
    return true;
  }

  /** Type and value of the AnyValue whose length stands at `lengthAt`. */
  #value(lengthAt: number, end: number): void {
    const reader = this.#reader;
    const writer = this.#writer;
    reader.within(lengthAt, end);
    reader.wireType = WIRE_BYTES;
    const length = reader.length();
    const valueEnd = reader.pos + length;
    reader.within(reader.pos, valueEnd);
    let field = 0;
    let at = 0;
    let wireType = 0;
    while (reader.next()) {
      if (reader.field >= ANY_STRING && reader.field <= ANY_BYTES) {
        field = reader.field;
        wireType = reader.wireType;
        at = reader.pos;
      }
      reader.skip();
    }
    reader.within(at, valueEnd);
    reader.wireType = wireType;
    switch (field) {
      case ANY_BOOL:
        reader.expect(WIRE_VARINT);
        reader.varint();
        writer.byte(FIELD_BOOL);
        writer.byte(reader.low !== 0 || reader.high !== 0 ? 1 : 0);
        return;
      case ANY_INT:
        reader.expect(WIRE_VARINT);
        reader.varint();
        writer.byte(FIELD_INT);
        writer.fixed64(reader.low, reader.high);
        return;
      case ANY_DOUBLE:
        reader.expect(WIRE_FIXED64);
        reader.fixed64();
        writer.byte(FIELD_DOUBLE);
        writer.fixed64(reader.low, reader.high);
        return;
      case ANY_ARRAY:
      case ANY_KVLIST: {
        const text = this.#anyText(lengthAt, end);
        writer.byte(FIELD_JSON);
        writer.prefixedText(text);
        return;
      }
      case ANY_STRING:
      case ANY_BYTES: {
        const bytes = reader.length();
        writer.byte(field === ANY_STRING ? FIELD_STRING : FIELD_BYTES);
        if (field === ANY_STRING) this.text(reader.pos, reader.pos + bytes);
        else writer.prefixed(this.#body, reader.pos, reader.pos + bytes);
        return;
      }
      default:
        writer.byte(FIELD_STRING);
        writer.varint(0);
    }
  }

  /** The AnyValue whose length stands at `lengthAt` as text. */
  #anyText(lengthAt: number, end: number): string {
    const reader = this.#reader;
    reader.within(lengthAt, end);
    reader.wireType = WIRE_BYTES;
    return readAnyValueText(reader);
  }

  /** Makes room for `length` bytes and the slack, and follows the writer when its buffer has been replaced. */
  #room(length: number): void {
    const writer = this.#writer;
    writer.reserve(length + SLACK_BYTES);
    if (writer.buffer === this.#buffer) return;
    this.#buffer = writer.buffer;
    this.#bufferView = new DataView(writer.buffer.buffer);
  }

  /** Appends `body[start, end)`, which must be UTF-8; the caller has made room. */
  #copy(start: number, end: number): void {
    const writer = this.#writer;
    const from = this.#body;
    const into = this.#buffer;
    const at = writer.length;
    const length = end - start;
    writer.length = at + length;
    if (length > LOOP_BYTES) {
      const text = from.subarray(start, end);
      if (!isUtf8(text)) throw new AttributeError('text is not valid UTF-8');
      into.set(text, at);
      return;
    }
    let seen = 0;
    let i = start;
    let to = at;
    if (length > 7) {
      const view = this.#view;
      const intoView = this.#bufferView;
      for (const words = end - 3; i < words; i += 4, to += 4) {
        const word = view.getInt32(i, true);
        seen |= word;
        intoView.setInt32(to, word, true);
      }
      seen &= 0x80808080;
    }
    for (; i < end; i++, to++) {
      const byte = from[i];
      seen |= byte & 128;
      into[to] = byte;
    }
    if (seen !== 0 && !isUtf8(into.subarray(at, at + length))) {
      throw new AttributeError('text is not valid UTF-8');
    }
  }
}
