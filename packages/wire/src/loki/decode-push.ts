/**
 * Loki's PushRequest in protobuf (grafana/loki pkg/push/push.proto) to a batch of log records, scanned where it lies.
 *
 * Model: streams > entries; a stream is walked twice, as its labels may stand behind its entries. The body is uncompressed: the snappy
 * block around it is the caller's.
 *
 * Invariants: a damaged body throws DecodeError and the batch must be thrown away; streams whose labels are refused and records outside
 * of the times are counted in `batch.rejected`.
 */
import { DecodeError } from '../model/decode-error.ts';
import type { LogBatch } from '../model/log-batch.ts';
import type { LogLimits } from '../model/log-limits.ts';
import { setNanos } from '../model/nanos.ts';
import { RecordBuilder } from '../model/record-builder.ts';
import type { SeriesResolver } from '../model/resolver.ts';
import { ProtobufReader, WIRE_VARINT } from '../protobuf/reader.ts';
import { parseLabelsText } from './labels-text.ts';
import { takeMetadata } from './metadata.ts';
import { LokiStreams } from './streams.ts';

const REQUEST_STREAMS = 1;
const STREAM_LABELS = 1;
const STREAM_ENTRIES = 2;
const ENTRY_TIMESTAMP = 1;
const ENTRY_LINE = 2;
const ENTRY_METADATA = 3;
const TIMESTAMP_SECONDS = 1;
const TIMESTAMP_NANOS = 2;
const PAIR_NAME = 1;
const PAIR_VALUE = 2;

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });
const reader = new ProtobufReader();
const record = new RecordBuilder();
const streams = new LokiStreams('loki labels', (bytes) => parseLabelsText(utf8.decode(bytes)));

/**
 * Decodes an uncompressed PushRequest into `batch`. Throws DecodeError when it is damaged and RequestLimitError when it brings too
 * much; the batch is of no use then.
 */
export function decodeLokiPush(
  body: Uint8Array,
  resolver: SeriesResolver,
  limits: LogLimits,
  batch: LogBatch,
): void {
  batch.boundBy(body.length);
  reader.reset(body);
  record.begin(limits, batch);
  try {
    while (reader.next()) {
      if (reader.field === REQUEST_STREAMS) readStream(resolver, limits, batch);
      else reader.skip();
    }
  } finally {
    reader.reset(new Uint8Array(0));
    record.end();
  }
}

function readStream(resolver: SeriesResolver, limits: LogLimits, batch: LogBatch): void {
  const outer = reader.enter();
  const start = reader.pos;
  let labelsStart = 0;
  let labelsEnd = 0;
  let entries = 0;
  while (reader.next()) {
    if (reader.field === STREAM_LABELS) {
      labelsEnd = reader.length();
      labelsStart = reader.pos;
      labelsEnd += labelsStart;
      reader.pos = labelsEnd;
    } else {
      if (reader.field === STREAM_ENTRIES) entries++;
      reader.skip();
    }
  }
  if (entries > 0) {
    const stream = streams.resolve(reader.bytes, labelsStart, labelsEnd, resolver, limits);
    if (stream === 0) batch.reject(streams.reason, streams.problem, entries);
    else {
      reader.pos = start;
      while (reader.next()) {
        if (reader.field === STREAM_ENTRIES) readEntry(stream);
        else reader.skip();
      }
    }
  }
  reader.leave(outer);
}

function readEntry(stream: number): void {
  const outer = reader.enter();
  record.clear();
  let lineStart = 0;
  let lineEnd = 0;
  while (reader.next()) {
    if (reader.field === ENTRY_TIMESTAMP) readTimestamp();
    else if (reader.field === ENTRY_LINE) {
      lineEnd = reader.length();
      lineStart = reader.pos;
      lineEnd += lineStart;
      reader.pos = lineEnd;
    } else if (reader.field === ENTRY_METADATA) readPair();
    else reader.skip();
  }
  reader.leave(outer);
  record.push(stream, reader.bytes, lineStart, lineEnd);
}

function readTimestamp(): void {
  const outer = reader.enter();
  const at = reader.pos;
  let seconds = 0;
  let rest = 0;
  while (reader.next()) {
    if (reader.field === TIMESTAMP_SECONDS) {
      reader.expect(WIRE_VARINT);
      seconds = reader.int64();
    } else if (reader.field === TIMESTAMP_NANOS) {
      reader.expect(WIRE_VARINT);
      rest = reader.int32();
    } else reader.skip();
  }
  reader.leave(outer);
  // Past 2^34 seconds nothing fits into 64 bits of nanoseconds.
  if (seconds < 0 || seconds >= 2 ** 34 || rest < 0 || rest > 999_999_999) {
    throw new DecodeError('timestamp out of range', at);
  }
  setNanos(seconds, 1e9, rest);
  record.takeNanos();
}

function readPair(): void {
  const outer = reader.enter();
  let nameStart = 0;
  let nameEnd = 0;
  let valueStart = 0;
  let valueEnd = 0;
  while (reader.next()) {
    if (reader.field === PAIR_NAME) {
      nameEnd = reader.length();
      nameStart = reader.pos;
      nameEnd += nameStart;
      reader.pos = nameEnd;
    } else if (reader.field === PAIR_VALUE) {
      valueEnd = reader.length();
      valueStart = reader.pos;
      valueEnd += valueStart;
      reader.pos = valueEnd;
    } else reader.skip();
  }
  reader.leave(outer);
  const { bytes } = reader;
  takeMetadata(record, bytes, nameStart, nameEnd, bytes, valueStart, valueEnd);
}
