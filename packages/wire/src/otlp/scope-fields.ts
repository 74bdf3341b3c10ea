/**
 * A scope as fields: read once, then copied to the end of each of its log records or spans.
 *
 * Invariant: never more than MAX_FIELDS fields in MAX_BYTES, since they are repeated; what is past them is left out and explained.
 */
import { FieldWriter } from '../model/fields.ts';
import type { Refusals } from '../model/refusals.ts';
import { ProtobufReader } from '../protobuf/reader.ts';
import { writeAttributes } from './attribute-list.ts';
import { SCOPE_ATTRIBUTES, SCOPE_NAME, SCOPE_VERSION } from './fields.ts';
import { RecordWriter } from './record-writer.ts';
import { AttributeError } from './text.ts';

const LIMITS = { maxFields: 128, maxFieldsBytes: 16_384 };
const encoder = new TextEncoder();
const NO_BYTES = new Uint8Array(0);

export class ScopeFields {
  /** The fields of the current scope. */
  readonly writer = new FieldWriter();
  readonly #reader = new ProtobufReader();
  readonly #texts = new RecordWriter();
  readonly #name: Uint8Array;
  readonly #version: Uint8Array;

  /** Keys of the fields that name and version become. */
  constructor(name: string, version: string) {
    this.#name = encoder.encode(name);
    this.#version = encoder.encode(version);
  }

  begin(body: Uint8Array): void {
    this.#reader.reset(body);
    this.#texts.begin(body, this.writer);
    this.writer.clear();
  }

  /** Lets go of the request's buffers. */
  end(): void {
    this.#reader.reset(NO_BYTES);
    this.#texts.end();
  }

  /** Reads the InstrumentationScope in [start, end) of the body; returns what is wrong with it, or ''. */
  read(start: number, end: number, refusals: Refusals): string {
    const { writer } = this;
    writer.clear();
    if (start === end) return '';
    const reader = this.#reader;
    reader.within(start, end);
    try {
      let left = 0;
      while (reader.next()) {
        if (reader.field !== SCOPE_NAME && reader.field !== SCOPE_VERSION) {
          reader.skip();
          continue;
        }
        const length = reader.length();
        const at = reader.pos;
        reader.pos = at + length;
        const key = reader.field === SCOPE_NAME ? this.#name : this.#version;
        if (writer.length + length > LIMITS.maxFieldsBytes) left++;
        else if (length > 0) this.#texts.named(key, at, reader.pos);
      }
      left += writeAttributes(reader, this.#texts, writer, SCOPE_ATTRIBUTES, start, end, LIMITS, 0);
      if (left > 0) refusals.reject('label_limit', `scope: ${left} attributes were left out`, 0);
    } catch (error) {
      if (!(error instanceof AttributeError)) throw error;
      return `scope: ${error.message}`;
    }
    return '';
  }
}
