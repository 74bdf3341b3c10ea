/** The events and links of a span (layout: wire's span-batch.ts) in place. */
import { FIELD_JSON, FIELD_STRING, forEachField } from '@sightline/wire';
import { ByteReader } from '../blocks/bytes.ts';
import type { FieldSample, FieldScope } from './block-format.ts';

/** As wire's forEachField has it. */
export type TailField = [
  keyStart: number,
  keyEnd: number,
  type: number,
  valueStart: number,
  valueEnd: number,
];

type VisitTailField = (scope: FieldScope, ...field: TailField) => void;

/** Visits the names of events, and the fields of events and links. Throws CorruptionError or DecodeError. */
export function forEachTailField(
  bytes: Uint8Array,
  start: number,
  end: number,
  visitName: (start: number, end: number) => void,
  visitField: VisitTailField,
): void {
  const reader = new ByteReader(bytes, 'span', start, end);
  const fields = (scope: FieldScope): void => {
    const length = reader.varint();
    const from = reader.at;
    reader.skip(length);
    forEachField(bytes, from, reader.at, (keyStart, keyEnd, type, valueStart, valueEnd) =>
      visitField(scope, keyStart, keyEnd, type, valueStart, valueEnd),
    );
  };
  for (let left = reader.varint(); left > 0; left--) {
    reader.skip(8);
    const length = reader.varint();
    visitName(reader.at, reader.at + length);
    reader.skip(length);
    fields('event');
  }
  for (let left = reader.varint(); left > 0; left--) {
    reader.skip(24);
    fields('link');
  }
}

/** Fields and values of each that are remembered; the longest value. */
const MAX_FIELDS = 1000;
const MAX_VALUES = 64;
const MAX_VALUE_BYTES = 128;

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** What completion shows of fields that are seen one by one. */
export class FieldSampler {
  readonly #fields = new Map<string, FieldSample & { known: Set<string> }>();

  add(scope: FieldScope, bytes: Uint8Array, ...field: TailField): void {
    const [keyStart, keyEnd, type, valueStart, valueEnd] = field;
    const key = decoder.decode(bytes.subarray(keyStart, keyEnd));
    const name = `${scope} ${type} ${key}`;
    let sample = this.#fields.get(name);
    if (sample === undefined) {
      if (this.#fields.size >= MAX_FIELDS) return;
      sample = { scope, key, type, count: 0, values: [], known: new Set() };
      this.#fields.set(name, sample);
    }
    sample.count++;
    const isShown = type === FIELD_STRING && valueEnd - valueStart <= MAX_VALUE_BYTES;
    if (!isShown || sample.known.size >= MAX_VALUES) return;
    sample.known.add(decoder.decode(bytes.subarray(valueStart, valueEnd)));
  }

  samples(): FieldSample[] {
    return Array.from(this.#fields.values(), ({ known, ...field }) => ({
      ...field,
      values: [...known],
    }));
  }
}

/** Whether the token filter has the values of a type. */
export function isTokenized(type: number): boolean {
  return type === FIELD_STRING || type === FIELD_JSON;
}
