/** ExportTraceServiceRequest to a batch of spans (resource-walk.ts, span.ts). */
import type { SeriesResolver } from '../model/resolver.ts';
import type { SpanBatch } from '../model/span-batch.ts';
import type { SpanLimits } from '../model/span-limits.ts';
import { TRACES_REQUEST } from './json/traces-schema.ts';
import { JsonTranscoder } from './json/transcode.ts';
import { ResourceWalk } from './resource-walk.ts';
import { SpanReader } from './span.ts';

const spans = new SpanReader();
const walk = new ResourceWalk(spans);
const transcoder = new JsonTranscoder();

/**
 * Decodes an ExportTraceServiceRequest in protobuf into `batch`; a bad span is counted in `batch.rejected` and changes nothing else.
 * Throws DecodeError when the body is damaged and RequestLimitError when it brings too much; the batch is of no use then.
 */
export function decodeOtlpTraces(
  body: Uint8Array,
  resolver: SeriesResolver,
  limits: SpanLimits,
  batch: SpanBatch,
): void {
  batch.boundBy(body.length);
  spans.begin(body, limits, batch);
  try {
    walk.walk(body, resolver, limits, batch);
  } finally {
    spans.end();
  }
}

/** As `decodeOtlpTraces`, for a body in OTLP/JSON. */
export function decodeOtlpTracesJson(
  body: Uint8Array,
  resolver: SeriesResolver,
  limits: SpanLimits,
  batch: SpanBatch,
): void {
  decodeOtlpTraces(transcoder.transcode(body, TRACES_REQUEST), resolver, limits, batch);
}
