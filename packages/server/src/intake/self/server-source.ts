/**
 * What this process does, as metrics: intake, store, queries, scraping. The numbers come from functions, asked at each collection.
 *
 * Names begin with `sightline.`; unlike the other sources' they follow no convention but ours (docs/metrics.md).
 */
import {
  type Instrument,
  InstrumentSet,
  type MonitoringSource,
  type Point,
  type SourceState,
} from '@sightline/agent';
import type { StoreStats } from '@sightline/store';
import type { IntakeItem, IntakeSnapshot, Protocol } from '../counters.ts';
import type { DeltaStats } from '../otlp/delta.ts';

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
  /** Collections of self metrics that were skipped because the store was behind. */
  skipped?: () => number;
  /** What collecting has cost, by source. */
  collections?: () => readonly SourceState[];
}

type Kind = 'counter' | 'upDownCounter' | 'gauge';
/** Kind, name, unit, description, value. */
type StoreMetric = readonly [Kind, string, string, string, (stats: StoreStats) => number];

const STORE_METRICS: readonly StoreMetric[] = [
  ['counter', 'sightline.store.samples', '{sample}', 'Samples appended.', (s) => s.samplesAppended],
  [
    'counter',
    'sightline.store.log_records',
    '{record}',
    'Log records appended.',
    (s) => s.logsAppended,
  ],
  ['counter', 'sightline.store.spans', '{span}', 'Spans appended.', (s) => s.spansAppended],
  ['counter', 'sightline.store.batches', '{batch}', 'Batches appended.', (s) => s.batchesAppended],
  [
    'counter',
    'sightline.store.batches.repeated',
    '{batch}',
    'Batches that were a repeat of one already stored.',
    (s) => s.batchesRepeated,
  ],
  [
    'upDownCounter',
    'sightline.series.active',
    '{series}',
    'Series held in memory.',
    (s) => s.seriesActive,
  ],
  ['counter', 'sightline.series.created', '{series}', 'Series created.', (s) => s.seriesCreated],
  [
    'counter',
    'sightline.series.refused',
    '{series}',
    'Series refused because of a limit.',
    (s) => s.seriesRefused,
  ],
  [
    'upDownCounter',
    'sightline.head.rows',
    '{row}',
    'Rows in memory, not yet in a day file.',
    (s) => s.headRows,
  ],
  [
    'upDownCounter',
    'sightline.head.records',
    '{record}',
    'Log records and spans in memory, not yet in a day file.',
    (s) => s.headRecords,
  ],
  [
    'upDownCounter',
    'sightline.head.capacity.rows',
    '{row}',
    'Rows that memory has room for.',
    (s) => s.headCapacityRows,
  ],
  [
    'upDownCounter',
    'sightline.head',
    'By',
    'Size of the rows and records in memory.',
    (s) => s.headBytes,
  ],
  [
    'upDownCounter',
    'sightline.head.reserved',
    'By',
    'Address space set aside for rows, records and series; it is memory as far as it was written.',
    (s) => s.headReservedBytes,
  ],
  ['upDownCounter', 'sightline.journal', 'By', 'Size of the journal.', (s) => s.journalBytes],
  [
    'counter',
    'sightline.journal.appends',
    '{append}',
    'Appends to the journal.',
    (s) => s.journalAppends,
  ],
  [
    'counter',
    'sightline.journal.append_time',
    's',
    'Time spent appending to the journal.',
    (s) => s.journalAppendMsTotal / 1000,
  ],
  [
    'gauge',
    'sightline.journal.append.max',
    's',
    'Slowest append to the journal in the last minute.',
    (s) => s.journalAppendMsMax / 1000,
  ],
  [
    'counter',
    'sightline.journal.lost',
    'By',
    'Bytes of damaged journal files that could not be read back at the start.',
    (s) => s.journalLostBytes,
  ],
  ['counter', 'sightline.flushes', '{flush}', 'Flushes into day files.', (s) => s.flushes],
  [
    'counter',
    'sightline.flush.failures',
    '{flush}',
    'Flushes that failed and will be tried again.',
    (s) => s.flushFailures,
  ],
  [
    'counter',
    'sightline.flush.samples',
    '{sample}',
    'Samples flushed into day files.',
    (s) => s.samplesFlushed,
  ],
  [
    'counter',
    'sightline.flush.log_records',
    '{record}',
    'Log records flushed into day files.',
    (s) => s.logsFlushed,
  ],
  [
    'counter',
    'sightline.flush.spans',
    '{span}',
    'Spans flushed into day files.',
    (s) => s.spansFlushed,
  ],
  ['counter', 'sightline.merges', '{merge}', 'Merges of blocks.', (s) => s.merges],
  ['upDownCounter', 'sightline.disk', 'By', 'Size of the data directory.', (s) => s.diskBytes],
  ['upDownCounter', 'sightline.disk.free', 'By', 'Free space on its disk.', (s) => s.diskFreeBytes],
  ['upDownCounter', 'sightline.tenants', '{tenant}', 'Tenants.', (s) => s.tenants],
  ['upDownCounter', 'sightline.partitions', '{file}', 'Day files.', (s) => s.partitions],
  [
    'counter',
    'sightline.partitions.dropped',
    '{file}',
    'Day files removed by retention.',
    (s) => s.droppedPartitions,
  ],
];

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

export class ServerSource implements MonitoringSource {
  readonly id = 'sightline';
  readonly name = 'Sightline';
  readonly priority = 80;
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
    this.instruments = set.instruments;
  }

  collect(): void {
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
    const scrape = this.#options.scrape?.();
    if (scrape === undefined) return;
    this.#targets?.point('up').set(scrape.up);
    this.#targets?.point('down').set(scrape.down);
    this.#targets?.point('unknown').set(scrape.unknown);
  }

  refresh(): void {
    this.collect();
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
