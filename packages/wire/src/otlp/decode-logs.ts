/** ExportLogsServiceRequest to a batch of log records (resource-walk.ts, log-record.ts). */
import type { LogBatch } from '../model/log-batch.ts';
import type { LogLimits } from '../model/log-limits.ts';
import type { SeriesResolver } from '../model/resolver.ts';
import { LOGS_REQUEST } from './json/logs-schema.ts';
import { JsonTranscoder } from './json/transcode.ts';
import { LogRecordReader } from './log-record.ts';
import { ResourceWalk } from './resource-walk.ts';

const records = new LogRecordReader();
const walk = new ResourceWalk(records);
const transcoder = new JsonTranscoder();

/**
 * Decodes an ExportLogsServiceRequest in protobuf into `batch`; a bad record is counted in `batch.rejected` and changes nothing else.
 * Throws DecodeError when the body is damaged and RequestLimitError when it brings too much; the batch is of no use then.
 */
export function decodeOtlpLogs(
  body: Uint8Array,
  resolver: SeriesResolver,
  limits: LogLimits,
  batch: LogBatch,
): void {
  batch.boundBy(body.length);
  records.begin(body, limits, batch);
  try {
    walk.walk(body, resolver, limits, batch);
  } finally {
    records.end();
  }
}

/** As `decodeOtlpLogs`, for a body in OTLP/JSON. */
export function decodeOtlpLogsJson(
  body: Uint8Array,
  resolver: SeriesResolver,
  limits: LogLimits,
  batch: LogBatch,
): void {
  decodeOtlpLogs(transcoder.transcode(body, LOGS_REQUEST), resolver, limits, batch);
}
