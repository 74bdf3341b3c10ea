/**
 * Takes in what a source has returned: anything at all.
 *
 * Model: what is of use is copied into Samples, values of known series; the rest is refused one by one and counted, and the first
 * offence of the collection is told with its place. Points of our own instruments are right by construction and only copied.
 *
 * Invariants: at most MAX_METRICS values of a collection and MAX_SERIES series of a source are taken; a series has one value in a
 * collection; values are finite, texts bounded; nothing that a source returns (getters that throw, proxies, sparse arrays)
 * makes this throw, except that what is no array at all is a TypeError.
 */
import { errorText } from '../error-text.ts';
import { Point } from '../metrics.ts';
import type { Attributes, Distribution, Metric, MetricKind } from '../source.ts';
import { checkedAttributes, checkedDistribution, Refusal } from './checked.ts';

export const MAX_METRICS = 5000;
export const MAX_SERIES = 10_000;
/** OpenTelemetry's bound of an instrument's name. */
const MAX_NAME = 255;
const MAX_TEXT = 1024;
/** Series that were not seen for this many collections make room for others. */
const FORGET_AFTER = 240;

const KINDS: ReadonlySet<string> = new Set(['counter', 'gauge', 'updowncounter', 'histogram']);

/** One metric with one attribute set, as long as its source has values of it. */
export interface Series {
  readonly name: string;
  readonly kind: MetricKind;
  readonly unit: string;
  readonly description: string;
  readonly attributes: Attributes;
  /** Number of the collection that had a value of it last. */
  seen: number;
}

/** One value of a series: a Metric of its own, which nobody changes any more. */
export interface Sample extends Metric {
  readonly series: Series;
  readonly kind: MetricKind;
  readonly unit: string;
  readonly description: string;
  readonly attributes: Attributes;
}

/** What one source has returned so far. */
export class SourceIntake {
  /** Values that were refused, and the first offence of the last collection that had one. */
  refused = 0;
  offence = '';
  readonly #series = new Map<string, Series>();
  /** Instruments bound the number of their points. */
  readonly #points = new WeakMap<Point, Series>();
  #collection = 0;
  #forgotten = 0;

  /** The values of use. Throws a TypeError when `returned` is no array. */
  take(returned: unknown): Sample[] {
    if (!Array.isArray(returned)) {
      throw new TypeError(`collect() returned ${nameOf(returned)} instead of an array of metrics`);
    }
    this.#collection++;
    const samples: Sample[] = [];
    const before = this.refused;
    const length = Math.min(returned.length, MAX_METRICS);
    for (let i = 0; i < length; i++) {
      try {
        samples.push(this.#sample(returned[i]));
      } catch (error) {
        this.#refuse(before, 1, `metrics[${i}]: ${errorText(error)}`);
      }
    }
    if (returned.length > length) {
      const text = `metrics[${length}]: more than ${MAX_METRICS} metrics in a collection (${returned.length})`;
      this.#refuse(before, returned.length - length, text);
    }
    return samples;
  }

  #refuse(before: number, count: number, offence: string): void {
    if (this.refused === before) this.offence = offence;
    this.refused += count;
  }

  #sample(metric: unknown): Sample {
    if (metric instanceof Point) return this.#ofPoint(metric);
    if (typeof metric !== 'object' || metric === null) throw new Refusal(`is ${nameOf(metric)}`);
    const { name, kind, value, unit, description, attributes, distribution } = fieldsOf(metric);
    const label = checkedName(name);
    if (kind !== undefined && !isKind(kind)) throw new Refusal(`${label}: kind is not known`);
    if (typeof value !== 'number' || !Number.isFinite(value)) {
      throw new Refusal(`${label}: value is not a finite number`);
    }
    const known = kind ?? 'gauge';
    if (value < 0 && (known === 'counter' || known === 'histogram')) {
      throw new Refusal(`${label}: a ${known} is below zero`);
    }
    const of = checkedAttributes(label, attributes);
    const details = known === 'histogram' ? checkedDistribution(label, distribution) : undefined;
    const series = this.#seriesOf(label, known, of, textOf(unit), textOf(description));
    return this.#sampleOf(series, value, details);
  }

  #ofPoint(point: Point): Sample {
    const { name, kind, attributes, unit, description, value, bounds, buckets, sum } = point;
    if (!Number.isFinite(value)) throw new Refusal(`${name}: value is not a finite number`);
    let series = this.#points.get(point);
    if (series === undefined) {
      series = { name, kind, unit, description, attributes, seen: 0 };
      this.#points.set(point, series);
    }
    const distribution =
      kind === 'histogram' ? { bounds, buckets: buckets.slice(), sum } : undefined;
    return this.#sampleOf(series, value, distribution);
  }

  #sampleOf(series: Series, value: number, distribution: Distribution | undefined): Sample {
    const { name, kind, unit, description, attributes } = series;
    if (series.seen === this.#collection) throw new Refusal(`${name}: is there twice`);
    series.seen = this.#collection;
    return { series, name, kind, unit, description, attributes, value, distribution };
  }

  #seriesOf(
    name: string,
    kind: MetricKind,
    attributes: Attributes,
    unit: string,
    description: string,
  ): Series {
    const key = keyOf(name, attributes);
    const known = this.#series.get(key);
    if (known !== undefined && known.kind === kind && known.unit === unit) return known;
    if (known === undefined && this.#series.size >= MAX_SERIES) this.#forgetOnce();
    if (known === undefined && this.#series.size >= MAX_SERIES) {
      throw new Refusal(`${name}: the source has more than ${MAX_SERIES} series`);
    }
    const series = { name, kind, unit, description, attributes, seen: 0 };
    this.#series.set(key, series);
    return series;
  }

  /** Once in a collection: it walks over all series. */
  #forgetOnce(): void {
    if (this.#forgotten === this.#collection) return;
    this.#forgotten = this.#collection;
    for (const [key, { seen }] of this.#series) {
      if (seen < this.#collection - FORGET_AFTER) this.#series.delete(key);
    }
  }
}

interface Fields {
  name?: unknown;
  kind?: unknown;
  value?: unknown;
  unit?: unknown;
  description?: unknown;
  attributes?: unknown;
  distribution?: unknown;
}

function fieldsOf(metric: Fields): Fields {
  return metric;
}

function isKind(kind: unknown): kind is MetricKind {
  return typeof kind === 'string' && KINDS.has(kind);
}

function checkedName(name: unknown): string {
  if (typeof name !== 'string' || name === '') throw new Refusal('has no name');
  if (name.length > MAX_NAME) {
    throw new Refusal(`${name.slice(0, 40)}…: the name has more than ${MAX_NAME} characters`);
  }
  return name;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value.slice(0, MAX_TEXT) : '';
}

function nameOf(value: unknown): string {
  return value === null
    ? 'null'
    : Array.isArray(value)
      ? 'an array'
      : `a value of type ${typeof value}`;
}

/** Attributes in another order are another series, as far as this source is concerned. */
function keyOf(name: string, attributes: Attributes): string {
  let key = name;
  for (const attribute of Object.keys(attributes))
    key += `\0${attribute}\0${attributes[attribute]}`;
  return key;
}
