/** Blocks of records: what goes in comes out to the byte, and selections find what a scan finds. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FieldWriter } from '@sightline/wire';
import fc from 'fast-check';
import { CorruptionError } from '../blocks/errors.ts';
import { RecordBlockEncoder } from './block-encoder.ts';
import type { RecordBlockReader } from './block-reader.ts';
import { readerOf } from './test-blocks.ts';

type FieldValue = string | boolean | number | Uint8Array | { low: number; high: number };
type Fields = readonly (readonly [string, FieldValue])[];

function writeFields(out: FieldWriter, fields: Fields): void {
  for (const [name, value] of fields) {
    const key = Buffer.from(name);
    if (typeof value === 'string') out.text(name, value);
    else if (typeof value === 'boolean') out.bool(key, 0, key.length, value);
    else if (typeof value === 'number') {
      const bits = new Uint32Array(Float64Array.of(value).buffer);
      out.double(key, 0, key.length, bits[0], bits[1]);
    } else if (value instanceof Uint8Array) out.bytes(key, 0, key.length, value, 0, value.length);
    else out.int(key, 0, key.length, value.low, value.high);
  }
}

const u32 = fc.oneof(fc.constant(0), fc.nat(300), fc.integer({ min: 0, max: 0xffffffff }));
const text = fc.oneof(
  fc.constantFrom('', 'GET', 'POST', '10.0.0.1', '192.168.17.255', '0', '17', '007', 'é ß', 'abcd'),
  fc.uuid(),
  fc.nat(5000).map((n) => `user-${n}`),
  fc.string({ unit: 'grapheme', maxLength: 40 }),
);
const value: fc.Arbitrary<FieldValue> = fc.oneof(
  text,
  fc.boolean(),
  fc.double(),
  fc.nat(1000).map((n) => n / 100),
  fc.uint8Array({ maxLength: 12 }),
  fc.record({ low: u32, high: u32 }),
);
const fieldsOf = fc.array(fc.tuple(fc.constantFrom('a', 'b.c', 'http.status', 'é'), value), {
  maxLength: 6,
});
const id = (bytes: number): fc.Arbitrary<Uint8Array> =>
  fc.oneof(
    fc.constant(new Uint8Array(bytes)),
    fc.nat(6).map((n) => new Uint8Array(bytes).fill(n)),
    fc.uint8Array({ minLength: bytes, maxLength: bytes }),
  );
const head = { stream: fc.nat(9), lo: u32, hi: u32, level: fc.nat(24) };
const logRow = fc.record({
  ...head,
  flags: fc.nat(3),
  trace: id(16),
  span: id(8),
  body: text,
  fields: fieldsOf,
});

function assertRecords(reader: RecordBlockReader, side: Uint8Array, at: readonly number[]): void {
  for (const step of [1, 2]) {
    const rows = Uint32Array.from(at.keys()).filter((row) => row % step === 0);
    const out = new FieldWriter();
    const starts = reader.records(rows, out);
    for (let i = 0; i < rows.length; i++) {
      const got = out.buffer.subarray(starts[i], starts[i + 1] ?? out.length);
      const want = side.subarray(at[rows[i]], at[rows[i] + 1] ?? side.length);
      assert.deepEqual(Buffer.from(got), Buffer.from(want));
    }
  }
}

test('log records come back to the byte', () => {
  fc.assert(
    fc.property(fc.array(logRow, { minLength: 1, maxLength: 40 }), (rows) => {
      const side = new FieldWriter();
      const at: number[] = [];
      for (const { flags, trace, span, body, fields } of rows) {
        at.push(side.length);
        side.byte(flags);
        if (flags & 1) side.copy(trace, 0, 16);
        if (flags & 2) side.copy(span, 0, 8);
        side.prefixedText(body);
        writeFields(side, fields);
      }
      const encoder = new RecordBlockEncoder('logs');
      for (const [i, { stream, lo, hi, level }] of rows.entries()) {
        const length = (at[i + 1] ?? side.length) - at[i];
        encoder.addLog(stream, lo, hi, level, side.buffer, at[i], length);
      }
      const reader = readerOf('logs', encoder.finish());
      assertRecords(reader, side.buffer.subarray(0, side.length), at);
      assert.deepEqual(
        [...reader.rowWords(0).lo],
        rows.map(({ lo }) => lo),
      );
      assert.deepEqual(
        [...reader.rowWords(0).hi],
        rows.map(({ hi }) => hi),
      );
      assert.deepEqual(
        [...reader.rowWords(1).lo],
        rows.map(({ stream }) => stream),
      );
      assert.deepEqual(
        [...reader.rowWords(2).lo],
        rows.map(({ level }) => level),
      );
    }),
  );
});

const spanRow = fc.record({
  ...head,
  endLo: u32,
  trace: id(16),
  span: id(8),
  parent: id(8),
  name: text,
  fields: fieldsOf,
  events: fc.array(fc.tuple(text, fieldsOf), { maxLength: 2 }),
  links: fc.array(fieldsOf, { maxLength: 2 }),
});

test('spans come back to the byte', () => {
  fc.assert(
    fc.property(fc.array(spanRow, { minLength: 1, maxLength: 40 }), (rows) => {
      const side = new FieldWriter();
      const at: number[] = [];
      const nested = (fields: Fields): void => {
        const start = side.begin();
        writeFields(side, fields);
        side.end(start);
      };
      for (const { trace, span, parent, name, fields, events, links } of rows) {
        at.push(side.length);
        side.copy(trace, 0, 16);
        side.copy(span, 0, 8);
        side.copy(parent, 0, 8);
        side.prefixedText(name);
        nested(fields);
        side.varint(events.length);
        for (const [event, eventFields] of events) {
          side.fixed64(1, 2);
          side.prefixedText(event);
          nested(eventFields);
        }
        side.varint(links.length);
        for (const linkFields of links) {
          side.copy(trace, 0, 16);
          side.copy(span, 0, 8);
          nested(linkFields);
        }
      }
      const encoder = new RecordBlockEncoder('spans');
      for (const [i, { stream, lo, hi, endLo, level }] of rows.entries()) {
        const length = (at[i + 1] ?? side.length) - at[i];
        const { buffer } = side;
        encoder.addSpan(stream, lo, hi, endLo, hi, level % 6, 1, buffer, at[i], length);
      }
      const reader = readerOf('spans', encoder.finish());
      assertRecords(reader, side.buffer.subarray(0, side.length), at);
      assert.deepEqual(
        [...reader.rowWords(4).lo],
        rows.map(({ lo, endLo }) => (endLo - lo) >>> 0),
      );
    }),
  );
});

test('a damaged section is told apart', () => {
  const side = new FieldWriter();
  side.byte(0);
  side.prefixedText(
    'a body that is too long for the directory, so that it lies in a piece of its own',
  );
  const encoder = new RecordBlockEncoder('logs');
  encoder.addLog(1, 2, 3, 4, side.buffer, 0, side.length);
  const block = encoder.finish();
  block.pieces[0][60] ^= 1;
  const reader = readerOf('logs', block);
  assert.throws(() => reader.records(Uint32Array.of(0), new FieldWriter()), CorruptionError);
});
