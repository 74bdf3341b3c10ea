/**
 * Lines from anywhere to a batch of log records: JSON objects, one a line or in one list, and text.
 *
 * Model: each line is a record. A line that begins with a brace and is a JSON object gives its fields (json-line.ts); every other line is
 * text (text-line.ts). A body that begins with a list of objects is read as that list. The caller gives the labels of the stream; a line
 * may add its service (line-streams.ts).
 *
 * Invariants: no line is refused for its form; empty lines are none; a line longer than `maxBodyBytes` is cut. Only a body that is a list
 * and no JSON throws DecodeError.
 */

import type { LogBatch } from '../model/log-batch.ts';
import type { LogLimits } from '../model/log-limits.ts';
import { RecordBuilder } from '../model/record-builder.ts';
import type { SeriesResolver } from '../model/resolver.ts';
import { JsonScanner } from '../otlp/json/scanner.ts';
import { JsonLine } from './json-line.ts';
import { LineFields } from './line-fields.ts';
import { LineStreams } from './line-streams.ts';
import { readTextLine } from './text-line.ts';

const LF = 0x0a;
const CR = 0x0d;
const OPEN_OBJECT = 0x7b;
const OPEN_ARRAY = 0x5b;

const record = new RecordBuilder();
const fields = new LineFields(record);
const jsonLine = new JsonLine(record, fields);

/**
 * Decodes a body of lines into `batch`. `labels` are the names and values of the stream in turn; where they do not
 * name the service a line may, else `service_name` is found as in what is pushed to Loki. Throws RequestLimitError, and RangeError when the labels are no label set.
 */
export function decodePlainLogs(
  body: Uint8Array,
  labels: readonly string[],
  resolver: SeriesResolver,
  limits: LogLimits,
  batch: LogBatch,
): void {
  const streams = new LineStreams(labels, resolver, limits);
  batch.boundBy(body.length);
  record.begin(limits, batch);
  fields.begin(streams);
  try {
    if (isList(body)) readList(streams, body, resolver, batch);
    else readLines(streams, body, resolver, batch);
  } finally {
    record.end();
    fields.begin(undefined);
  }
}

/** Whether the body begins with `[` and, after blanks, `{`. */
function isList(body: Uint8Array): boolean {
  let at = blanks(body, 0, body.length);
  if (body[at] !== OPEN_ARRAY) return false;
  at = blanks(body, at + 1, body.length);
  return body[at] === OPEN_OBJECT;
}

function readList(
  streams: LineStreams,
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
    readLine(streams, body, start, scanner.at, resolver, batch);
  }
  scanner.finish();
}

function readLines(
  streams: LineStreams,
  body: Uint8Array,
  resolver: SeriesResolver,
  batch: LogBatch,
): void {
  let at = 0;
  while (at < body.length) {
    const found = body.indexOf(LF, at);
    const next = found < 0 ? body.length : found;
    const end = next > at && body[next - 1] === CR ? next - 1 : next;
    if (blanks(body, at, end) < end) readLine(streams, body, at, end, resolver, batch);
    at = next + 1;
  }
}

function readLine(
  streams: LineStreams,
  body: Uint8Array,
  start: number,
  end: number,
  resolver: SeriesResolver,
  batch: LogBatch,
): void {
  fields.clear();
  const first = blanks(body, start, end);
  if (body[first] !== OPEN_OBJECT || !jsonLine.read(body.subarray(first, end))) {
    fields.clear();
    readTextLine(record, fields, body, start, end);
  }
  const { stream } = streams;
  if (stream === 0) batch.reject('series_limit', resolver.refusal);
  else fields.push(stream, body, start, end);
}

function blanks(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && (bytes[at] === 0x20 || (bytes[at] >= 0x09 && bytes[at] <= CR))) at++;
  return at;
}
