/**
 * What the decoders of log records and spans can be asked for, here or in the intake worker (offload-job.ts has those of samples).
 *
 * Invariant: jobs are plain data, because they cross threads.
 */
import {
  DecodeError,
  decodeLokiPush,
  decodeLokiPushJson,
  decodeOtlpLogs,
  decodeOtlpLogsJson,
  decodeOtlpTraces,
  decodeOtlpTracesJson,
  decodePlainLogs,
  decodeZipkinJson,
  type LogBatch,
  type LogLimits,
  type SeriesResolver,
  type SpanBatch,
  type SpanLimits,
  uncompressSnappyBlock,
} from '@sightline/wire';

export type LogJob =
  | { protocol: 'otlp_logs' | 'otlp_logs_json' | 'loki_json' }
  | { protocol: 'loki' /** Cap of the snappy block. */; maxBytes: number }
  | { protocol: 'plain_logs' /** Of the stream: names and values in turn. */; labels: string[] };

export interface SpanJob {
  protocol: 'otlp_traces' | 'otlp_traces_json' | 'zipkin';
}

/**
 * Decodes `body` (for Loki's protobuf the compressed block) into `batch`. Throws DecodeError, RequestLimitError and SnappyTooLargeError;
 * the batch is then of no use.
 */
export function decodeLogs(
  job: LogJob,
  body: Uint8Array,
  resolver: SeriesResolver,
  limits: LogLimits,
  batch: LogBatch,
): void {
  switch (job.protocol) {
    case 'otlp_logs':
      decodeOtlpLogs(body, resolver, limits, batch);
      return;
    case 'otlp_logs_json':
      decodeOtlpLogsJson(body, resolver, limits, batch);
      return;
    case 'loki':
      decodeLokiPush(uncompressSnappyBlock(body, job.maxBytes), resolver, limits, batch);
      return;
    case 'loki_json':
      decodeLokiPushJson(body, resolver, limits, batch);
      return;
    case 'plain_logs':
      try {
        decodePlainLogs(body, job.labels, resolver, limits, batch);
      } catch (error) {
        if (error instanceof RangeError) throw new DecodeError(`labels: ${error.message}`, 0);
        throw error;
      }
  }
}

/** As `decodeLogs`, for spans. */
export function decodeSpans(
  job: SpanJob,
  body: Uint8Array,
  resolver: SeriesResolver,
  limits: SpanLimits,
  batch: SpanBatch,
): void {
  switch (job.protocol) {
    case 'otlp_traces':
      decodeOtlpTraces(body, resolver, limits, batch);
      return;
    case 'otlp_traces_json':
      decodeOtlpTracesJson(body, resolver, limits, batch);
      return;
    case 'zipkin':
      decodeZipkinJson(body, resolver, limits, batch);
  }
}

/**
 * Plain bytes above which a job is worth the way to the worker, given the configured size. Records in protobuf are scanned at 2 to 3 ms
 * a megabyte, and the worker would have to copy them all once more; JSON costs several times that.
 */
export function recordThreshold(job: LogJob | SpanJob, offloadBytes: number): number {
  switch (job.protocol) {
    case 'otlp_logs':
    case 'otlp_traces':
    case 'loki':
      return offloadBytes * 8;
    default:
      return offloadBytes;
  }
}
