/** Writes texts, attributes and ids of Zipkin's JSON as OTLP/protobuf. */
import { ProtobufOutput } from '../otlp/json/output.ts';
import type { JsonScanner } from '../otlp/json/scanner.ts';
import { hexDigit, unescapeInto } from '../otlp/json/unescape.ts';

/** A string of the body, as a scanner left it: without its quotes. */
export interface Text {
  start: number;
  end: number;
  escaped: boolean;
}

/** An id as it is written: `length` bytes of `bytes`; 0 when it is absent, 1 (which no id has) when it is none. */
export interface Id {
  readonly bytes: Uint8Array;
  length: number;
}

export class SpanOutput extends ProtobufOutput {
  /** A string field. */
  text(field: number, { start, end, escaped }: Text, scanner: JsonScanner): void {
    const message = this.beginMessage(field);
    if (!escaped) this.copy(scanner.bytes, start, end);
    else if (!unescapeInto(scanner.bytes, start, end, this)) {
      scanner.fail('bad escape in a string');
    }
    this.endMessage(message);
  }

  ascii(field: number, text: string): void {
    const start = this.beginMessage(field);
    const bytes = Buffer.from(text);
    this.copy(bytes, 0, bytes.length);
    this.endMessage(start);
  }

  /** A KeyValue with a string. */
  attribute(field: number, key: string, value: Text, scanner: JsonScanner): void {
    const entry = this.beginMessage(field);
    this.ascii(1, key);
    const any = this.beginMessage(2);
    this.text(1, value, scanner);
    this.endMessage(any);
    this.endMessage(entry);
  }

  /** A KeyValue with a number below 2^32. */
  number(field: number, key: string, value: number): void {
    const entry = this.beginMessage(field);
    this.ascii(1, key);
    const any = this.beginMessage(2);
    this.varint(3, value, 0);
    this.endMessage(any);
    this.endMessage(entry);
  }

  id(field: number, { bytes, length }: Id): void {
    if (length === 0) return;
    const start = this.beginMessage(field);
    this.copy(bytes, 0, length);
    this.endMessage(start);
  }
}

/** Reads the hex digits in `bytes[start, end)` into `id`, zeros in front. */
export function parseId(bytes: Uint8Array, start: number, end: number, id: Id): void {
  const most = id.bytes.length * 2;
  id.bytes.fill(0);
  id.length = start === end ? 0 : end - start > most ? 1 : id.bytes.length;
  for (let i = end - 1, place = most - 1; id.length > 1 && i >= start; i--, place--) {
    const digit = hexDigit(bytes[i]);
    if (digit < 0) id.length = 1;
    else id.bytes[place >> 1] |= (place & 1) === 0 ? digit << 4 : digit;
  }
}
