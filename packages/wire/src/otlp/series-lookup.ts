/**
 * From the bytes of a point to the handle of its series, by hashes alone when the series is known.
 *
 * Model: a form is a 128-bit hash of everything that decides the labels, chained outside in: options and protocol (`base`),
 * resource bytes, scope bytes (only where they become labels), metric header and kind, attribute bytes as they lie. A
 * histogram or summary has one form per derived series: the point's words XORed with a bijective mix of the tag and the
 * bits of the bound, so that different bounds of one point never share a form.
 *
 * Invariants: two label sets never share a form (up to a collision of 128 keyed bits); one label set may have many forms.
 */

import { hashBytes, hashWords, taggedSeed } from '../model/hash.ts';
import type { RejectReason } from '../model/refusals.ts';
import type { DecodeLimits, SeriesResolver } from '../model/resolver.ts';
import { plainFloatText } from '../translate/float-text.ts';
import type { NameKind } from '../translate/metric-name.ts';
import type { OtlpOptions } from './options.ts';
import { SeriesLabels } from './series-labels.ts';

/** The kind of a metric as far as names go; part of the form. */
export const KIND_GAUGE = 1;
export const KIND_COUNTER = 2;
export const KIND_UP_DOWN_SUM = 3;
export const KIND_EXPLICIT = 4;
export const KIND_EXPONENTIAL = 5;
export const KIND_SUMMARY = 6;

/** Which series of a point: its own, or one that is derived from it. */
export const DERIVED_COUNT = 1;
export const DERIVED_SUM = 2;
export const DERIVED_BUCKET = 3;
export const DERIVED_QUANTILE = 4;

const SUFFIXES: readonly string[] = ['', '_count', '_sum', '_bucket', ''];
const EXTRA_LABELS: readonly string[] = ['', '', '', 'le', 'quantile'];

const NO_BYTES = new Uint8Array(0);
const bound = new Float64Array(1);
const boundWords = new Uint32Array(bound.buffer);

export class SeriesLookup {
  /** Why the last look-up gave 0, and the reason to count it under. */
  problem = '';
  reason: RejectReason = 'invalid_labels';
  readonly labels: SeriesLabels;
  /** Form of the current resource, and of the metric's header without its resource. */
  readonly resourceWords = new Uint32Array(4);
  readonly headerWords = new Uint32Array(4);
  readonly #scopeLabels: boolean;
  readonly #base: Uint32Array;
  readonly #scope = new Uint32Array(4);
  readonly #metric = new Uint32Array(4);
  readonly #point = new Uint32Array(4);
  #body: Uint8Array = NO_BYTES;
  #resolver: SeriesResolver | undefined;

  constructor(options: OtlpOptions) {
    this.labels = new SeriesLabels(options);
    this.#scopeLabels = options.promoteScopeMetadata;
    this.#base = taggedSeed(`otlp ${JSON.stringify(options)}`);
  }

  begin(body: Uint8Array, resolver: SeriesResolver, limits: DecodeLimits): void {
    this.#body = body;
    this.#resolver = resolver;
    this.labels.begin(body, limits);
  }

  /** Lets go of the request's buffers. */
  end(): void {
    this.#body = NO_BYTES;
    this.#resolver = undefined;
    this.labels.end();
  }

  beginResource(start: number, end: number): void {
    hashBytes(this.#body, start, end, this.#base);
    this.resourceWords.set(hashWords);
    this.labels.beginResource(start, end);
  }

  beginScope(start: number, end: number, schemaUrlStart: number, schemaUrlEnd: number): void {
    this.#scope.set(this.resourceWords);
    this.labels.beginScope(start, end, schemaUrlStart, schemaUrlEnd);
    if (!this.#scopeLabels) return;
    hashBytes(this.#body, start, end, this.#scope);
    this.#scope.set(hashWords);
    hashBytes(this.#body, schemaUrlStart, schemaUrlEnd, this.#scope);
    this.#scope.set(hashWords);
  }

  /** Begins the header (name, description and unit) of a metric; its bytes follow through `absorbHeader`. */
  beginHeader(): void {
    this.headerWords.set(this.#base);
  }

  absorbHeader(start: number, end: number): void {
    hashBytes(this.#body, start, end, this.headerWords);
    this.headerWords.set(hashWords);
  }

  /** Ends the header: from here on points may come. */
  beginMetric(
    nameStart: number,
    nameEnd: number,
    unitStart: number,
    unitEnd: number,
    kind: number,
  ): void {
    const header = this.headerWords;
    const scope = this.#scope;
    const metric = this.#metric;
    header[0] = (header[0] ?? 0) ^ Math.imul(kind, 0x9e3779b1);
    // Different rotations keep equal words of the two from cancelling each other.
    for (let i = 0; i < 4; i++) {
      const word = header[i] ?? 0;
      metric[i] = (scope[i] ?? 0) + ((word << (7 + i)) | (word >>> (25 - i)));
    }
    this.labels.beginMetric(nameStart, nameEnd, unitStart, unitEnd, nameKind(kind));
  }

  beginPoint(): void {
    this.#point.set(this.#metric);
  }

  /** Takes attribute bytes (with their tags) into the form of the current point. */
  absorb(start: number, end: number): void {
    hashBytes(this.#body, start, end, this.#point);
    this.#point.set(hashWords);
  }

  /** Handle of the point's own series, or 0 with `problem` and `reason` set. */
  own(): number {
    const resolver = this.#resolver;
    if (resolver === undefined) return 0;
    hashWords.set(this.#point);
    const handle = resolver.lookup();
    return handle !== 0 ? handle : this.#register(resolver, 0, 0, 0);
  }

  /** Handle of a derived series; `low` and `high` are the bits of its bound or quantile, 0 where it has none. */
  derived(tag: number, low: number, high: number): number {
    const resolver = this.#resolver;
    if (resolver === undefined) return 0;
    this.#setDerived(tag, low, high);
    const handle = resolver.lookup();
    return handle !== 0 ? handle : this.#register(resolver, tag, low, high);
  }

  /** Handle of the resource's `target_info`, or 0 (with an empty `problem` when the resource needs none). */
  targetInfo(): number {
    const resolver = this.#resolver;
    if (resolver === undefined) return 0;
    this.#setTarget();
    const handle = resolver.lookup();
    if (handle !== 0) return handle;
    const length = this.labels.buildTargetInfo();
    this.#setTarget();
    return this.#registered(resolver, length);
  }

  #setTarget(): void {
    hashWords.set(this.resourceWords);
    hashWords[3] = (hashWords[3] ?? 0) ^ 0x7a6e1f0d;
  }

  #setDerived(tag: number, low: number, high: number): void {
    const point = this.#point;
    const mixedHigh = Math.imul(high ^ (high >>> 16), 0x85ebca77);
    const mixedLow = Math.imul(low ^ (mixedHigh ^ (mixedHigh >>> 15)), 0xc2b2ae3d);
    hashWords[0] = (point[0] ?? 0) ^ mixedLow ^ Math.imul(tag, 0x9e3779b1);
    hashWords[1] = (point[1] ?? 0) ^ mixedHigh;
    hashWords[2] = (point[2] ?? 0) ^ Math.imul(tag, 0x27d4eb2f);
    hashWords[3] = point[3] ?? 0;
  }

  #register(resolver: SeriesResolver, tag: number, low: number, high: number): number {
    const extra = EXTRA_LABELS[tag] ?? '';
    boundWords[0] = low;
    boundWords[1] = high;
    const value = extra === '' ? '' : plainFloatText(bound[0] ?? 0);
    const length = this.labels.build(SUFFIXES[tag] ?? '', extra, value);
    if (tag === 0) hashWords.set(this.#point);
    else this.#setDerived(tag, low, high);
    return this.#registered(resolver, length);
  }

  #registered(resolver: SeriesResolver, length: number): number {
    this.problem = this.labels.problem;
    this.reason = this.labels.reason;
    if (length < 0) return 0;
    const handle = resolver.register(this.labels.bytes, length);
    if (handle === 0) {
      this.reason = 'series_limit';
      this.problem = resolver.refusal;
    }
    return handle;
  }
}

function nameKind(kind: number): NameKind {
  return kind === KIND_COUNTER ? 'counter' : kind === KIND_GAUGE ? 'gauge' : 'other';
}
