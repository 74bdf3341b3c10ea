/**
 * Parser of the Prometheus text format 0.0.4 and of OpenMetrics 1.0 into a MetricBatch.
 *
 * Model: one pass over the bytes. Of a sample line, the part before the value is hashed as it lies and looked up; its labels are
 * parsed only when the form is new. Row i of the batch leaves its form in `forms[4i, 4i+4)`, so that a scraper can tell which
 * series have vanished. Comment lines are gathered into blocks (metadata.ts).
 *
 * Invariants: every line is a row, a refused point, a dropped form or a problem; nothing is kept from a body but metadata and
 * exemplars. `strict` stops at the first problem (a scrape is all or nothing); otherwise problems are counted, the first few are
 * kept, and parsing goes on with the next line. Rows have to be this batch's first.
 */
import { KIND_FLOAT, type MetricBatch } from '../model/batch.ts';
import { hashBytes, hashWords } from '../model/hash.ts';
import { LabelSetBuilder } from '../model/label-set.ts';
import type { RejectReason } from '../model/refusals.ts';
import type { DecodeLimits, SeriesResolver } from '../model/resolver.ts';
import { CreatedTimes } from './created.ts';
import { parseExemplar } from './exemplar.ts';
import { describe, LineProblem, parseSeries } from './labels.ts';
import {
  closingBrace,
  isBlank,
  lastTime,
  lineNumber,
  scanTimeMs,
  scanTimeSeconds,
} from './line.ts';
import {
  FAMILY_PLAIN,
  type FamilyKind,
  isEofLine,
  isMetadataLine,
  parseMetadata,
  typeLineKind,
} from './metadata.ts';
import { numberWords, scanNumber } from './number.ts';
import { type ExpositionSource, normalizeBoundary } from './source.ts';

export type ExpositionFormat = 'text' | 'openmetrics';

export interface ParseOptions {
  format: ExpositionFormat;
  /** Time of lines without a timestamp, Unix ms. */
  now: number;
  /** Whether timestamps in the text are used; otherwise every line gets `now`. */
  honorTimestamps: boolean;
  /** Throw ExpositionError at the first problem instead of skipping its line. */
  strict: boolean;
  /** Number of the first line, 1 by default; above 1 the text goes on where the one parsed before ended. */
  firstLine?: number;
}

/** A text that is not in its format, or a line of it. */
export class ExpositionError extends Error {
  override readonly name = 'ExpositionError';
  /** Counted from 1. */
  readonly line: number;

  constructor(line: number, problem: string) {
    super(`line ${line}: ${problem}`);
    this.line = line;
  }
}

const LF = 0x0a;
const SPACE = 0x20;
const HASH = 0x23;
const BRACE = 0x7b;
const TAB = 0x09;
const MAX_PROBLEMS = 10;
/** Exemplars of one text; the rest is not kept. */
const MAX_EXEMPLARS = 10_000;

export class ExpositionParser {
  /** Four words per row of the batch. */
  forms = new Uint32Array(4 * 1024);
  /** 1 for rows whose line had a timestamp of its own. */
  timed = new Uint8Array(1024);
  /** Sample lines read, whatever became of them. */
  samples = 0;
  /** Lines skipped because of a problem, and the first few explanations. */
  problemLines = 0;
  readonly problems: string[] = [];

  readonly #labels = new LabelSetBuilder();
  readonly #created = new CreatedTimes();
  #bytes: Uint8Array = new Uint8Array(0);
  #end = 0;
  #openMetrics = false;
  #family: FamilyKind = FAMILY_PLAIN;
  #options: ParseOptions = { format: 'text', now: 0, honorTimestamps: true, strict: false };
  #source: ExpositionSource | undefined;

  /**
   * Parses `bytes[0, end)`. Rows, refused points, metadata and exemplars go to `batch`. Throws ExpositionError under `strict`,
   * and always where the text has more samples than `limits.maxPoints`.
   */
  parse(
    bytes: Uint8Array,
    end: number,
    options: ParseOptions,
    source: ExpositionSource,
    resolver: SeriesResolver,
    limits: DecodeLimits,
    batch: MetricBatch,
  ): void {
    this.samples = 0;
    this.problemLines = 0;
    this.problems.length = 0;
    this.#bytes = bytes;
    this.#end = end;
    this.#openMetrics = options.format === 'openmetrics';
    this.#options = options;
    this.#source = source;
    this.#created.clear();
    this.#lines(source, resolver, limits, batch);
    this.#bytes = new Uint8Array(0);
  }

  #lines(
    source: ExpositionSource,
    resolver: SeriesResolver,
    limits: DecodeLimits,
    batch: MetricBatch,
  ): void {
    const bytes = this.#bytes;
    const end = this.#end;
    const openMetrics = this.#openMetrics;
    let at = 0;
    let block = -1;
    let family = (this.#options.firstLine ?? 1) > 1 ? this.#family : FAMILY_PLAIN;
    let seed = source.seed(family);
    let ended = false;
    while (at < end) {
      const start = at;
      let c = bytes[at] ?? 0;
      if (!openMetrics) {
        while ((c === SPACE || c === 0x09) && at < end) c = bytes[++at] ?? 0;
        if (at >= end) break;
        if (c === LF || (c === 0x0d && bytes[at + 1] === LF)) {
          at += c === LF ? 1 : 2;
          continue;
        }
      }
      if (ended) {
        this.#problem(start, 'text after # EOF');
        return;
      }
      if (c === HASH) {
        const next = this.#lineEnd(at);
        const kind = typeLineKind(bytes, at, next);
        if (kind !== -1) {
          family = kind;
          seed = source.seed(family);
        }
        if (openMetrics) {
          this.#created.begin(batch.n, family);
          ended = isEofLine(bytes, at, next);
          if (!ended && !isMetadataLine(bytes, at, next)) {
            this.#problem(at, 'a comment is none of HELP, TYPE, UNIT and EOF');
          }
        }
        if (block < 0) block = at;
        at = next + 1;
        continue;
      }
      if (block >= 0) {
        this.#metadata(block, start, seed, batch);
        block = -1;
      }
      if (++this.samples > limits.maxPoints) {
        throw new ExpositionError(this.#lineAt(start), `more than ${limits.maxPoints} samples`);
      }
      at = this.#sample(at, seed, family, resolver, limits, batch);
    }
    if (block >= 0) this.#metadata(block, end, seed, batch);
    this.#family = family;
    if (openMetrics && !ended) this.#problem(end, 'the text does not end with # EOF');
  }

  /** Reads the sample line that starts at `start`; returns the position of the next line. */
  #sample(
    start: number,
    seed: Uint32Array,
    family: FamilyKind,
    resolver: SeriesResolver,
    limits: DecodeLimits,
    batch: MetricBatch,
  ): number {
    const bytes = this.#bytes;
    const end = this.#end;
    const openMetrics = this.#openMetrics;
    let at = start;
    let c = 0;
    while (at < end) {
      c = bytes[at] ?? 0;
      if (c === BRACE || c <= SPACE) break;
      at++;
    }
    const nameEnd = at;
    let seriesEnd = at;
    if (!openMetrics) while (at < end && (c === SPACE || c === TAB)) c = bytes[++at] ?? 0;
    if (c === BRACE && at < end) {
      at = closingBrace(bytes, at + 1, end);
      if (at < 0) return this.#skip(start, 'the labels are not closed');
      seriesEnd = ++at;
      if (!openMetrics) while (at < end && isBlank(bytes[at])) at++;
    }
    if (openMetrics && bytes[at++] !== SPACE) {
      return this.#skip(start, `expected a space and a value, got ${describe(bytes, at - 1)}`);
    }
    const valueStart = at;
    at = scanNumber(bytes, at, end);
    if (at < 0) return this.#skip(start, this.#valueProblem(valueStart));
    const lo = numberWords[0] ?? 0;
    const hi = numberWords[1] ?? 0;
    let t = this.#options.now;
    let timed = 0;
    let exemplar = -1;
    if (at < end && bytes[at] !== LF) {
      const next = openMetrics ? scanTimeSeconds(bytes, at, end) : scanTimeMs(bytes, at, end);
      if (next < 0) return this.#skip(start, `invalid timestamp at ${describe(bytes, at + 1)}`);
      if (!Number.isNaN(lastTime()) && this.#options.honorTimestamps) {
        t = lastTime();
        timed = 1;
      }
      at = next;
      if (at < end && bytes[at] !== LF) {
        if (!openMetrics) return this.#skip(start, `unexpected ${describe(bytes, at)}`);
        exemplar = at;
        at = this.#lineEnd(at);
      }
    }
    const row = batch.n;
    if (row * 4 === this.forms.length) this.#grow();
    hashBytes(bytes, start, seriesEnd, seed);
    const forms = this.forms;
    forms[row * 4] = hashWords[0] ?? 0;
    forms[row * 4 + 1] = hashWords[1] ?? 0;
    forms[row * 4 + 2] = hashWords[2] ?? 0;
    forms[row * 4 + 3] = hashWords[3] ?? 0;
    this.timed[row] = timed;
    let series = resolver.lookup();
    if (series === 0) {
      series = this.#miss(start, seriesEnd, family, resolver, limits, batch);
      if (series === 0) return at + 1;
    }
    if (t < limits.minTime || t > limits.maxTime) {
      const reason = t < limits.minTime ? 'too_old' : 'too_far_in_future';
      this.#reject(batch, reason, start, `time ${t} ms is outside the bounds`);
      return at + 1;
    }
    if (batch.row() !== row) throw new Error('rows of the text must be the first of the batch');
    batch.series[row] = series;
    batch.t[row] = t;
    batch.kind[row] = KIND_FLOAT;
    batch.lo[row] = lo;
    batch.hi[row] = hi;
    batch.st[row] = 0;
    if (openMetrics) {
      this.#created.line(bytes, start, nameEnd, seriesEnd, row, batch);
      if (exemplar >= 0) this.#exemplar(exemplar, at, start, series, t, batch);
    }
    return at + 1;
  }

  /** Parses the labels of a new form and registers it; 0 when the line is dropped, refused or wrong. */
  #miss(
    start: number,
    end: number,
    family: FamilyKind,
    resolver: SeriesResolver,
    limits: DecodeLimits,
    batch: MetricBatch,
  ): number {
    const source = this.#source;
    const form = this.forms.subarray(batch.n * 4, batch.n * 4 + 4);
    hashWords.set(form);
    if (source === undefined || source.dropped.has()) return 0;
    let shaped: string[] | null;
    try {
      const pairs = parseSeries(this.#bytes, start, end);
      normalizeBoundary(pairs, family);
      shaped = source.shape(pairs);
    } catch (error) {
      if (!(error instanceof LineProblem)) throw error;
      this.#problem(start, error.message);
      return 0;
    }
    hashWords.set(form);
    if (shaped === null) {
      source.dropped.add();
      return 0;
    }
    const labels = this.#labels;
    labels.clear(limits);
    for (let i = 0; i + 1 < shaped.length; i += 2)
      labels.addText(shaped[i] ?? '', shaped[i + 1] ?? '');
    const length = labels.finish();
    if (length < 0) {
      this.#reject(batch, labels.reason, start, labels.problem);
      return 0;
    }
    const series = resolver.register(labels.bytes, length);
    if (series === 0) batch.reject('series_limit', resolver.refusal);
    return series;
  }

  #exemplar(
    at: number,
    end: number,
    start: number,
    series: number,
    t: number,
    batch: MetricBatch,
  ): void {
    hashBytes(this.#bytes, at, end, this.forms.subarray((batch.n - 1) * 4, batch.n * 4));
    const known = this.#source?.exemplars;
    if (known === undefined || known.has()) return;
    try {
      if (batch.exemplars.length >= MAX_EXEMPLARS) return;
      batch.exemplars.push(parseExemplar(this.#bytes, at, end, series, t));
      known.add();
    } catch (error) {
      if (!(error instanceof LineProblem)) throw error;
      this.#problem(start, error.message);
    }
  }

  #metadata(start: number, end: number, seed: Uint32Array, batch: MetricBatch): void {
    const known = this.#source?.metadata;
    hashBytes(this.#bytes, start, end, seed);
    if (known === undefined || known.has()) return;
    try {
      parseMetadata(this.#bytes, start, end, this.#openMetrics, batch.metadata);
      known.add();
    } catch (error) {
      if (!(error instanceof LineProblem)) throw error;
      this.#problem(start, error.message);
    }
  }

  #valueProblem(at: number): string {
    const bytes = this.#bytes;
    const stop = Math.min(this.#lineEnd(at), at + 32);
    const token = new TextDecoder().decode(bytes.subarray(at, stop)).split(/[ \t\r]/)[0] ?? '';
    return token === '' ? 'expected a value' : `invalid value "${token}"`;
  }

  /** Notes a problem of the line that starts at `start` and returns where the next line begins. */
  #skip(start: number, problem: string): number {
    this.#problem(start, problem);
    return this.#lineEnd(start) + 1;
  }

  #problem(start: number, problem: string): void {
    if (this.#options.strict) throw new ExpositionError(this.#lineAt(start), problem);
    this.problemLines++;
    if (this.problems.length < MAX_PROBLEMS) {
      this.problems.push(`line ${this.#lineAt(start)}: ${problem}`);
    }
  }

  /** Counting lines is dear: only what is kept is given its number. */
  #reject(batch: MetricBatch, reason: RejectReason, start: number, problem: string): void {
    batch.reject(reason, batch.explains(reason) ? `line ${this.#lineAt(start)}: ${problem}` : '');
  }

  #lineEnd(start: number): number {
    const at = this.#bytes.indexOf(LF, start);
    return at < 0 || at > this.#end ? this.#end : at;
  }

  /** Line numbers are counted only when one is to be told. */
  #lineAt(position: number): number {
    const line = lineNumber(this.#bytes, Math.min(position, this.#end));
    return line - 1 + (this.#options.firstLine ?? 1);
  }

  #grow(): void {
    const forms = new Uint32Array(this.forms.length * 2);
    forms.set(this.forms);
    this.forms = forms;
    const timed = new Uint8Array(this.timed.length * 2);
    timed.set(this.timed);
    this.timed = timed;
  }
}
