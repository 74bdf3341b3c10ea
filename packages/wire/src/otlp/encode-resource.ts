/**
 * What all OTLP requests that we send have in common: one resource, one scope, attributes.
 *
 * Layout: request { 1: resource group { 1: resource, 2: scope group { 1: scope, 2: item... } } }, the same numbers for metrics and logs.
 */
import { nanos, setNanos } from '../model/nanos.ts';
import type { ProtobufWriter } from '../protobuf/writer.ts';
import {
  ANY_BOOL,
  ANY_DOUBLE,
  ANY_INT,
  ANY_STRING,
  KEY_VALUE_KEY,
  KEY_VALUE_VALUE,
  REQUEST_RESOURCE_METRICS,
  RESOURCE_ATTRIBUTES,
  RESOURCE_METRICS_RESOURCE,
  RESOURCE_METRICS_SCOPE_METRICS,
  SCOPE_METRICS_SCOPE,
  SCOPE_NAME,
  SCOPE_VERSION,
} from './fields.ts';

const VARINT = 0;
const FIXED64 = 1;

export type OtlpAttributes = Readonly<Record<string, string | number | boolean>>;

/** Who sends. */
export interface OtlpSender {
  readonly resource: OtlpAttributes;
  readonly scope: string;
  readonly scopeVersion: string;
}

/** A request whose items `writeItems` appends to the only scope. */
export function writeRequest(
  writer: ProtobufWriter,
  sender: OtlpSender,
  writeItems: () => void,
): void {
  writer.message(REQUEST_RESOURCE_METRICS, () => {
    writeResource(writer, sender.resource);
    writeScope(writer, sender.scope, sender.scopeVersion, writeItems);
  });
}

/** The resource of a group. */
export function writeResource(writer: ProtobufWriter, resource: OtlpAttributes): void {
  writer.message(RESOURCE_METRICS_RESOURCE, () => {
    writeAttributes(writer, RESOURCE_ATTRIBUTES, resource);
  });
}

/** A group of a scope, whose items `writeItems` appends; an empty version is left out. */
export function writeScope(
  writer: ProtobufWriter,
  name: string,
  version: string,
  writeItems: () => void,
): void {
  writer.message(RESOURCE_METRICS_SCOPE_METRICS, () => {
    writer.message(SCOPE_METRICS_SCOPE, () => {
      writer.text(SCOPE_NAME, name);
      if (version !== '') writer.text(SCOPE_VERSION, version);
    });
    writeItems();
  });
}

/** KeyValue messages; whole numbers become int64, others double. */
export function writeAttributes(
  writer: ProtobufWriter,
  field: number,
  attributes: OtlpAttributes,
): void {
  for (const key of Object.keys(attributes)) {
    const value = attributes[key];
    if (value === undefined) continue;
    writer.message(field, () => {
      writer.text(KEY_VALUE_KEY, key);
      writer.message(KEY_VALUE_VALUE, () => writeAny(writer, value));
    });
  }
}

/** The content of an AnyValue. */
export function writeAny(writer: ProtobufWriter, value: string | number | boolean): void {
  if (typeof value === 'string') writer.text(ANY_STRING, value);
  else if (typeof value === 'boolean') {
    writer.tag(ANY_BOOL, VARINT);
    writer.varint(value ? 1 : 0);
  } else if (Number.isSafeInteger(value) && !Object.is(value, -0)) {
    writer.tag(ANY_INT, VARINT);
    writer.int64(value);
  } else writeDouble(writer, ANY_DOUBLE, value);
}

export function writeDouble(writer: ProtobufWriter, field: number, value: number): void {
  writer.tag(field, FIXED64);
  writer.double(value);
}

/** A fixed64 of a whole number from 0 to 2^53. */
export function writeCount(writer: ProtobufWriter, field: number, value: number): void {
  writer.tag(field, FIXED64);
  writeCountWords(writer, value);
}

/** As `writeCount`, within a packed field. */
export function writeCountWords(writer: ProtobufWriter, value: number): void {
  writer.fixed64(value % 4294967296, Math.floor(value / 4294967296));
}

/** Unix milliseconds (a fraction is cut off) as nanoseconds. */
export function writeTime(writer: ProtobufWriter, field: number, unixMs: number): void {
  setNanos(Math.max(0, Math.floor(unixMs)), 1_000_000, 0);
  writer.tag(field, FIXED64);
  writer.fixed64(nanos[0] ?? 0, nanos[1] ?? 0);
}

export function writeVarint(writer: ProtobufWriter, field: number, value: number): void {
  writer.tag(field, VARINT);
  writer.varint(value);
}
