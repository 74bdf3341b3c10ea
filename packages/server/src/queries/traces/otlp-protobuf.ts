/**
 * A trace as OTLP protobuf: TracesData, which is Tempo's Trace as well (field 1: resource spans).
 *
 * Field numbers are those of opentelemetry/proto/trace/v1/trace.proto. What has its default value is left out.
 */
import type { Labels, QueryBudget, SpanRow } from '@sightline/store';
import {
  FIELD_BOOL,
  FIELD_BYTES,
  FIELD_DOUBLE,
  FIELD_INT,
  FIELD_JSON,
  ProtobufWriter,
  type SpanEvent,
  type SpanField,
  type SpanLink,
} from '@sightline/wire';
import { type AnyValue, numberOf, valueOfJson } from './any-value.ts';
import type { ResourceGroup } from './group-spans.ts';
import { splitFields, splitOwnFields } from './span-parts.ts';

const VARINT = 0;
const FIXED64 = 1;
const POLL_SPANS = 1024;

/** Throws what the budget throws. */
export function traceProtobuf(groups: readonly ResourceGroup[], budget: QueryBudget): Uint8Array {
  const writer = new ProtobufWriter();
  let spans = 0;
  for (const { stream, scopes } of groups) {
    writer.message(1, () => {
      writer.message(1, () => writeResource(writer, stream));
      for (const scope of scopes) {
        writer.message(2, () => {
          writer.message(1, () => writeScope(writer, scope.name, scope.version));
          for (const row of scope.rows) {
            if (spans++ % POLL_SPANS === 0) budget.poll();
            writer.message(2, () => writeSpan(writer, row));
          }
        });
      }
    });
  }
  const bytes = writer.finish();
  budget.addBytes(bytes.byteLength);
  return bytes;
}

function writeResource(writer: ProtobufWriter, stream: Labels): void {
  const pairs = stream.toPairs();
  for (let i = 0; i < pairs.length; i += 2) {
    writer.message(1, () => {
      writer.text(1, pairs[i]);
      writer.message(2, () => writer.text(1, pairs[i + 1]));
    });
  }
}

function writeScope(writer: ProtobufWriter, name: string, version: string): void {
  if (name !== '') writer.text(1, name);
  if (version !== '') writer.text(2, version);
}

function writeSpan(writer: ProtobufWriter, row: SpanRow): void {
  const { record } = row;
  const parts = splitFields(record.fields);
  writer.bytes(1, Buffer.from(record.traceId, 'hex'));
  writer.bytes(2, Buffer.from(record.spanId, 'hex'));
  if (parts.traceState !== '') writer.text(3, parts.traceState);
  if (record.parentId !== '') writer.bytes(4, Buffer.from(record.parentId, 'hex'));
  if (record.name !== '') writer.text(5, record.name);
  writeCount(writer, 6, row.kind);
  writer.tag(7, FIXED64);
  writer.fixed64(row.startLo, row.startHi);
  writer.tag(8, FIXED64);
  writer.fixed64(row.endLo, row.endHi);
  writeAttributes(writer, 9, parts.attributes);
  writeCount(writer, 10, parts.droppedAttributes);
  for (const event of record.events) writer.message(11, () => writeEvent(writer, event));
  writeCount(writer, 12, parts.droppedEvents);
  for (const link of record.links) writer.message(13, () => writeLink(writer, link));
  writeCount(writer, 14, parts.droppedLinks);
  if (row.status === 0 && parts.statusMessage === '') return;
  writer.message(15, () => {
    if (parts.statusMessage !== '') writer.text(2, parts.statusMessage);
    writeCount(writer, 3, row.status);
  });
}

function writeEvent(writer: ProtobufWriter, event: SpanEvent): void {
  const { attributes, dropped } = splitOwnFields(event.fields);
  writer.tag(1, FIXED64);
  writer.fixed64(event.timeLo, event.timeHi);
  if (event.name !== '') writer.text(2, event.name);
  writeAttributes(writer, 3, attributes);
  writeCount(writer, 4, dropped);
}

function writeLink(writer: ProtobufWriter, link: SpanLink): void {
  const { attributes, traceState, dropped } = splitOwnFields(link.fields);
  writer.bytes(1, Buffer.from(link.traceId, 'hex'));
  writer.bytes(2, Buffer.from(link.spanId, 'hex'));
  if (traceState !== '') writer.text(3, traceState);
  writeAttributes(writer, 4, attributes);
  writeCount(writer, 5, dropped);
}

function writeCount(writer: ProtobufWriter, field: number, count: number): void {
  if (count === 0) return;
  writer.tag(field, VARINT);
  writer.varint(count);
}

function writeAttributes(
  writer: ProtobufWriter,
  field: number,
  attributes: readonly SpanField[],
): void {
  for (const { key, type, value } of attributes) {
    writer.message(field, () => {
      writer.text(1, key);
      writer.message(2, () => {
        if (type === FIELD_JSON) writeTree(writer, valueOfJson(value));
        else writeScalar(writer, type, value);
      });
    });
  }
}

/** The content of an AnyValue. */
function writeScalar(writer: ProtobufWriter, type: number, value: string): void {
  switch (type) {
    case FIELD_BOOL:
      writer.tag(2, VARINT);
      writer.varint(value === 'true' ? 1 : 0);
      return;
    case FIELD_INT:
      writer.tag(3, VARINT);
      writer.int64(Number.isSafeInteger(Number(value)) ? Number(value) : BigInt(value));
      return;
    case FIELD_DOUBLE:
      writer.tag(4, FIXED64);
      writer.double(numberOf(value));
      return;
    case FIELD_BYTES:
      writer.bytes(7, Buffer.from(value, 'base64'));
      return;
    default:
      writer.text(1, value);
  }
}

function writeTree(writer: ProtobufWriter, value: AnyValue): void {
  switch (value.kind) {
    case 'nothing':
      return;
    case 'scalar':
      writeScalar(writer, value.type, value.value);
      return;
    case 'list':
      writer.message(5, () => {
        for (const item of value.items) writer.message(1, () => writeTree(writer, item));
      });
      return;
    case 'entries':
      writer.message(6, () => {
        for (const [key, item] of value.entries) {
          writer.message(1, () => {
            writer.text(1, key);
            writer.message(2, () => writeTree(writer, item));
          });
        }
      });
  }
}
