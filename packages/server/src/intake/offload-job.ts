/**
 * What a decoder can be asked for, here or in the intake worker: the union of jobs, and one function that does any of them.
 *
 * Invariant: jobs and results are plain data, because they cross threads; a decoder that stands here keeps no state between requests that the
 * store would have to know of.
 */
import {
  type DecodeLimits,
  decodeOtlpMetrics,
  decodeOtlpMetricsJson,
  decodeRemoteWriteV1,
  decodeRemoteWriteV2,
  type MetricBatch,
  type OtlpOptions,
  type SeriesResolver,
  uncompressSnappyBlock,
  type WriteCounts,
} from '@sightline/wire';

export type DecodeJob =
  | { protocol: 'remote_write_v1' /** Cap of the snappy block. */; maxBytes: number }
  | { protocol: 'remote_write_v2' /** Cap of the snappy block. */; maxBytes: number }
  | { protocol: 'otlp_protobuf' | 'otlp_json'; options: OtlpOptions };

/** What the decoder says besides the batch: points accepted, by kind. */
export type DecodeResult = WriteCounts;

/**
 * Decodes `body` (for remote write the compressed block) into `batch`. Throws DecodeError, RequestLimitError and SnappyTooLargeError; the batch is then of no use.
 */
export function decodeBody(
  job: DecodeJob,
  body: Uint8Array,
  resolver: SeriesResolver,
  limits: DecodeLimits,
  batch: MetricBatch,
): DecodeResult {
  switch (job.protocol) {
    case 'remote_write_v1':
      return decodeRemoteWriteV1(
        uncompressSnappyBlock(body, job.maxBytes),
        resolver,
        limits,
        batch,
      );
    case 'remote_write_v2':
      return decodeRemoteWriteV2(
        uncompressSnappyBlock(body, job.maxBytes),
        resolver,
        limits,
        batch,
      );
    case 'otlp_protobuf':
      decodeOtlpMetrics(body, resolver, limits, job.options, batch);
      return { samples: batch.n, histograms: 0, exemplars: batch.exemplars.length };
    case 'otlp_json':
      decodeOtlpMetricsJson(body, resolver, limits, job.options, batch);
      return { samples: batch.n, histograms: 0, exemplars: batch.exemplars.length };
  }
}

/**
 * Plain bytes above which a job is worth the way to the worker, given the configured size. Remote write is scanned at about 1 ms a
 * megabyte, and a worker has to build the labels of each of its series, so it may be larger before it holds anybody up; OTLP costs about
 * twice that in protobuf and six times in JSON.
 */
export function offloadThreshold(job: DecodeJob, offloadBytes: number): number {
  switch (job.protocol) {
    case 'remote_write_v1':
    case 'remote_write_v2':
      return offloadBytes * 8;
    case 'otlp_protobuf':
      return offloadBytes * 4;
    case 'otlp_json':
      return offloadBytes;
  }
}
