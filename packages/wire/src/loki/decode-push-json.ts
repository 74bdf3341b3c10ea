/**
 * Loki's push in JSON to a batch of log records: `{"streams":[{"stream":{"a":"b"},"values":[["<ns>","line",{"k":"v"}]]}]}`.
 *
 * Model: the scanner walks the body once; where the values of a stream stand in front of its labels it comes back to them. Times may be
 * strings or numbers, all digits count. Values of metadata that are no strings are taken as they are written.
 *
 * Invariants: as decode-push.ts; a body that is no JSON of this shape throws DecodeError.
 */
import { LineProblem } from '../exposition/labels.ts';
import { JsonText } from '../model/json-text.ts';
import type { LogBatch } from '../model/log-batch.ts';
import type { LogLimits } from '../model/log-limits.ts';
import { RecordBuilder } from '../model/record-builder.ts';
import type { SeriesResolver } from '../model/resolver.ts';
import { IntegerParser } from '../otlp/json/integer.ts';
import { JsonScanner, QUOTE } from '../otlp/json/scanner.ts';
import { takeMetadata } from './metadata.ts';
import { LokiStreams } from './streams.ts';

const OPEN_ARRAY = 0x5b;

const scanner = new JsonScanner();
const integer = new IntegerParser();
const record = new RecordBuilder();
const name = new JsonText();
const value = new JsonText();
const line = new JsonText();
const streams = new LokiStreams('loki labels in JSON', parseLabels);

/** As `decodeLokiPush`, for a body in JSON. */
export function decodeLokiPushJson(
  body: Uint8Array,
  resolver: SeriesResolver,
  limits: LogLimits,
  batch: LogBatch,
): void {
  batch.boundBy(body.length);
  scanner.reset(body);
  record.begin(limits, batch);
  try {
    scanner.openObject();
    for (let first = true; scanner.nextKey(first); first = false) {
      if (!isKey('streams')) {
        scanner.skipValue();
        continue;
      }
      scanner.openArray();
      for (let head = true; scanner.nextItem(head); head = false) {
        readStream(resolver, limits, batch);
      }
    }
    scanner.finish();
  } finally {
    scanner.reset(new Uint8Array(0));
    record.end();
    for (const text of [name, value, line]) text.clear();
  }
}

function readStream(resolver: SeriesResolver, limits: LogLimits, batch: LogBatch): void {
  const lists: number[] = [];
  let labelsStart = -1;
  let labelsEnd = -1;
  scanner.openObject();
  for (let first = true; scanner.nextKey(first); first = false) {
    const isLabels = isKey('stream');
    const isValues = isKey('values');
    scanner.peek();
    if (isLabels) labelsStart = scanner.at;
    else if (isValues) lists.push(scanner.at);
    scanner.skipValue();
    if (isLabels) labelsEnd = scanner.at;
  }
  if (labelsStart < 0) scanner.fail('a stream without its labels');
  const after = scanner.at;
  const stream = streams.resolve(scanner.bytes, labelsStart, labelsEnd, resolver, limits);
  for (const list of lists) {
    scanner.at = list;
    readValues(stream, batch);
  }
  scanner.at = after;
}

function readValues(stream: number, batch: LogBatch): void {
  scanner.openArray();
  for (let first = true; scanner.nextItem(first); first = false) {
    if (stream !== 0) readEntry(stream);
    else {
      scanner.skipValue();
      batch.reject(streams.reason, streams.problem);
    }
  }
}

function readEntry(stream: number): void {
  record.clear();
  scanner.openArray();
  if (!scanner.nextItem(true)) scanner.fail('a value without a time');
  readTime();
  if (!scanner.nextItem(false)) scanner.fail('a value without a line');
  scanner.string();
  line.take(scanner);
  if (scanner.nextItem(false)) {
    if (!scanner.isNull()) readMetadata();
    while (scanner.nextItem(false)) scanner.skipValue();
  }
  record.push(stream, line.bytes, line.start, line.end);
}

function readTime(): void {
  if (scanner.peek() === QUOTE) scanner.string();
  else scanner.number();
  if (!integer.parse(scanner.bytes, scanner.start, scanner.end, false)) {
    scanner.fail('a time in nanoseconds belongs here');
  }
  record.tLo = integer.low;
  record.tHi = integer.high;
}

function readMetadata(): void {
  scanner.openObject();
  for (let first = true; scanner.nextKey(first); first = false) {
    name.take(scanner);
    const next = scanner.peek();
    const start = scanner.at;
    scanner.skipValue();
    if (next === QUOTE) value.take(scanner);
    else {
      value.bytes = scanner.bytes;
      value.start = start;
      value.end = scanner.at;
    }
    takeMetadata(record, name.bytes, name.start, name.end, value.bytes, value.start, value.end);
  }
}

/** Labels of a stream from the bytes of their object; the depth of what surrounds it no longer matters. */
function parseLabels(bytes: Uint8Array): string[] {
  const labels = new JsonScanner();
  const text = new JsonText();
  const pairs: string[] = [];
  labels.reset(bytes);
  if (labels.peek() === OPEN_ARRAY) throw new LineProblem('they are a list');
  labels.openObject();
  for (let first = true; labels.nextKey(first); first = false) {
    text.take(labels);
    pairs.push(text.toString());
    if (labels.peek() !== QUOTE) throw new LineProblem(`value of ${pairs.at(-1)} is no string`);
    labels.string();
    text.take(labels);
    pairs.push(text.toString());
  }
  return pairs;
}

function isKey(want: string): boolean {
  const { bytes, start, end } = scanner;
  if (end - start !== want.length) return false;
  for (let i = 0; i < want.length; i++) if (bytes[start + i] !== want.charCodeAt(i)) return false;
  return true;
}
