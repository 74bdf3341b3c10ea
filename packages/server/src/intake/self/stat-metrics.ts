/** Metrics that are one number each of what a part tells of itself. */
import type { StoreStats } from '@sightline/store';
import type { PatternStats } from '../patterns/log-patterns.ts';
import type { RedStats } from '../red/red-metrics.ts';
import type { TailStats } from '../tail/live-tails.ts';

type Kind = 'counter' | 'upDownCounter' | 'gauge';
/** Kind, name, unit, description, value. */
type StatMetric<Stats> = readonly [Kind, string, string, string, (stats: Stats) => number];

export const STORE_METRICS: readonly StatMetric<StoreStats>[] = [
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

export const RED_METRICS: readonly StatMetric<RedStats>[] = [
  [
    'upDownCounter',
    'sightline.traces.operations',
    '{operation}',
    'Combinations of service, span name, kind and status that metrics are computed for.',
    (s) => s.operations,
  ],
  [
    'upDownCounter',
    'sightline.traces.edges',
    '{edge}',
    'Edges of the service graph.',
    (s) => s.edges,
  ],
  [
    'upDownCounter',
    'sightline.traces.pending',
    '{span}',
    'Spans that wait for the other side of their request.',
    (s) => s.pending,
  ],
  [
    'counter',
    'sightline.traces.unpaired',
    '{span}',
    'Spans that waited in vain for the other side of their request.',
    (s) => s.unpaired,
  ],
  [
    'counter',
    'sightline.traces.other',
    '{span}',
    'Spans counted as `(other)` because there were too many operations.',
    (s) => s.overflown,
  ],
];

/** What watches log records as they arrive. */
export interface LogWatchStats {
  tails: TailStats;
  patterns: PatternStats;
}

export const LOG_WATCH_METRICS: readonly StatMetric<LogWatchStats>[] = [
  ['upDownCounter', 'sightline.logs.tails', '{tail}', 'Live tails.', (s) => s.tails.open],
  [
    'counter',
    'sightline.logs.tails.refused',
    '{tail}',
    'Live tails that were refused because there were too many.',
    (s) => s.tails.refused,
  ],
  [
    'counter',
    'sightline.logs.tails.dropped',
    '{line}',
    'Lines that live tails have lost because they were too slow.',
    (s) => s.tails.dropped,
  ],
  [
    'upDownCounter',
    'sightline.logs.patterns',
    '{pattern}',
    'Patterns of log lines that are kept.',
    (s) => s.patterns.patterns,
  ],
  [
    'upDownCounter',
    'sightline.logs.patterns.memory',
    'By',
    'Memory that patterns of log lines take, about.',
    (s) => s.patterns.bytes,
  ],
  [
    'counter',
    'sightline.logs.patterns.forgotten',
    '{pattern}',
    'Patterns of log lines that had to make room for others.',
    (s) => s.patterns.forgotten,
  ],
];
