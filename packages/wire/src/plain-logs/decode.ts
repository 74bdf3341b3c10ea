/**
 * Lines from anywhere to a batch of log records: JSON objects, one a line or in one list, and text.
 *
 * Model: each line is a record. A line that begins with a brace and is a JSON object gives its fields (json-line.ts); every other line is
 * text (text-line.ts). A body that begins with a list of objects is read as that list. All records belong to one stream, whose
 * labels the caller gives.
 *
 * Invariants: no line is refused for its form; empty lines are none; a line longer than `maxBodyBytes` is cut. Only a body that is a list
 * and no JSON throws DecodeError.
 */

import { serviceOf } from '../loki/service-name.ts';
import { hashBytes, taggedSeed } from '../model/hash.ts';
import { LabelSetBuilder } from '../model/label-set.ts';
import type { LogBatch } from '../model/log-batch.ts';
import type { LogLimits } from '../model/log-limits.ts';
import { RecordBuilder } from '../model/record-builder.ts';
import type { DecodeLimits, SeriesResolver } from '../model/resolver.ts';
import { JsonScanner } from '../otlp/json/scanner.ts';
import { JsonLine } from './json-line.ts';
import { LineFields } from './line-fields.ts';
import { readTextLine } from './text-line.ts';

const LF = 0x0a;
const CR = 0x0d;
const OPEN_OBJECT = 0x7b;
const OPEN_ARRAY = 0x5b;

const seed = taggedSeed('plain logs');
const builder = new LabelSetBuilder();
const record = new RecordBuilder();
const fields = new LineFields(record);
const jsonLine = new JsonLine(record, fields);

/**
 * Decodes a body of lines into `batch`. `labels` are the names and values of the stream in turn; a stream that does
 * not name its service gets a `service_name` as those pushed to Loki do. Throws RequestLimitError, and RangeError when the labels are no label set.
 */
export function decodePlainLogs(
  body: Uint8Array,
  labels: readonly string[],
  resolver: SeriesResolver,
  limits: LogLimits,
  batch: LogBatch,
): void {
  const stream = streamOf(labels, resolver, limits);
  batch.boundBy(body.length);
  record.begin(limits, batch);
  try {
    if (isList(body)) readList(stream, body, resolver, batch);
    else readLines(stream, body, resolver, batch);
  } finally {
    record.end();
    fields.clear();
  }
}

function streamOf(
  labels: readonly string[],
  resolver: SeriesResolver,
  limits: DecodeLimits,
): number {
  builder.clear(limits);
  for (let i = 0; i + 1 < labels.length; i += 2) builder.addText(labels[i], labels[i + 1]);
  const service = serviceOf(labels);
  if (service !== '') builder.addText('service_name', service);
  const length = builder.finish();
  if (length < 0) throw new RangeError(builder.problem);
  hashBytes(builder.bytes, 0, length, seed);
  const known = resolver.lookup();
  if (known !== 0) return known;
  return resolver.register(builder.bytes, length);
}

/** Whether the body begins with `[` and, after blanks, `{`. */
function isList(body: Uint8Array): boolean {
  let at = blanks(body, 0, body.length);
  if (body[at] !== OPEN_ARRAY) return false;
  at = blanks(body, at + 1, body.length);
  return body[at] === OPEN_OBJECT;
}

function readList(
  stream: number,
  body: Uint8Array,
  resolver: SeriesResolver,
  batch: LogBatch,
): void {
  const scanner = new JsonScanner();
  scanner.reset(body);
  scanner.openArray();
  for (let first = true; scanner.nextItem(first); first = false) {
    scanner.peek();
    const start = scanner.at;
    scanner.skipValue();
    readLine(stream, body, start, scanner.at, resolver, batch);
  }
  scanner.finish();
}

function readLines(
  stream: number,
  body: Uint8Array,
  resolver: SeriesResolver,
  batch: LogBatch,
): void {
  let at = 0;
  while (at < body.length) {
    const found = body.indexOf(LF, at);
    const next = found < 0 ? body.length : found;
    const end = next > at && body[next - 1] === CR ? next - 1 : next;
    if (blanks(body, at, end) < end) readLine(stream, body, at, end, resolver, batch);
    at = next + 1;
  }
}

function readLine(
  stream: number,
  body: Uint8Array,
  start: number,
  end: number,
  resolver: SeriesResolver,
  batch: LogBatch,
): void {
  if (stream === 0) {
    batch.reject('series_limit', resolver.refusal);
    return;
  }
  fields.clear();
  const first = blanks(body, start, end);
  if (body[first] !== OPEN_OBJECT || !jsonLine.read(body.subarray(first, end))) {
    fields.clear();
    readTextLine(record, fields, body, start, end);
  }
  fields.push(stream, body, start, end);
}

function blanks(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && (bytes[at] === 0x20 || (bytes[at] >= 0x09 && bytes[at] <= CR))) at++;
  return at;
}
