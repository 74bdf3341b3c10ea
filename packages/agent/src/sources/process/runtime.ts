/** The JavaScript runtime: heap, event loop, garbage collection. */
import {
  constants,
  type ELDHistogram,
  monitorEventLoopDelay,
  type PerformanceEntry,
  PerformanceObserver,
  performance,
} from 'node:perf_hooks';
import { getHeapSpaceStatistics, getHeapStatistics } from 'node:v8';
import type { Instrument, InstrumentSet, Point } from '../../metrics.ts';

/** A timer's delay is sampled this often; what it waited beyond that is the event loop's delay. */
const SAMPLE_MS = 20;
const NANOSECONDS = 1e-9;
/** Bucket bounds of v8js.gc.duration, as the semantic conventions give them, in seconds. */
const GC_BOUNDS = [0.01, 0.1, 1, 10];

/** Node has about 40; native modules may have their own. */
const MAX_RESOURCE_TYPES = 60;

const GC_TYPES: ReadonlyMap<unknown, string> = new Map<unknown, string>([
  [constants.NODE_PERFORMANCE_GC_MINOR, 'minor'],
  [constants.NODE_PERFORMANCE_GC_MAJOR, 'major'],
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL, 'incremental'],
  [constants.NODE_PERFORMANCE_GC_WEAKCB, 'weakcb'],
]);

export class Runtime {
  readonly #delay: ELDHistogram = monitorEventLoopDelay({ resolution: SAMPLE_MS });
  readonly #observer: PerformanceObserver;
  readonly #used: Instrument;
  readonly #spaceSize: Instrument;
  readonly #available: Instrument;
  readonly #limit: Point;
  readonly #delays: { point: Point; percentile: number }[];
  readonly #delayMax: Point;
  readonly #delayMean: Point;
  readonly #utilization: Point;
  readonly #time: readonly Point[];
  readonly #gc: Instrument;
  readonly #resources: Instrument;
  readonly #resourceCounts = new Map<string, number>();
  /** Longest delay of closed windows that has not been taken, and the greatest raw value of this window that has. */
  #longestDelayMs = 0;
  #takenDelay = 0;
  #lastUtilization = performance.eventLoopUtilization();

  /** Instruments of `windows` tell about the time between collections and are set by `collectWindow` only. */
  constructor(set: InstrumentSet, windows: InstrumentSet) {
    this.#used = set.upDownCounter(
      'v8js.memory.heap.used',
      'By',
      'Heap in use, by space.',
      'v8js.heap.space.name',
    );
    this.#spaceSize = set.upDownCounter(
      'v8js.memory.heap.space.size',
      'By',
      'Heap committed, by space.',
      'v8js.heap.space.name',
    );
    this.#available = set.upDownCounter(
      'v8js.memory.heap.space.available_size',
      'By',
      'Heap that is free for use, by space.',
      'v8js.heap.space.name',
    );
    this.#limit = set
      .upDownCounter('v8js.memory.heap.limit', 'By', 'Size at which the heap is exhausted.')
      .point();
    this.#delays = [50, 90, 99].map((percentile) => ({
      percentile,
      point: windows
        .gauge(
          `nodejs.eventloop.delay.p${percentile}`,
          's',
          `Delay of the event loop since the last collection, ${percentile}th percentile.`,
        )
        .point(),
    }));
    this.#delayMax = windows
      .gauge('nodejs.eventloop.delay.max', 's', 'Longest delay of the event loop since then.')
      .point();
    this.#delayMean = windows
      .gauge('nodejs.eventloop.delay.mean', 's', 'Mean delay of the event loop since then.')
      .point();
    this.#utilization = windows
      .gauge('nodejs.eventloop.utilization', '1', 'Part of the time the event loop was busy.')
      .point();
    const time = set.counter(
      'nodejs.eventloop.time',
      's',
      'Time the event loop was active or idle.',
      'nodejs.eventloop.state',
    );
    this.#time = [time.point('active'), time.point('idle')];
    this.#gc = set.histogram(
      'v8js.gc.duration',
      's',
      'Duration of garbage collections, by type.',
      GC_BOUNDS,
      'v8js.gc.type',
    );
    this.#resources = set.upDownCounter(
      'nodejs.active_resources',
      '{resource}',
      'Handles and requests that keep the event loop alive, by type.',
      'nodejs.resource.type',
    );
    // Present from the start, so that a rate over the first collection of a kind is right.
    for (const type of GC_TYPES.values()) this.#gc.point(type).set(0);
    this.#observer = new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) this.#collected(entry);
    });
    this.#observer.observe({ entryTypes: ['gc'] });
    this.#delay.enable();
  }

  collect(): void {
    for (const space of getHeapSpaceStatistics()) {
      this.#used.point(space.space_name).set(space.space_used_size);
      this.#spaceSize.point(space.space_name).set(space.space_size);
      this.#available.point(space.space_name).set(space.space_available_size);
    }
    this.#limit.set(getHeapStatistics().heap_size_limit);
    this.#collectResources();
    const { active, idle } = performance.eventLoopUtilization();
    this.#time[0]?.set(active / 1000);
    this.#time[1]?.set(idle / 1000);
  }

  #collectResources(): void {
    const counts = this.#resourceCounts;
    counts.clear();
    for (const type of process.getActiveResourcesInfo()) {
      const key = counts.size < MAX_RESOURCE_TYPES || counts.has(type) ? type : 'other';
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    for (const [type, count] of counts) this.#resources.point(type).set(count);
  }

  collectWindow(): void {
    const now = performance.eventLoopUtilization();
    this.#utilization.set(performance.eventLoopUtilization(now, this.#lastUtilization).utilization);
    this.#lastUtilization = now;
    const delay = this.#delay;
    if (delay.count === 0) return;
    for (const { point, percentile } of this.#delays) {
      point.set(beyondSample(delay.percentile(percentile)));
    }
    this.#delayMax.set(beyondSample(delay.max));
    this.#longestDelayMs = this.takeLongestDelayMs();
    this.#takenDelay = 0;
    this.#delayMean.set(beyondSample(delay.mean));
    delay.reset();
  }

  /** Longest delay of the event loop since the last call. */
  takeLongestDelayMs(): number {
    const max = this.#delay.count === 0 ? 0 : this.#delay.max;
    const isNew = max > this.#takenDelay;
    const longestMs = Math.max(this.#longestDelayMs, isNew ? beyondSample(max) * 1000 : 0);
    this.#takenDelay = max;
    this.#longestDelayMs = 0;
    return longestMs;
  }

  #collected(entry: PerformanceEntry): void {
    const detail: unknown = 'detail' in entry ? entry.detail : undefined;
    const kind =
      typeof detail === 'object' && detail !== null && 'kind' in detail ? detail.kind : undefined;
    const type = GC_TYPES.get(kind);
    if (type !== undefined) this.#gc.observe(this.#gc.point(type), entry.duration / 1000);
  }

  close(): void {
    this.#observer.disconnect();
    this.#delay.disable();
  }
}

function beyondSample(nanoseconds: number): number {
  return Math.max(0, nanoseconds * NANOSECONDS - SAMPLE_MS / 1000);
}
