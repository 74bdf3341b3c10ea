/**
 * ExportMetricsServiceRequest to a batch of rows, scanned where it lies.
 *
 * Model: resource metrics > scope metrics > metric > data > points. Protobuf allows fields in any order, so each level is walked
 * twice: once over its fields to find what decides the series (resource, scope, metric header, temporality), skipping the rest
 * by length, and once to read what is below it. Points become rows at once; nothing is made per point.
 *
 * Invariants: a malformed body throws DecodeError and the batch must be thrown away; a bad point is counted in `batch.rejected` and
 * changes nothing else. All rows of a point are in the batch or none. Rows of metrics with delta temporality carry KIND_DELTA.
 */
import type { MetricBatch } from '../model/batch.ts';
import type { DecodeLimits, SeriesResolver } from '../model/resolver.ts';
import { WIRE_VARINT } from '../protobuf/reader.ts';
import { DecodeContext } from './decode-context.ts';
import { readExponentialPoint } from './exponential-point.ts';
import {
  DATA_IS_MONOTONIC,
  DATA_POINTS,
  DATA_TEMPORALITY,
  METRIC_DESCRIPTION,
  METRIC_EXPONENTIAL_HISTOGRAM,
  METRIC_GAUGE,
  METRIC_HISTOGRAM,
  METRIC_NAME,
  METRIC_SUM,
  METRIC_SUMMARY,
  METRIC_UNIT,
  REQUEST_RESOURCE_METRICS,
  RESOURCE_METRICS_RESOURCE,
  RESOURCE_METRICS_SCOPE_METRICS,
  SCOPE_METRICS_METRICS,
  SCOPE_METRICS_SCHEMA_URL,
  SCOPE_METRICS_SCOPE,
  TEMPORALITY_CUMULATIVE,
  TEMPORALITY_DELTA,
} from './fields.ts';
import { readHistogramPoint } from './histogram-point.ts';
import { METRICS_REQUEST } from './json/schema.ts';
import { JsonTranscoder } from './json/transcode.ts';
import { MetadataFeed } from './metadata.ts';
import { readNumberPoint } from './number-point.ts';
import type { OtlpOptions } from './options.ts';
import { forget, note, type Place } from './place.ts';
import {
  KIND_COUNTER,
  KIND_EXPLICIT,
  KIND_EXPONENTIAL,
  KIND_GAUGE,
  KIND_SUMMARY,
  KIND_UP_DOWN_SUM,
} from './series-lookup.ts';
import { readSummaryPoint } from './summary-point.ts';
import { TargetInfo } from './target-info.ts';

export class OtlpMetricsDecoder {
  readonly #context: DecodeContext;
  readonly #metadata = new MetadataFeed();
  readonly #targets: TargetInfo;
  readonly #resource: Place = { start: 0, end: 0 };
  readonly #scope: Place = { start: 0, end: 0 };
  readonly #schemaUrl: Place = { start: 0, end: 0 };
  readonly #name: Place = { start: 0, end: 0 };
  readonly #description: Place = { start: 0, end: 0 };
  readonly #unit: Place = { start: 0, end: 0 };
  readonly #data: Place = { start: 0, end: 0 };
  #dataField = 0;
  #temporality = 0;
  #monotonic = false;

  constructor(options: OtlpOptions) {
    this.#context = new DecodeContext(options);
    this.#targets = new TargetInfo(options.lookbackMs);
  }

  /** Decodes a whole request into `batch`. Throws DecodeError when it is no OTLP request. */
  decode(
    body: Uint8Array,
    resolver: SeriesResolver,
    limits: DecodeLimits,
    batch: MetricBatch,
  ): void {
    const context = this.#context;
    context.begin(body, resolver, limits, batch);
    this.#metadata.begin(resolver);
    this.#targets.begin();
    try {
      const { reader } = context;
      while (reader.next()) {
        if (reader.field === REQUEST_RESOURCE_METRICS) this.#resourceMetrics();
        else reader.skip();
      }
    } finally {
      context.end();
    }
  }

  #resourceMetrics(): void {
    const context = this.#context;
    const { reader } = context;
    const outer = reader.enter();
    const start = reader.pos;
    forget(this.#resource);
    while (reader.next()) {
      if (reader.field === RESOURCE_METRICS_RESOURCE) note(reader, this.#resource);
      else reader.skip();
    }
    context.lookup.beginResource(this.#resource.start, this.#resource.end);
    context.earliest = Number.POSITIVE_INFINITY;
    context.latest = Number.NEGATIVE_INFINITY;
    context.taken = 0;
    reader.pos = start;
    while (reader.next()) {
      if (reader.field === RESOURCE_METRICS_SCOPE_METRICS) this.#scopeMetrics();
      else reader.skip();
    }
    reader.leave(outer);
    if (context.taken > 0 && this.#targets.append(context)) this.#metadata.noteTarget(context);
  }

  #scopeMetrics(): void {
    const { reader, lookup } = this.#context;
    const outer = reader.enter();
    const start = reader.pos;
    forget(this.#scope);
    forget(this.#schemaUrl);
    while (reader.next()) {
      if (reader.field === SCOPE_METRICS_SCOPE) note(reader, this.#scope);
      else if (reader.field === SCOPE_METRICS_SCHEMA_URL) note(reader, this.#schemaUrl);
      else reader.skip();
    }
    const { start: urlStart, end: urlEnd } = this.#schemaUrl;
    lookup.beginScope(this.#scope.start, this.#scope.end, urlStart, urlEnd);
    reader.pos = start;
    while (reader.next()) {
      if (reader.field === SCOPE_METRICS_METRICS) this.#metric();
      else reader.skip();
    }
    reader.leave(outer);
  }

  #metric(): void {
    const context = this.#context;
    const { reader, lookup } = context;
    const outer = reader.enter();
    this.#readHeader();
    context.nameStart = this.#name.start;
    context.nameEnd = this.#name.end;
    if (this.#dataField !== 0) {
      const after = reader.end;
      reader.pos = this.#data.start;
      reader.end = this.#data.end;
      this.#readTemporality();
      context.kind = this.#metricKind();
      context.delta = this.#temporality === TEMPORALITY_DELTA;
      const { start, end } = this.#unit;
      lookup.beginMetric(this.#name.start, this.#name.end, start, end, context.kind);
      if (this.#temporalityFits()) {
        const rows = context.batch.n;
        this.#readPoints();
        if (context.batch.n > rows) {
          this.#metadata.note(context, this.#description.start, this.#description.end, start, end);
        }
      } else this.#refusePoints();
      reader.end = after;
    }
    reader.leave(outer);
  }

  /** Finds the fields of a metric and takes its header into the form of its series. */
  #readHeader(): void {
    const { reader, lookup } = this.#context;
    forget(this.#name);
    forget(this.#description);
    forget(this.#unit);
    this.#dataField = 0;
    let headerStart = -1;
    let headerEnd = -1;
    lookup.beginHeader();
    for (let at = reader.pos; reader.next(); at = reader.pos) {
      switch (reader.field) {
        case METRIC_NAME:
        case METRIC_DESCRIPTION:
        case METRIC_UNIT:
          note(reader, this.#headerPlace(reader.field));
          if (at !== headerEnd) {
            if (headerEnd >= 0) lookup.absorbHeader(headerStart, headerEnd);
            headerStart = at;
          }
          headerEnd = reader.pos;
          break;
        case METRIC_GAUGE:
        case METRIC_SUM:
        case METRIC_HISTOGRAM:
        case METRIC_EXPONENTIAL_HISTOGRAM:
        case METRIC_SUMMARY:
          this.#dataField = reader.field;
          note(reader, this.#data);
          break;
        default:
          reader.skip();
      }
    }
    if (headerEnd >= 0) lookup.absorbHeader(headerStart, headerEnd);
  }

  #headerPlace(field: number): Place {
    return field === METRIC_NAME
      ? this.#name
      : field === METRIC_UNIT
        ? this.#unit
        : this.#description;
  }

  /** Reads the temporality of the data, which serializers write after its points, and goes back to the start. */
  #readTemporality(): void {
    const { reader } = this.#context;
    this.#temporality = 0;
    this.#monotonic = false;
    if (this.#dataField === METRIC_GAUGE || this.#dataField === METRIC_SUMMARY) return;
    const start = reader.pos;
    while (reader.next()) {
      if (reader.field === DATA_TEMPORALITY) {
        reader.expect(WIRE_VARINT);
        this.#temporality = reader.int32();
      } else if (reader.field === DATA_IS_MONOTONIC && this.#dataField === METRIC_SUM) {
        reader.expect(WIRE_VARINT);
        this.#monotonic = reader.uint32() !== 0;
      } else reader.skip();
    }
    reader.pos = start;
  }

  #metricKind(): number {
    switch (this.#dataField) {
      case METRIC_GAUGE:
        return KIND_GAUGE;
      case METRIC_SUM:
        return this.#monotonic ? KIND_COUNTER : KIND_UP_DOWN_SUM;
      case METRIC_HISTOGRAM:
        return KIND_EXPLICIT;
      case METRIC_EXPONENTIAL_HISTOGRAM:
        return KIND_EXPONENTIAL;
      default:
        return KIND_SUMMARY;
    }
  }

  #temporalityFits(): boolean {
    return (
      this.#dataField === METRIC_GAUGE ||
      this.#dataField === METRIC_SUMMARY ||
      this.#temporality === TEMPORALITY_CUMULATIVE ||
      this.#temporality === TEMPORALITY_DELTA
    );
  }

  #readPoints(): void {
    const context = this.#context;
    const { reader } = context;
    const read = POINT_READERS[this.#dataField] ?? readNumberPoint;
    while (reader.next()) {
      if (reader.field === DATA_POINTS) read(context);
      else reader.skip();
    }
  }

  #refusePoints(): void {
    const { reader } = this.#context;
    while (reader.next()) {
      if (reader.field === DATA_POINTS) {
        const problem = `aggregation temporality ${this.#temporality} is not known`;
        this.#context.refuse('unsupported', problem);
      }
      reader.skip();
    }
  }
}

const POINT_READERS: Readonly<Record<number, (context: DecodeContext) => void>> = {
  [METRIC_GAUGE]: readNumberPoint,
  [METRIC_SUM]: readNumberPoint,
  [METRIC_HISTOGRAM]: readHistogramPoint,
  [METRIC_EXPONENTIAL_HISTOGRAM]: readExponentialPoint,
  [METRIC_SUMMARY]: readSummaryPoint,
};

/** Decoders by options object, and by what the options say: an object that has crossed threads is a new one each time. */
const decoders = new WeakMap<OtlpOptions, OtlpMetricsDecoder>();
const decodersByText = new Map<string, OtlpMetricsDecoder>();
const MAX_DECODERS = 8;

function decoderOf(options: OtlpOptions): OtlpMetricsDecoder {
  const known = decoders.get(options);
  if (known !== undefined) return known;
  const text = JSON.stringify(options);
  const decoder = decodersByText.get(text) ?? new OtlpMetricsDecoder(options);
  if (decodersByText.size >= MAX_DECODERS) decodersByText.clear();
  decodersByText.set(text, decoder);
  decoders.set(options, decoder);
  return decoder;
}

/** Decodes with the decoder of these options, which is kept. Throws DecodeError and RequestLimitError. */
export function decodeOtlpMetrics(
  body: Uint8Array,
  resolver: SeriesResolver,
  limits: DecodeLimits,
  options: OtlpOptions,
  batch: MetricBatch,
): void {
  decoderOf(options).decode(body, resolver, limits, batch);
}

const transcoder = new JsonTranscoder();

/** As `decodeOtlpMetrics`, for a body in OTLP/JSON. */
export function decodeOtlpMetricsJson(
  body: Uint8Array,
  resolver: SeriesResolver,
  limits: DecodeLimits,
  options: OtlpOptions,
  batch: MetricBatch,
): void {
  const protobuf = transcoder.transcode(body, METRICS_REQUEST);
  decodeOtlpMetrics(protobuf, resolver, limits, options, batch);
}
