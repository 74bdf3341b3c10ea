/**
 * Turns what the agent's sources collect into rows of the tenant `default`.
 *
 * Model: for every point the series it becomes are made once (one for a number; buckets, sum and count for a histogram) and
 * kept with the point; a collection then only looks up handles and copies values. A point that was there before and is absent now
 * gets one stale marker.
 *
 * Invariants: one append is under way at a time: when the store is slower than the interval, collections are skipped and
 * counted, never queued. Metadata goes out once per process.
 */
import type { Instrument, InstrumentSource, Point } from '@sightline/agent/sources';
import type { MetricBatch, SeriesResolver } from '@sightline/wire';
import type { Intake } from '../intake.ts';
import { floatRow, KnownSeries, staleRow } from '../known-series.ts';
import { boundText, familyOf, labelsOf } from './names.ts';

const TENANT = 'default';
const JOB = 'sightline';

interface RecordedPoint {
  series: KnownSeries[];
  present: boolean;
}

export class SelfRecorder {
  skipped = 0;
  readonly #intake: Intake;
  readonly #identity: readonly string[];
  readonly #points = new WeakMap<Point, RecordedPoint>();
  readonly #described = new WeakSet<Instrument>();
  #busy = false;

  /** `instance` is the label of that name: the host. */
  constructor(intake: Intake, instance: string) {
    this.#intake = intake;
    this.#identity = ['job', JOB, 'instance', instance];
  }

  /** Records the present points of `sources` at `timeMs` (Unix). Resolves when they are stored; never rejects. */
  async record(sources: readonly InstrumentSource[], timeMs: number): Promise<void> {
    if (this.#busy) {
      this.skipped++;
      return;
    }
    this.#busy = true;
    const { counters } = this.#intake;
    counters.request('self', 0);
    const batch = this.#intake.batch();
    try {
      const resolver = this.#intake.resolver(TENANT);
      for (const source of sources) {
        for (const instrument of source.instruments) {
          this.#instrument(instrument, timeMs, resolver, batch);
        }
      }
      await this.#intake.append('self', TENANT, batch, null);
    } catch (error) {
      counters.failed('self', error instanceof Error ? error.message : String(error));
    } finally {
      this.#intake.release(batch);
      this.#busy = false;
    }
  }

  #instrument(
    instrument: Instrument,
    timeMs: number,
    resolver: SeriesResolver,
    batch: MetricBatch,
  ): void {
    if (!this.#described.has(instrument)) {
      this.#described.add(instrument);
      batch.metadata.push(familyOf(instrument.descriptor));
    }
    for (const point of instrument.points) {
      let recorded = this.#points.get(point);
      if (recorded === undefined) {
        if (!point.present) continue;
        recorded = { series: this.#seriesOf(instrument, point), present: false };
        this.#points.set(point, recorded);
      }
      if (point.present) addPoint(recorded.series, point, timeMs, resolver, batch);
      else if (recorded.present) {
        for (const series of recorded.series) {
          const handle = handleOf(series, resolver, batch);
          if (handle !== 0) staleRow(batch, handle, timeMs);
        }
      }
      recorded.present = point.present;
    }
  }

  #seriesOf({ descriptor }: Instrument, point: Point): KnownSeries[] {
    const { name } = familyOf(descriptor);
    const labels = [...labelsOf(descriptor, point), ...this.#identity];
    if (descriptor.kind !== 'histogram') return [new KnownSeries(['__name__', name, ...labels])];
    const buckets = Array.from(point.buckets, (_, i) => {
      const le = boundText(descriptor.bounds, i);
      return new KnownSeries(['__name__', `${name}_bucket`, 'le', le, ...labels]);
    });
    return [
      ...buckets,
      new KnownSeries(['__name__', `${name}_count`, ...labels]),
      new KnownSeries(['__name__', `${name}_sum`, ...labels]),
    ];
  }
}

/** A histogram's series are its buckets, then count and sum. */
function addPoint(
  all: readonly KnownSeries[],
  point: Point,
  timeMs: number,
  resolver: SeriesResolver,
  batch: MetricBatch,
): void {
  let cumulative = 0;
  for (let i = 0; i < all.length; i++) {
    const series = all[i];
    if (series === undefined) continue;
    const handle = handleOf(series, resolver, batch);
    let number = point.value;
    if (i < point.buckets.length) {
      cumulative += point.buckets[i] ?? 0;
      number = cumulative;
    } else if (i === point.buckets.length + 1) number = point.sum;
    if (handle !== 0) floatRow(batch, handle, timeMs, number);
  }
}

function handleOf(series: KnownSeries, resolver: SeriesResolver, batch: MetricBatch): number {
  const handle = series.resolve(resolver);
  if (handle === 0) batch.reject('series_limit', resolver.refusal);
  return handle;
}
