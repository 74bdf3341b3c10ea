/** For tests: the records of a batch as plain objects. */

import { RecordingResolver } from '../otlp/test-payload.ts';
import { fieldText, forEachField } from './fields.ts';
import { LogBatch, RECORD_SPAN_ID, RECORD_TRACE_ID } from './log-batch.ts';
import { DEFAULT_LOG_LIMITS, type LogLimits } from './log-limits.ts';
import type { SeriesResolver } from './resolver.ts';
import { isFoundLevel } from './severity.ts';

export const NOW = 1_700_000_000_000;
export const LOG_LIMITS: LogLimits = { ...DEFAULT_LOG_LIMITS, now: NOW };

export interface TestRecord {
  stream: number;
  t: bigint;
  /** As it was sent; a level that was found is none. */
  severity: number;
  trace: string;
  span: string;
  body: string;
  /** Key, type and text in turn. */
  fields: [string, number, string][];
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export interface DecodedLogs {
  records: TestRecord[];
  /** Their labels as text; stream n is at n - 1. */
  streams: string[];
  batch: LogBatch;
}

/** What a decoder makes of a request. */
export function decodedLogs(
  decode: (resolver: SeriesResolver, limits: LogLimits, batch: LogBatch) => void,
  limits: Partial<LogLimits> = {},
): DecodedLogs {
  const batch = new LogBatch();
  const resolver = new RecordingResolver();
  decode(resolver, { ...LOG_LIMITS, ...limits }, batch);
  return { records: recordsOf(batch), streams: resolver.series, batch };
}

export function recordsOf(batch: LogBatch): TestRecord[] {
  return Array.from({ length: batch.n }, (_, row) => recordAt(batch, row));
}

function recordAt(batch: LogBatch, row: number): TestRecord {
  const { side } = batch;
  const severity = batch.severity[row];
  const end = batch.at[row] + batch.length[row];
  let at = batch.at[row];
  const flags = side[at++];
  const take = (bytes: number) => {
    at += bytes;
    return Buffer.from(side.subarray(at - bytes, at));
  };
  const trace = (flags & RECORD_TRACE_ID) !== 0 ? take(16).toString('hex') : '';
  const span = (flags & RECORD_SPAN_ID) !== 0 ? take(8).toString('hex') : '';
  let length = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = side[at++];
    length |= (byte & 127) << shift;
    if (byte < 128) break;
  }
  const body = decoder.decode(take(length));
  const fields: [string, number, string][] = [];
  forEachField(side, at, end, (keyStart, keyEnd, type, valueStart, valueEnd) => {
    const key = decoder.decode(side.subarray(keyStart, keyEnd));
    fields.push([key, type, fieldText(side, type, valueStart, valueEnd)]);
  });
  return {
    stream: batch.stream[row],
    t: (BigInt(batch.tHi[row]) << 32n) | BigInt(batch.tLo[row]),
    severity: isFoundLevel(severity) ? 0 : severity,
    trace,
    span,
    body,
    fields,
  };
}
