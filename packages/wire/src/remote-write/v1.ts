/**
 * Remote write 1.0: prometheus.WriteRequest, scanned where it lies.
 *
 * WriteRequest: timeseries 1, metadata 3. TimeSeries: labels 1 (name 1, value 2), samples 2, exemplars 3, histograms 4.
 *
 * Model: one pass over a TimeSeries finds the range of its label fields and counts its points; the hash of that range (names,
 * values and their framing, as they lie) asks the resolver for the series; a second pass reads the points. Labels are looked into
 * only when the form is unknown, or when label fields do not lie side by side. Where the body lies in the intake kernel's memory, plain
 * series take the faster way of plain-series.ts.
 *
 * Invariants: no object per series or point on the way that known series take; a malformed body throws DecodeError before it can be
 * appended (the caller drops the batch); a refused series or point never keeps another from being read.
 */
import type { MetricBatch } from '../model/batch.ts';
import { DecodeError } from '../model/decode-error.ts';
import { hashBytes, hashView, taggedSeed } from '../model/hash.ts';
import { LabelSetBuilder } from '../model/label-set.ts';
import type { DecodeLimits, SeriesResolver } from '../model/resolver.ts';
import { type ProtobufReader, WIRE_BYTES } from '../protobuf/reader.ts';
import { seriesText } from './describe.ts';
import { MAX_EXEMPLAR_TEXTS, MAX_EXEMPLARS, readExemplar } from './exemplar.ts';
import { isNewMetadata, MAX_METADATA, metadataSeed, readMetadata } from './metadata.ts';
import { PlainSeries } from './plain-series.ts';
import { PointWriter, type WriteCounts } from './points.ts';

// The request's fields.
const TIME_SERIES_FIELD = 1;
const METADATA_FIELD = 3;
// Tags of a TimeSeries' fields 1 to 4 when their content is a message.
const LABEL = 0x0a;
const SAMPLE = 0x12;
const EXEMPLAR = 0x1a;
const HISTOGRAM = 0x22;

// Texts for exemplars and explanations: an exemplar with more has over 128 characters and is dropped.
const MAX_TEXT_BYTES = 4 * 128 + 1;

const formSeed = taggedSeed('remote-write 1.0');
const canonicalSeed = taggedSeed('remote-write 1.0, canonical');
const builder = new LabelSetBuilder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/**
 * Decodes a WriteRequest (uncompressed) into `batch`. Points and series that cannot be stored are refused one by one in the batch.
 * Throws DecodeError for a malformed body and RequestLimitError for one with too many points; the batch is then of no use.
 */
export function decodeRemoteWriteV1(
  body: Uint8Array,
  resolver: SeriesResolver,
  limits: DecodeLimits,
  batch: MetricBatch,
): WriteCounts {
  const request = new V1Request(body, resolver, limits, batch);
  request.decode();
  return request.counts;
}

class V1Request {
  readonly counts: WriteCounts;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #resolver: SeriesResolver;
  readonly #limits: DecodeLimits;
  readonly #batch: MetricBatch;
  readonly #points: PointWriter;
  readonly #reader: ProtobufReader;
  // What `#scan` found out about the current TimeSeries.
  #labelsStart = 0;
  #labelsEnd = 0;
  #labelsTogether = true;
  #pointsStart = 0;
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
    this.#view = this.#reader.view;
    this.counts = this.#points.counts;
  }

  decode(): void {
    const reader = this.#reader;
    const size = this.#bytes.length;
    const plain = PlainSeries.over(this.#bytes, this.#resolver, this.#limits, this.#batch, {
      admit: (points) => this.#points.admit(points),
      register: (start, end) => this.#registerForm(start, end),
      series: (start, end) => this.#series(start, end),
    });
    let at = 0;
    while (at < size) {
      if (plain !== null) {
        at = plain.take(at);
        if (at === size) break;
      }
      reader.within(at, size);
      reader.next();
      const field = reader.field;
      if (field !== TIME_SERIES_FIELD && field !== METADATA_FIELD) {
        reader.skip();
        at = reader.pos;
        continue;
      }
      const length = reader.length();
      const start = reader.pos;
      at = start + length;
      if (field === TIME_SERIES_FIELD) this.#series(start, at);
      else this.#metadata(start, at);
    }
    this.counts.samples += plain?.samples ?? 0;
  }

  #series(start: number, end: number): void {
    this.#scan(start, end);
    const points = this.#samples + this.#histograms;
    if (points === 0) return;
    this.#points.admit(points);
    const series = this.#resolve(start, end, points);
    if (series === 0) return;
    const bytes = this.#bytes;
    let at = this.#pointsStart;
    while (at < end) {
      const tag = bytes[at];
      if (tag !== SAMPLE && tag !== EXEMPLAR && tag !== HISTOGRAM) {
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
      else this.#exemplar(series, at, at + length);
      at += length;
    }
    if (this.#points.hasRefused) this.#points.report(() => this.#seriesText(start, end));
  }

  /** Finds labels and counts points of the TimeSeries in [start, end); afterwards its fields are known to fit. */
  #scan(start: number, end: number): void {
    const bytes = this.#bytes;
    let at = start;
    let labelsStart = -1;
    let labelsEnd = -1;
    let together = true;
    let pointsStart = -1;
    let samples = 0;
    let histograms = 0;
    while (at < end) {
      const field = at;
      const tag = bytes[at];
      if (tag === LABEL || tag === SAMPLE || tag === EXEMPLAR || tag === HISTOGRAM) {
        let length = at + 1 < end ? bytes[at + 1] : 128;
        if (length < 128) at += 2;
        else {
          length = this.#longLength(at + 1, end);
          at = this.#reader.pos;
        }
        at += length;
        if (at > end) throw new DecodeError('field past the end of its time series', field);
        if (tag === LABEL) {
          if (labelsStart < 0) labelsStart = field;
          else if (labelsEnd !== field) together = false;
          labelsEnd = at;
          continue;
        }
        if (tag === SAMPLE) samples++;
        else if (tag === HISTOGRAM) histograms++;
      } else at = this.#skipField(field, end);
      if (pointsStart < 0) pointsStart = field;
    }
    this.#labelsStart = labelsStart;
    this.#labelsEnd = labelsEnd;
    this.#labelsTogether = together;
    this.#pointsStart = pointsStart < 0 ? end : pointsStart;
    this.#samples = samples;
    this.#histograms = histograms;
  }

  /** Steps over a field that is none of ours (or a label while points are read). */
  #skipField(at: number, end: number): number {
    const reader = this.#reader;
    reader.within(at, end);
    reader.next();
    if (reader.field <= 4) reader.expect(WIRE_BYTES);
    reader.skip();
    return reader.pos;
  }

  #longLength(at: number, end: number): number {
    this.#reader.within(at, end);
    return this.#reader.uint32();
  }

  /** The handle of the current series, or 0 after its `points` have been refused. */
  #resolve(start: number, end: number, points: number): number {
    const resolver = this.#resolver;
    let known = 0;
    if (this.#labelsTogether && this.#labelsStart >= 0) {
      hashView(this.#view, this.#labelsStart, this.#labelsEnd, formSeed);
      known = resolver.lookup();
      if (known !== 0) return known;
    }
    const length = this.#build(start, end);
    if (length <= 0) {
      const reason = length === 0 ? 'invalid_labels' : builder.reason;
      const problem = length === 0 ? 'no labels' : builder.problem;
      this.#points.reject(
        reason,
        points,
        () => `series ${this.#seriesText(start, end)}: ${problem}`,
      );
      return 0;
    }
    if (!this.#labelsTogether) {
      hashBytes(builder.bytes, 0, length, canonicalSeed);
      known = resolver.lookup();
    }
    if (known === 0) known = resolver.register(builder.bytes, length);
    if (known === 0) {
      this.#points.reject(
        'series_limit',
        points,
        () => `series ${this.#seriesText(start, end)}: ${resolver.refusal}`,
      );
    }
    return known;
  }

  /** Registers the TimeSeries in [start, end) under the form in `hashWords`; 0 when it is refused. */
  #registerForm(start: number, end: number): number {
    const length = this.#build(start, end);
    return length > 0 ? this.#resolver.register(builder.bytes, length) : 0;
  }

  /** Builds the canonical labels of the TimeSeries in [start, end); as `LabelSetBuilder.finish`. */
  #build(start: number, end: number): number {
    builder.clear(this.#limits);
    const bytes = this.#bytes;
    this.#forEachLabel(start, end, (nameStart, nameEnd, valueStart, valueEnd) => {
      builder.add(bytes, nameStart, nameEnd, bytes, valueStart, valueEnd);
    });
    return builder.finish();
  }

  #forEachLabel(
    start: number,
    end: number,
    visit: (nameStart: number, nameEnd: number, valueStart: number, valueEnd: number) => void,
  ): void {
    const reader = this.#reader;
    reader.within(start, end);
    while (reader.next()) {
      if (reader.field === 1) readLabel(reader, visit);
      else reader.skip();
    }
  }

  #seriesText(start: number, end: number): string {
    const pairs: string[] = [];
    this.#forEachLabel(start, end, (nameStart, nameEnd, valueStart, valueEnd) => {
      if (pairs.length < 20)
        pairs.push(this.#text(nameStart, nameEnd), this.#text(valueStart, valueEnd));
    });
    return seriesText(pairs);
  }

  #text(start: number, end: number): string {
    return decoder.decode(this.#bytes.subarray(start, Math.min(end, start + MAX_TEXT_BYTES)));
  }

  #exemplar(series: number, start: number, end: number): void {
    this.#points.admit(1);
    const reader = this.#reader;
    reader.within(start, end);
    const exemplar = readExemplar(reader, series, this.#limits, (into) => {
      readLabel(reader, (nameStart, nameEnd, valueStart, valueEnd) => {
        if (into.length >= MAX_EXEMPLAR_TEXTS) return;
        into.push(this.#text(nameStart, nameEnd), this.#text(valueStart, valueEnd));
      });
      return into.length < MAX_EXEMPLAR_TEXTS;
    });
    if (exemplar === null || this.counts.exemplars >= MAX_EXEMPLARS) return;
    this.#batch.exemplars.push(exemplar);
    this.counts.exemplars++;
  }

  #metadata(start: number, end: number): void {
    this.#points.admit(1);
    if (this.#batch.metadata.length >= MAX_METADATA) return;
    hashView(this.#view, start, end, metadataSeed(this.#resolver, this.#limits.maxTime));
    if (!isNewMetadata()) return;
    this.#reader.within(start, end);
    readMetadata(this.#reader, this.#batch);
  }
}

/** Reads the Label message that is the reader's current field. */
function readLabel(
  reader: ProtobufReader,
  visit: (nameStart: number, nameEnd: number, valueStart: number, valueEnd: number) => void,
): void {
  const outer = reader.enter();
  let nameStart = reader.pos;
  let nameEnd = nameStart;
  let valueStart = nameStart;
  let valueEnd = nameStart;
  while (reader.next()) {
    if (reader.field === 1) {
      const length = reader.length();
      nameStart = reader.pos;
      nameEnd = nameStart + length;
      reader.pos = nameEnd;
    } else if (reader.field === 2) {
      const length = reader.length();
      valueStart = reader.pos;
      valueEnd = valueStart + length;
      reader.pos = valueEnd;
    } else reader.skip();
  }
  reader.leave(outer);
  visit(nameStart, nameEnd, valueStart, valueEnd);
}
