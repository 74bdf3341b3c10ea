/** Zipkin v2 JSON (the body of `POST /api/v2/spans`) to a batch of spans. */
import type { SeriesResolver } from '../model/resolver.ts';
import type { SpanBatch } from '../model/span-batch.ts';
import type { SpanLimits } from '../model/span-limits.ts';
import { decodeOtlpTraces } from '../otlp/decode-traces.ts';
import { ZipkinTranscoder } from './transcode.ts';

const transcoder = new ZipkinTranscoder();

/**
 * Decodes a list of spans in Zipkin v2 JSON into `batch`. Throws DecodeError when it is no such list and RequestLimitError when it
 * brings too much; the batch is of no use then.
 */
export function decodeZipkinJson(
  body: Uint8Array,
  resolver: SeriesResolver,
  limits: SpanLimits,
  batch: SpanBatch,
): void {
  decodeOtlpTraces(transcoder.transcode(body), resolver, limits, batch);
}
