/**
 * Remote write 2.0: io.prometheus.write.v2.Request, scanned where it lies.
 *
 * Request: symbols 4, timeseries 5. TimeSeries: label references 1 (uint32, names and values in turn), samples 2, histograms 3,
 * exemplars 4, metadata 5 (metadata.ts).
 *
 * Model: one pass over the request records the symbols, which stand before the time series (symbols.ts), and reads those. A pass over a
 * TimeSeries collects its references and counts its points, the combined hash of the referenced strings asks the resolver for the series,
 * another pass reads the points. Strings are looked into only when the form is unknown.
 *
 * Invariants: as v1.ts; besides, a series has samples or histograms, never both and never neither (else it is refused).
 */
import type { MetricBatch } from '../model/batch.ts';
import { DecodeError } from '../model/decode-error.ts';
import { LabelSetBuilder } from '../model/label-set.ts';
import type { RejectReason } from '../model/refusals.ts';
import type { DecodeLimits, SeriesResolver } from '../model/resolver.ts';
import { type ProtobufReader, WIRE_BYTES, WIRE_VARINT } from '../protobuf/reader.ts';
import { seriesText } from './describe.ts';
import { MAX_EXEMPLAR_TEXTS, MAX_EXEMPLARS, readExemplar } from './exemplar.ts';
import { metadataSeed } from './metadata.ts';
import { PointWriter, type WriteCounts } from './points.ts';
import { readSeriesMetadata } from './series-metadata.ts';
import { MAX_FORM_REFS, SYMBOLS_FIELD, SymbolTable, shrinkSymbols } from './symbols.ts';

// Tags of the request's fields.
const TIME_SERIES_FIELD = 5;
const SYMBOL = 0x22;
const TIME_SERIES = 0x2a;
// Tags of a TimeSeries' fields 1 to 5 when their content has a length.
const REFS = 0x0a;
const SAMPLE = 0x12;
const HISTOGRAM = 0x1a;
const EXEMPLAR = 0x22;
const METADATA = 0x2a;

const MAX_TEXT_BYTES = 4 * 128 + 1;

const builder = new LabelSetBuilder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const seriesRefs = new Uint32Array(MAX_FORM_REFS);
const exemplarRefs = new Uint32Array(MAX_EXEMPLAR_TEXTS);

/**
 * Decodes a Request (uncompressed) into `batch`. Points and series that cannot be stored are refused one by one in the batch.
 * Throws DecodeError for a malformed body and RequestLimitError for one with too much in it; the batch is then of no use.
 */
export function decodeRemoteWriteV2(
  body: Uint8Array,
  resolver: SeriesResolver,
  limits: DecodeLimits,
  batch: MetricBatch,
): WriteCounts {
  try {
    const request = new V2Request(body, resolver, limits, batch);
    request.decode();
    return request.counts;
  } finally {
    shrinkSymbols();
  }
}

class V2Request {
  readonly counts: WriteCounts;
  readonly #bytes: Uint8Array;
  readonly #resolver: SeriesResolver;
  readonly #limits: DecodeLimits;
  readonly #batch: MetricBatch;
  readonly #points: PointWriter;
  readonly #reader: ProtobufReader;
  readonly #symbols: SymbolTable;
  readonly #metadataSeed: Uint32Array;
  // What `#scan` found out about the current TimeSeries.
  #refs = 0;
  #highestRef = 0;
  #samples = 0;
  #histograms = 0;

  constructor(
    body: Uint8Array,
    resolver: SeriesResolver,
    limits: DecodeLimits,
    batch: MetricBatch,
  ) {
    this.#bytes = body;
    this.#resolver = resolver;
    this.#limits = limits;
    this.#batch = batch;
    this.#points = new PointWriter(body, limits, batch);
    this.#reader = this.#points.reader;
    this.#symbols = new SymbolTable(body, this.#reader.view);
    this.#metadataSeed = metadataSeed(resolver, limits.maxTime);
    this.counts = this.#points.counts;
  }

  decode(): void {
    const reader = this.#reader;
    const bytes = this.#bytes;
    const size = bytes.length;
    let at = 0;
    while (at < size) {
      const tag = bytes[at];
      let isSymbol = tag === SYMBOL;
      let length = at + 1 < size ? bytes[at + 1] : 128;
      if ((isSymbol || tag === TIME_SERIES) && length < 128) at += 2;
      else {
        reader.within(at, size);
        reader.next();
        isSymbol = reader.field === SYMBOLS_FIELD;
        if (!isSymbol && reader.field !== TIME_SERIES_FIELD) {
          reader.skip();
          at = reader.pos;
          continue;
        }
        length = reader.length();
        at = reader.pos;
      }
      const end = at + length;
      if (end > size) throw new DecodeError(`length ${length} past the end`, at - 1);
      if (isSymbol) this.#symbols.add(at, end);
      else {
        this.#symbols.after = end;
        this.#series(at, end);
      }
      at = end;
    }
  }

  #series(start: number, end: number): void {
    this.#scan(start, end);
    const points = this.#samples + this.#histograms;
    this.#points.admit(Math.max(1, points));
    if (this.#samples > 0 && this.#histograms > 0) {
      this.#refuse('unsupported', points, 'samples and histograms in one time series');
      return;
    }
    if (points === 0) {
      this.#refuse('no_value', 1, 'neither samples nor histograms');
      return;
    }
    const series = this.#resolve(points);
    if (series === 0) return;
    const bytes = this.#bytes;
    let at = start;
    while (at < end) {
      const tag = bytes[at];
      if (tag !== SAMPLE && tag !== HISTOGRAM && tag !== EXEMPLAR && tag !== METADATA) {
        at = this.#skipField(at, end);
        continue;
      }
      let length = bytes[++at];
      if (length < 128) at++;
      else {
        length = this.#longLength(at, end);
        at = this.#reader.pos;
      }
      if (tag === SAMPLE) this.#points.sample(series, at, at + length);
      else if (tag === HISTOGRAM) this.#points.histogram(series, at, at + length);
      else if (tag === METADATA) {
        this.#reader.within(at, at + length);
        const isNew = readSeriesMetadata(
          this.#reader,
          this.#symbols,
          this.#nameRef(),
          this.#metadataSeed,
          this.#batch,
        );
        if (isNew) this.#points.admit(1);
      } else this.#exemplar(series, at, at + length);
      at += length;
    }
    if (this.#points.hasRefused) this.#points.report(() => this.#seriesText());
  }

  /** Collects the references and counts the points of [start, end); afterwards its fields are known to fit. */
  #scan(start: number, end: number): void {
    const bytes = this.#bytes;
    let at = start;
    let refs = 0;
    let samples = 0;
    let histograms = 0;
    this.#highestRef = 0;
    while (at < end) {
      const field = at;
      const tag = bytes[at];
      if (
        tag === REFS ||
        tag === SAMPLE ||
        tag === HISTOGRAM ||
        tag === EXEMPLAR ||
        tag === METADATA
      ) {
        let length = at + 1 < end ? bytes[at + 1] : 128;
        if (length < 128) at += 2;
        else {
          length = this.#longLength(at + 1, end);
          at = this.#reader.pos;
        }
        const next = at + length;
        if (next > end) throw new DecodeError('field past the end of its time series', field);
        if (tag === REFS) refs = this.#packedRefs(at, next, refs);
        else if (tag === SAMPLE) samples++;
        else if (tag === HISTOGRAM) histograms++;
        at = next;
      } else if (tag === 0x08) {
        const start = at + 1;
        this.#reader.within(start, end);
        this.#reader.varint();
        at = this.#reader.pos;
        refs = this.#packedRefs(start, at, refs);
      } else at = this.#skipField(at, end);
    }
    this.#refs = refs;
    this.#samples = samples;
    this.#histograms = histograms;
  }

  #packedRefs(start: number, end: number, before: number): number {
    const bytes = this.#bytes;
    let refs = before;
    let highest = this.#highestRef;
    let at = start;
    while (at < end) {
      let ref = bytes[at];
      if (ref < 128) at++;
      else if (at + 1 < end && bytes[at + 1] < 128) {
        ref = (ref & 127) | (bytes[at + 1] << 7);
        at += 2;
      } else {
        this.#reader.within(at, end);
        ref = this.#reader.uint32();
        at = this.#reader.pos;
      }
      if (ref > highest) highest = ref;
      // Past the most that a form may have only the number goes on.
      if (refs < MAX_FORM_REFS) seriesRefs[refs] = ref;
      refs++;
    }
    this.#highestRef = highest;
    return refs;
  }

  #skipField(at: number, end: number): number {
    const reader = this.#reader;
    reader.within(at, end);
    reader.next();
    if (reader.field >= 2 && reader.field <= 5) reader.expect(WIRE_BYTES);
    else if (reader.field === 1 && reader.wireType !== WIRE_VARINT) reader.expect(WIRE_BYTES);
    reader.skip();
    return reader.pos;
  }

  #longLength(at: number, end: number): number {
    this.#reader.within(at, end);
    return this.#reader.uint32();
  }

  /** The handle of the current series, or 0 after its `points` have been refused. */
  #resolve(points: number): number {
    const refs = this.#refs;
    if (refs === 0 || refs % 2 !== 0 || refs > MAX_FORM_REFS) {
      return this.#refuse(
        'invalid_labels',
        points,
        refs === 0 ? 'no labels' : `${refs} label references`,
      );
    }
    if (!this.#symbols.has(this.#highestRef)) {
      return this.#refuse(
        'invalid_labels',
        points,
        `label reference ${this.#highestRef} outside the ${this.#symbols.count} symbols`,
      );
    }
    this.#symbols.form(seriesRefs, refs);
    const resolver = this.#resolver;
    let known = resolver.lookup();
    if (known !== 0) return known;
    const length = this.#build();
    if (length < 0) return this.#refuse(builder.reason, points, builder.problem);
    if (length === 0) return this.#refuse('invalid_labels', points, 'no labels');
    known = resolver.register(builder.bytes, length);
    return known === 0 ? this.#refuse('series_limit', points, resolver.refusal) : known;
  }

  #build(): number {
    builder.clear(this.#limits);
    const symbols = this.#symbols;
    const bytes = this.#bytes;
    for (let i = 0; i < this.#refs; i += 2) {
      const name = seriesRefs[i];
      const value = seriesRefs[i + 1];
      builder.add(
        bytes,
        symbols.start(name),
        symbols.end(name),
        bytes,
        symbols.start(value),
        symbols.end(value),
      );
    }
    return builder.finish();
  }

  #refuse(reason: RejectReason, points: number, problem: string): 0 {
    this.#points.reject(reason, points, () => `series ${this.#seriesText()}: ${problem}`);
    return 0;
  }

  #seriesText(): string {
    const pairs: string[] = [];
    for (let i = 0; i < Math.min(this.#refs, 40); i++) pairs.push(this.#text(seriesRefs[i]));
    return seriesText(pairs);
  }

  #text(ref: number): string {
    if (!this.#symbols.has(ref)) return `?${ref}`;
    const start = this.#symbols.start(ref);
    const end = Math.min(this.#symbols.end(ref), start + MAX_TEXT_BYTES);
    return decoder.decode(this.#bytes.subarray(start, end));
  }

  #exemplar(series: number, start: number, end: number): void {
    this.#points.admit(1);
    const reader = this.#reader;
    reader.within(start, end);
    const exemplar = readExemplar(reader, series, this.#limits, (into) =>
      this.#exemplarLabels(into),
    );
    if (exemplar === null || exemplar.labels.length % 2 !== 0) return;
    if (this.counts.exemplars >= MAX_EXEMPLARS) return;
    this.#batch.exemplars.push(exemplar);
    this.counts.exemplars++;
  }

  /** Reads one field of references; false when they name no symbols or are more than an exemplar can have. */
  #exemplarLabels(into: string[]): boolean {
    const reader = this.#reader;
    let count = 0;
    if (reader.wireType === WIRE_VARINT) exemplarRefs[count++] = reader.uint32();
    else {
      reader.expect(WIRE_BYTES);
      const outer = reader.enter();
      while (reader.pos < reader.end) {
        const ref = reader.uint32();
        if (count < exemplarRefs.length) exemplarRefs[count] = ref;
        count++;
      }
      reader.leave(outer);
    }
    if (into.length + count > exemplarRefs.length) return false;
    for (let i = 0; i < count; i++) {
      if (!this.#symbols.has(exemplarRefs[i])) return false;
      into.push(this.#text(exemplarRefs[i]));
    }
    return true;
  }

  /** Symbol of the current series' metric name, or -1. */
  #nameRef(): number {
    for (let i = 0; i < this.#refs; i += 2) {
      if (this.#symbols.isMetricName(seriesRefs[i])) return seriesRefs[i + 1];
    }
    return -1;
  }
}
