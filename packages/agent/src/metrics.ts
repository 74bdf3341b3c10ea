/**
 * What sources measure, in a form that any exporter can read without making objects.
 *
 * Model: an instrument is a metric in OpenTelemetry's terms; a point is one attribute set of it. Points are made once and keep their
 * identity, so that a reader may remember what it derived from one (a series handle); a point is also a Metric whose value changes.
 * A collection empties the instruments of a source (`begin`) and sets the points that exist now; a point that is not set is absent.
 *
 * Invariants: values of counters and histograms are cumulative since `startMs`; an instrument has at most MAX_POINTS points. Where they come and go
 * (network interfaces of containers), those that the last collection did not set make room; while there is none, a point is seen by no reader.
 */
import type { Attributes, AttributeValue, Distribution, Metric, MetricKind } from './source.ts';

export interface MetricDescriptor {
  /** OpenTelemetry name, e.g. `system.cpu.time`. */
  name: string;
  kind: MetricKind;
  /** UCUM. */
  unit: string;
  description: string;
  /** Attribute keys, in the order of the values of every point. */
  attributes: readonly string[];
  /** Ascending upper bounds of the buckets without +Inf; histograms only. */
  bounds: readonly number[];
}

const MAX_POINTS = 4096;
const NO_BUCKETS = new Float64Array(0);

/** One attribute set of an instrument. */
export class Point implements Metric, Distribution {
  readonly descriptor: MetricDescriptor;
  /** Values of the descriptor's attributes, in order. */
  readonly attributeValues: readonly string[];
  value = 0;
  /** Whether the last collection set it. */
  present = false;
  /** Observations per bucket (the last is +Inf) and their sum; histograms only. `value` is their number. */
  readonly buckets: Float64Array;
  sum = 0;
  /** The instrument that has no room for it, or had none. */
  outside: Instrument | undefined;
  #attributes: Attributes | undefined;

  constructor(descriptor: MetricDescriptor, attributeValues: readonly string[]) {
    const { kind, bounds } = descriptor;
    this.descriptor = descriptor;
    this.attributeValues = attributeValues;
    this.buckets = kind === 'histogram' ? new Float64Array(bounds.length + 1) : NO_BUCKETS;
  }

  set(value: number): void {
    this.value = value;
    this.present = true;
    if (this.outside !== undefined) this.outside.admit(this);
  }

  get name(): string {
    return this.descriptor.name;
  }

  get kind(): MetricKind {
    return this.descriptor.kind;
  }

  get unit(): string {
    return this.descriptor.unit;
  }

  get description(): string {
    return this.descriptor.description;
  }

  get bounds(): readonly number[] {
    return this.descriptor.bounds;
  }

  get attributes(): Attributes {
    this.#attributes ??= attributesOf(this.descriptor, this.attributeValues);
    return this.#attributes;
  }

  get distribution(): Distribution | undefined {
    return this.descriptor.kind === 'histogram' ? this : undefined;
  }
}

export class Instrument {
  readonly descriptor: MetricDescriptor;
  readonly points: Point[] = [];
  readonly #byKey = new Map<string, Point>();

  constructor(descriptor: MetricDescriptor) {
    this.descriptor = descriptor;
  }

  /** The point with these attribute values; made when new. Past the bound, a point that no reader sees until there is room. */
  point(...attributes: string[]): Point {
    const known = this.#byKey.get(keyOf(attributes));
    if (known !== undefined) return known;
    const point = new Point(this.descriptor, attributes);
    point.outside = this;
    this.admit(point);
    return point;
  }

  /** Takes in a point that was outside, where there is room. */
  admit(point: Point): void {
    const key = keyOf(point.attributeValues);
    if (this.points.length >= MAX_POINTS || this.#byKey.has(key)) return;
    this.#byKey.set(key, point);
    this.points.push(point);
    point.outside = undefined;
  }

  /** Begins a collection: what the last one did not set makes room where there is none, what it did is absent until it is set. */
  begin(): void {
    if (this.points.length >= MAX_POINTS) this.#makeRoom();
    for (const point of this.points) point.present = false;
  }

  #makeRoom(): void {
    let kept = 0;
    for (const point of this.points) {
      if (point.present) this.points[kept++] = point;
      else {
        this.#byKey.delete(keyOf(point.attributeValues));
        // Whoever holds it may set it again.
        point.outside = this;
      }
    }
    this.points.length = kept;
  }

  /** Adds one observation to a histogram's point. */
  observe(point: Point, value: number): void {
    const bounds = this.descriptor.bounds;
    let bucket = 0;
    while (bucket < bounds.length && value > (bounds[bucket] ?? Number.POSITIVE_INFINITY)) bucket++;
    point.buckets[bucket] = (point.buckets[bucket] ?? 0) + 1;
    point.sum += value;
    point.set(point.value + 1);
  }
}

function keyOf(attributeValues: readonly string[]): string {
  return attributeValues.join('\0');
}

/** The instruments of one source. */
export class InstrumentSet {
  readonly instruments: Instrument[] = [];
  readonly #present: Point[] = [];

  counter(name: string, unit: string, description: string, ...attributes: string[]): Instrument {
    return this.#add({ name, kind: 'counter', unit, description, attributes, bounds: [] });
  }

  gauge(name: string, unit: string, description: string, ...attributes: string[]): Instrument {
    return this.#add({ name, kind: 'gauge', unit, description, attributes, bounds: [] });
  }

  upDownCounter(
    name: string,
    unit: string,
    description: string,
    ...attributes: string[]
  ): Instrument {
    return this.#add({ name, kind: 'updowncounter', unit, description, attributes, bounds: [] });
  }

  histogram(
    name: string,
    unit: string,
    description: string,
    bounds: readonly number[],
    ...attributes: string[]
  ): Instrument {
    return this.#add({ name, kind: 'histogram', unit, description, attributes, bounds });
  }

  /** Begins a collection: every point that is not a histogram's is absent until it is set. */
  begin(): void {
    for (const instrument of this.instruments) {
      if (instrument.descriptor.kind !== 'histogram') instrument.begin();
    }
  }

  /** What is present now, as values of their own. */
  metrics(): Metric[] {
    return this.present().map(copyOf);
  }

  /** The points that are present; the array is used again by the next call. */
  present(): readonly Point[] {
    return gatherPresent(this.instruments, this.#present);
  }

  #add(descriptor: MetricDescriptor): Instrument {
    const instrument = new Instrument(descriptor);
    this.instruments.push(instrument);
    return instrument;
  }
}

/** Fills `present` with the points that are. */
export function gatherPresent(instruments: readonly Instrument[], present: Point[]): Point[] {
  let n = 0;
  for (const { points } of instruments) {
    for (const point of points) if (point.present) present[n++] = point;
  }
  present.length = n;
  return present;
}

function copyOf(point: Point): Metric {
  const { name, kind, unit, description, attributes, value, bounds, sum } = point;
  const metric = { name, kind, unit, description, attributes, value };
  if (kind !== 'histogram') return metric;
  return { ...metric, distribution: { bounds, buckets: point.buckets.slice(), sum } };
}

function attributesOf(descriptor: MetricDescriptor, values: readonly string[]): Attributes {
  const attributes: Record<string, AttributeValue> = {};
  for (const [index, key] of descriptor.attributes.entries()) attributes[key] = values[index] ?? '';
  return attributes;
}
