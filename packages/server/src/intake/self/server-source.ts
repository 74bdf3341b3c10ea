/**
 * What this process does, as metrics: intake, store, queries, scraping. The numbers come from functions, asked at each collection.
 *
 * Names begin with `sightline.`; unlike the other sources' they follow no convention but ours (docs/metrics.md).
 */
import {
  type Instrument,
  InstrumentSet,
  type InstrumentSource,
  type Metric,
  type Point,
  type SourceState,
} from '@sightline/agent/sources';
import type { StoreStats } from '@sightline/store';
import type { IntakeItem, IntakeSnapshot, Protocol } from '../counters.ts';
import type { DeltaStats } from '../otlp/delta.ts';
import type { RedStats } from '../red/red-metrics.ts';
import {
  LOG_WATCH_METRICS,
  type LogWatchStats,
  RED_METRICS,
  STORE_METRICS,
} from './stat-metrics.ts';

/** What the query pool tells of itself. */
export interface QueryStats {
  running: number;
  queued: number;
  workers: number;
  answered: number;
  refused: number;
  cancelled: number;
  timedOut: number;
  died: number;
}

/** Numbers of scrape targets by health. */
export interface ScrapeStats {
  up: number;
  down: number;
  unknown: number;
}

interface ServerSourceOptions {
  intervalMs: number;
  version: string;
  intake: () => IntakeSnapshot;
  store: () => StoreStats;
  queries?: () => QueryStats;
  scrape?: () => ScrapeStats;
  /** Running sums of delta metrics. */
  delta?: () => DeltaStats;
  /** Metrics from spans. */
  red?: () => RedStats;
  /** Live tails and patterns. */
  logs?: () => LogWatchStats;
  /** Collections of self metrics that were skipped because the store was behind. */
  skipped?: () => number;
  /** What collecting has cost, by source. */
  collections?: () => readonly SourceState[];
}

interface ItemInstruments {
  item: IntakeItem;
  accepted: Instrument;
  repeated: Instrument;
}

/** Item, unit, plural. */
const ITEMS: readonly (readonly [IntakeItem, string, string])[] = [
  ['points', '{point}', 'Points'],
  ['records', '{record}', 'Log records'],
  ['spans', '{span}', 'Spans'],
];

/** What each protocol can bring; others would be zeros for ever. */
const CARRIES: Readonly<Record<IntakeItem, ReadonlySet<Protocol>>> = {
  points: new Set(['remote_write', 'otlp_http', 'otlp_grpc', 'import', 'scrape', 'self']),
  records: new Set(['otlp_http', 'otlp_grpc', 'loki', 'logs']),
  spans: new Set(['otlp_http', 'otlp_grpc', 'zipkin']),
};

export class ServerSource implements InstrumentSource {
  readonly id = 'sightline';
  readonly name = 'Sightline';
  readonly priority = 'high';
  readonly intervalMs: number;
  readonly instruments: readonly Instrument[];
  enabled = true;
  readonly #set = new InstrumentSet();
  readonly #options: ServerSourceOptions;
  readonly #store: readonly Point[];
  readonly #items: readonly ItemInstruments[];
  readonly #rejected: Instrument;
  readonly #requests: Instrument;
  readonly #bytes: Instrument;
  readonly #failed: Instrument;
  readonly #skipped: Point;
  readonly #collectTime: Instrument;
  readonly #collectFailures: Instrument;
  readonly #info: Point;
  readonly #queries: QueryPoints | undefined;
  readonly #targets: Instrument | undefined;
  readonly #delta: DeltaPoints | undefined;
  readonly #red: readonly Point[];
  readonly #logs: readonly Point[];

  constructor(options: ServerSourceOptions) {
    this.intervalMs = options.intervalMs;
    this.#options = options;
    const set = this.#set;
    this.#info = set
      .upDownCounter(
        'sightline.info',
        '',
        'Always 1; tells the version.',
        'version',
        'node_version',
      )
      .point(options.version, process.versions.node);
    const by = (name: string, unit: string, description: string) =>
      set.counter(name, unit, description, 'protocol');
    this.#requests = by('sightline.intake.requests', '{request}', 'Requests to take in data.');
    this.#items = ITEMS.map(([item, unit, plural]) => ({
      item,
      accepted: by(`sightline.intake.${item}`, unit, `${plural} accepted.`),
      repeated: by(
        `sightline.intake.${item}.repeated`,
        unit,
        `${plural} of requests that were a repeat of one already stored.`,
      ),
    }));
    this.#bytes = by('sightline.intake', 'By', 'Bytes of request bodies as they arrived.');
    this.#failed = by(
      'sightline.intake.requests.failed',
      '{request}',
      'Requests refused or failed as a whole.',
    );
    this.#rejected = set.counter(
      'sightline.rejected',
      '{item}',
      'Points, log records and spans refused one by one, and requests (as one item each) refused for a tenant too many.',
      'protocol',
      'item',
      'reason',
    );
    this.#collectTime = set.counter(
      'sightline.self.collect_time',
      's',
      'Time spent measuring, by source.',
      'source',
    );
    this.#collectFailures = set.counter(
      'sightline.self.failures',
      '{collection}',
      'Collections that failed, by source.',
      'source',
    );
    this.#skipped = set
      .counter(
        'sightline.self.skipped',
        '{collection}',
        'Collections of these metrics not recorded because the store was behind.',
      )
      .point();
    this.#store = STORE_METRICS.map(([kind, name, unit, description]) =>
      set[kind](name, unit, description).point(),
    );
    this.#queries = options.queries === undefined ? undefined : queryPoints(set);
    this.#targets =
      options.scrape === undefined
        ? undefined
        : set.upDownCounter(
            'sightline.scrape.targets',
            '{target}',
            'Scrape targets by health.',
            'health',
          );
    this.#delta = options.delta === undefined ? undefined : deltaPoints(set);
    const redMetrics = options.red === undefined ? [] : RED_METRICS;
    this.#red = redMetrics.map(([kind, name, unit, description]) =>
      set[kind](name, unit, description).point(),
    );
    const logMetrics = options.logs === undefined ? [] : LOG_WATCH_METRICS;
    this.#logs = logMetrics.map(([kind, name, unit, description]) =>
      set[kind](name, unit, description).point(),
    );
    this.instruments = set.instruments;
  }

  collect(): readonly Metric[] {
    this.refresh();
    return this.#set.present();
  }

  refresh(): void {
    this.#set.begin();
    this.#info.set(1);
    this.#collectIntake();
    const stats = this.#options.store();
    STORE_METRICS.forEach(([, , , , read], i) => {
      this.#store[i]?.set(read(stats));
    });
    this.#skipped.set(this.#options.skipped?.() ?? 0);
    for (const { source, failures, totalDurationMs } of this.#options.collections?.() ?? []) {
      this.#collectTime.point(source.id).set(totalDurationMs / 1000);
      this.#collectFailures.point(source.id).set(failures);
    }
    const queries = this.#options.queries?.();
    if (queries !== undefined) setQueries(this.#queries, queries);
    const delta = this.#options.delta?.();
    if (delta !== undefined) {
      this.#delta?.streams.point('float').set(delta.streams);
      this.#delta?.streams.point('histogram').set(delta.histogramStreams);
      this.#delta?.evicted.set(delta.evicted);
    }
    const red = this.#options.red?.();
    if (red !== undefined)
      RED_METRICS.forEach(([, , , , read], i) => void this.#red[i]?.set(read(red)));
    const logs = this.#options.logs?.();
    if (logs !== undefined)
      LOG_WATCH_METRICS.forEach(([, , , , read], i) => void this.#logs[i]?.set(read(logs)));
    const scrape = this.#options.scrape?.();
    if (scrape === undefined) return;
    this.#targets?.point('up').set(scrape.up);
    this.#targets?.point('down').set(scrape.down);
    this.#targets?.point('unknown').set(scrape.unknown);
  }

  #collectIntake(): void {
    const { protocols, rejections } = this.#options.intake();
    for (const of of protocols) {
      this.#requests.point(of.protocol).set(of.requests);
      for (const { item, accepted, repeated } of this.#items) {
        if (!CARRIES[item].has(of.protocol)) continue;
        accepted.point(of.protocol).set(of[item].accepted);
        repeated.point(of.protocol).set(of[item].repeated);
      }
      this.#bytes.point(of.protocol).set(of.bytes);
      this.#failed.point(of.protocol).set(of.failedRequests);
    }
    for (const { protocol, item, reason, count } of rejections) {
      this.#rejected.point(protocol, item, reason).set(count);
    }
  }

  close(): void {}
}

interface DeltaPoints {
  streams: Instrument;
  evicted: Point;
}

function deltaPoints(set: InstrumentSet): DeltaPoints {
  return {
    streams: set.upDownCounter(
      'sightline.delta.streams',
      '{stream}',
      'Series of delta metrics whose running sums are held.',
      'kind',
    ),
    evicted: set
      .counter(
        'sightline.delta.evicted',
        '{stream}',
        'Running sums given up to make room; their series began anew.',
      )
      .point(),
  };
}

interface QueryPoints {
  running: Point;
  queued: Point;
  workers: Point;
  outcomes: Instrument;
}

function queryPoints(set: InstrumentSet): QueryPoints {
  return {
    running: set
      .upDownCounter('sightline.queries.running', '{query}', 'Queries being evaluated.')
      .point(),
    queued: set
      .upDownCounter('sightline.queries.queued', '{query}', 'Queries waiting for a worker.')
      .point(),
    workers: set
      .upDownCounter('sightline.queries.workers', '{thread}', 'Threads that evaluate queries.')
      .point(),
    outcomes: set.counter('sightline.queries', '{query}', 'Queries by how they ended.', 'outcome'),
  };
}

function setQueries(points: QueryPoints | undefined, stats: QueryStats): void {
  if (points === undefined) return;
  points.running.set(stats.running);
  points.queued.set(stats.queued);
  points.workers.set(stats.workers);
  points.outcomes.point('answered').set(stats.answered);
  points.outcomes.point('refused').set(stats.refused);
  points.outcomes.point('cancelled').set(stats.cancelled);
  points.outcomes.point('timed_out').set(stats.timedOut);
  points.outcomes.point('worker_died').set(stats.died);
}
