/**
 * ExportTraceServiceRequest to a batch of spans, scanned where it lies.
 *
 * Model: resource spans > scope spans > spans. Protobuf allows fields in any order, so the two outer levels are walked twice: once to
 * find resource and scope, skipping the rest by length, and once to read what is below them. The resource is resolved to a stream
 * once; the scope becomes fields once, which are copied to the end of the fields of each of its spans.
 *
 * Invariants: a damaged body throws DecodeError and the batch must be thrown away; a bad span is counted in `batch.rejected` and
 * changes nothing else.
 */
import { RequestLimitError } from '../model/decode-error.ts';
import type { SeriesResolver } from '../model/resolver.ts';
import { SpanBatch } from '../model/span-batch.ts';
import type { SpanLimits } from '../model/span-limits.ts';
import { ProtobufReader } from '../protobuf/reader.ts';
import { TRACES_REQUEST } from './json/traces-schema.ts';
import { JsonTranscoder } from './json/transcode.ts';
import { ResourceStream } from './resource-stream.ts';
import { ScopeFields } from './scope-fields.ts';
import { SpanReader } from './span.ts';
import {
  REQUEST_RESOURCE_SPANS,
  RESOURCE_SPANS_RESOURCE,
  RESOURCE_SPANS_SCOPE_SPANS,
  SCOPE_SPANS_SCOPE,
  SCOPE_SPANS_SPANS,
} from './span-proto.ts';

const NO_BYTES = new Uint8Array(0);
const NO_BATCH = new SpanBatch(1);

class OtlpTracesDecoder {
  readonly #reader = new ProtobufReader();
  readonly #streams = new ResourceStream();
  readonly #scope = new ScopeFields();
  readonly #spans = new SpanReader();
  #batch = NO_BATCH;

  decode(body: Uint8Array, resolver: SeriesResolver, limits: SpanLimits, batch: SpanBatch): void {
    const reader = this.#reader;
    batch.boundBy(body.length);
    reader.reset(body);
    this.#scope.begin(body);
    this.#spans.begin(body, limits, batch);
    this.#batch = batch;
    try {
      while (reader.next()) {
        if (reader.field === REQUEST_RESOURCE_SPANS) this.#resourceSpans(resolver, limits);
        else reader.skip();
      }
    } finally {
      reader.reset(NO_BYTES);
      this.#scope.end();
      this.#spans.end();
      this.#batch = NO_BATCH;
    }
  }

  #resourceSpans(resolver: SeriesResolver, limits: SpanLimits): void {
    const reader = this.#reader;
    const outer = reader.enter();
    const start = reader.pos;
    let resourceAt = 0;
    let resourceEnd = 0;
    let scopes = 0;
    while (reader.next()) {
      if (reader.field === RESOURCE_SPANS_RESOURCE) {
        resourceEnd = reader.length();
        resourceAt = reader.pos;
        resourceEnd += resourceAt;
        reader.pos = resourceEnd;
      } else {
        if (reader.field === RESOURCE_SPANS_SCOPE_SPANS) scopes++;
        reader.skip();
      }
    }
    if (scopes > 0) {
      const stream = this.#streams.resolve(
        reader.bytes,
        resourceAt,
        resourceEnd,
        resolver,
        limits,
        this.#batch,
      );
      reader.pos = start;
      while (reader.next()) {
        if (reader.field === RESOURCE_SPANS_SCOPE_SPANS) this.#scopeSpans(stream, limits);
        else reader.skip();
      }
    }
    reader.leave(outer);
  }

  #scopeSpans(stream: number, limits: SpanLimits): void {
    const reader = this.#reader;
    const outer = reader.enter();
    const start = reader.pos;
    let scopeAt = 0;
    let scopeEnd = 0;
    while (reader.next()) {
      if (reader.field === SCOPE_SPANS_SCOPE) {
        scopeEnd = reader.length();
        scopeAt = reader.pos;
        scopeEnd += scopeAt;
        reader.pos = scopeEnd;
      } else reader.skip();
    }
    const problem = this.#scope.read(scopeAt, scopeEnd, this.#batch);
    reader.pos = start;
    while (reader.next()) {
      if (reader.field === SCOPE_SPANS_SPANS) this.#span(stream, problem, limits);
      else reader.skip();
    }
    reader.leave(outer);
  }

  #span(stream: number, scopeProblem: string, limits: SpanLimits): void {
    const reader = this.#reader;
    const length = reader.length();
    const at = reader.pos;
    const end = at + length;
    reader.pos = end;
    if (this.#batch.n >= limits.maxPoints) {
      throw new RequestLimitError(`more than ${limits.maxPoints} spans in one request`);
    }
    if (stream === 0) {
      this.#spans.refuse(at, end, this.#streams.reason, this.#streams.problem);
    } else if (scopeProblem !== '') this.#spans.refuse(at, end, 'invalid_value', scopeProblem);
    else this.#spans.read(at, end, stream, this.#scope.writer);
  }
}

const decoder = new OtlpTracesDecoder();
const transcoder = new JsonTranscoder();

/**
 * Decodes an ExportTraceServiceRequest in protobuf into `batch`. Throws DecodeError when it is damaged and RequestLimitError when it
 * brings too much; the batch is of no use then.
 */
export function decodeOtlpTraces(
  body: Uint8Array,
  resolver: SeriesResolver,
  limits: SpanLimits,
  batch: SpanBatch,
): void {
  decoder.decode(body, resolver, limits, batch);
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
