/**
 * The embedded store on the main thread: one directory, written by this thread (journal, head) and the flush thread (partition
 * files), read by query threads.
 *
 * Model: `HeadWriter` makes appends durable and visible; frozen segments go to the flush thread, and when their rows are in
 * partition files the journal file is deleted and the segment is free again. Queries read a snapshot: pinned head segments plus a
 * list of files. A timer freezes what is old enough, asks for merges and sealing, and drops what retention ends.
 *
 * Invariants: the head is listed in a snapshot before the files are, so a row that moves between the two is seen at least once, and
 * twice is harmless (of equal times the highest sequence wins); a file is deleted only when no snapshot can name it.
 */
import { statfsSync } from 'node:fs';
import { join } from 'node:path';
import {
  type LogBatch,
  labelsToPairs,
  type MetricBatch,
  type MetricMetadata,
  type SeriesResolver,
  type SpanBatch,
} from '@sightline/wire';
import type { RecordStore } from '../records.ts';
import type { ReadSnapshot, Store, StoreStats } from '../store.ts';
import type { CatalogFile } from './catalog.ts';
import { Catalogs } from './catalogs.ts';
import { Directory } from './directory.ts';
import { FlushClient } from './flush/client.ts';
import type { FileRef, FlushReply, StoredExemplar } from './flush/messages.ts';
import type { HeadSegment } from './head.ts';
import { HeadWriter } from './head-writer.ts';
import type { EmbeddedStoreOptions } from './options.ts';
import { journalNumbers } from './recovery.ts';
import { RetentionKeeper } from './retention-keeper.ts';
import type { RetentionPolicy, RetentionReport } from './retention-policy.ts';
import { segmentOptions } from './segment-size.ts';
import { type SegmentSnapshot, Segments, type SharedSegments } from './segments.ts';
import { SeriesTable, type SharedSeries } from './series.ts';
import { SeriesSweep } from './series-sweep.ts';
import { Tenants } from './tenants.ts';

/** What a query thread needs once. */
export interface EmbeddedReaderHandle extends SharedSegments {
  dir: string;
  series: SharedSeries;
}

export interface EmbeddedSnapshot extends ReadSnapshot {
  tenantIndex: number;
  segments: SegmentSnapshot[];
  files: CatalogFile[];
  logFiles: CatalogFile[];
  spanFiles: CatalogFile[];
  metadata: MetricMetadata[];
  exemplars: StoredExemplar[];
}

const TICK_MS = 1000;
const MAINTAIN_MS = 60_000;
/** A journal file is not let grow past this, whatever the number of rows. */
const MAX_JOURNAL_BYTES = 128 * 1024 * 1024;
/** Records that are enough for a flush end a turn that has lasted so long: what comes slowly does not fill the head first. */
const TURN_RECORDS_MS = 1500;

/** Opens the store in `options.dir`: locks it, replays the journal, starts the flush thread. Throws DirectoryError. */
export async function openEmbeddedStore(options: EmbeddedStoreOptions): Promise<EmbeddedStore> {
  const directory = new Directory(options.dir);
  try {
    const store = new EmbeddedStore(directory, options);
    await store.recover();
    return store;
  } catch (error) {
    directory.close();
    throw error;
  }
}

export class EmbeddedStore implements Store, RecordStore {
  readonly #options: EmbeddedStoreOptions;
  readonly #directory: Directory;
  readonly #table: SeriesTable;
  readonly #tenants: Tenants;
  readonly #segments: Segments;
  readonly #head: HeadWriter;
  readonly #catalogs: Catalogs;
  readonly #flush: FlushClient;
  readonly #retention: RetentionKeeper;
  readonly #sweep: SeriesSweep;
  readonly #snapshots = new Map<number, SegmentSnapshot[]>();
  #nextSnapshot = 1;
  #nextMaintenance: number;
  #closed = false;
  #timer: NodeJS.Timeout | undefined;
  #diskBytes = 0;
  #flushes = 0;
  readonly #flushed = { samples: 0, logs: 0, spans: 0 };
  #merges = 0;

  /** Use `openEmbeddedStore`. */
  constructor(directory: Directory, options: EmbeddedStoreOptions) {
    this.#options = options;
    this.#nextMaintenance = performance.now() + (options.maintainAfterMs ?? 0);
    this.#directory = directory;
    this.#table = SeriesTable.create(options.maxSeries);
    this.#tenants = new Tenants(directory.key, this.#table, options);
    this.#segments = new Segments(segmentOptions(options));
    this.#head = new HeadWriter(options, this.#table, this.#tenants, this.#segments, (segment) =>
      this.#flushSoon(segment),
    );
    this.#catalogs = new Catalogs(options.dir);
    this.#retention = new RetentionKeeper(directory, this.#catalogs, options.retention);
    this.#sweep = new SeriesSweep(this.#table, this.#tenants, this.#segments);
    this.#flush = new FlushClient(
      { ...this.readerHandle(), key: directory.key },
      {
        flushed: (reply) => this.#wasFlushed(reply),
        sealed: (reply) => this.#wasSealed(reply),
        thinned: ({ replaced, by }) => {
          this.#retention.thinned(replaced, by, this.#nextSnapshot - 1);
          this.#sweepFiles();
          options.log('info', `retention: ${named(replaced)} is now ${by.map(named).join(', ')}`);
        },
        merged: (reply) => {
          this.#merges += reply.merges;
        },
        failed: (error) => options.log('error', `flush: ${error}`),
      },
    );
  }

  readerHandle(): EmbeddedReaderHandle {
    return {
      dir: this.#options.dir,
      series: this.#table.shared,
      ...this.#segments.shared,
    };
  }

  onForget(listener: (handles: ReadonlySet<number>) => void): void {
    this.#sweep.listeners.push(listener);
  }

  get minTime(): number {
    return this.#retention.minTime('metrics');
  }

  get minLogTime(): number {
    return this.#retention.minTime('logs');
  }

  get minSpanTime(): number {
    return this.#retention.minTime('spans');
  }

  /** Changes how long what is kept; files past it go with the next maintenance. */
  setRetention(policy: RetentionPolicy): void {
    this.#retention.policy = policy;
  }

  /** What retention has and has done, by signal and class. */
  retention(): RetentionReport[] {
    return this.#retention.report();
  }

  resolver(tenant: string): SeriesResolver {
    return this.#tenants.get(tenant);
  }

  append(
    tenant: string,
    batch: MetricBatch,
    digest: Uint8Array | null,
  ): Promise<'stored' | 'repeated'> {
    return this.#head.append(this.#tenants.get(tenant), batch, digest);
  }

  appendLogs(
    tenant: string,
    batch: LogBatch,
    digest: Uint8Array | null,
  ): Promise<'stored' | 'repeated'> {
    return this.#appendRecords(tenant, batch, digest);
  }

  appendSpans(
    tenant: string,
    batch: SpanBatch,
    digest: Uint8Array | null,
  ): Promise<'stored' | 'repeated'> {
    return this.#appendRecords(tenant, batch, digest);
  }

  streamLabels(_tenant: string, stream: number): string[] {
    const { labels } = this.#table;
    return labelsToPairs(labels, this.#table.labelStart(stream), this.#table.labelEnd(stream));
  }

  snapshot(tenantName: string, withNotes = false): EmbeddedSnapshot | null {
    const tenant = this.#tenants.find(tenantName);
    if (tenant === undefined || !tenant.exists) return null;
    const id = this.#nextSnapshot++;
    const segments = this.#segments.pin();
    this.#snapshots.set(id, segments);
    return {
      id,
      tenant: tenantName,
      tenantIndex: tenant.index,
      segments,
      files: this.#catalogs.of('metrics').list(tenantName),
      logFiles: this.#catalogs.of('logs').list(tenantName),
      spanFiles: this.#catalogs.of('spans').list(tenantName),
      metadata: withNotes ? this.#head.notes.metadata(tenantName) : [],
      exemplars: withNotes ? this.#head.notes.exemplars(tenantName) : [],
    };
  }

  release(snapshot: ReadSnapshot): void {
    const segments = this.#snapshots.get(snapshot.id);
    if (segments === undefined) return;
    this.#snapshots.delete(snapshot.id);
    this.#segments.unpin(segments);
    this.#head.roomMade();
    this.#sweepFiles();
  }

  tenants(): string[] {
    return this.#tenants
      .all()
      .filter((tenant) => tenant.exists)
      .map((tenant) => tenant.name);
  }

  readiness(): { ready: boolean; reason: string } {
    const reason = this.#head.refusal;
    return { ready: reason === '', reason };
  }

  stats(): StoreStats {
    const { journal, samples, logs, spans, batches, repeated } = this.#head;
    return {
      samplesAppended: samples,
      logsAppended: logs,
      spansAppended: spans,
      batchesAppended: batches,
      batchesRepeated: repeated,
      seriesActive: this.#table.active,
      seriesCreated: this.#tenants.created,
      seriesRefused: this.#tenants.refused,
      headRows: this.#segments.rows,
      headRecords: this.#segments.recordRows,
      headCapacityRows: this.#options.headRows * this.#options.headSegments,
      headBytes: this.#segments.bytes,
      headReservedBytes: this.#segments.reservedBytes + this.#table.reservedBytes,
      journalBytes: journal.size,
      journalAppends: journal.appends,
      journalAppendMsTotal: journal.appendMsTotal,
      journalAppendMsMax: journal.appendMsMax,
      journalLostBytes: this.#head.lostBytes,
      flushes: this.#flushes,
      flushFailures: this.#flush.failures,
      samplesFlushed: this.#flushed.samples,
      logsFlushed: this.#flushed.logs,
      spansFlushed: this.#flushed.spans,
      merges: this.#merges,
      diskBytes: this.#diskBytes + journal.size,
      diskFreeBytes: freeBytes(this.#options.dir),
      tenants: this.tenants().length,
      partitions: this.#catalogs.fileCount,
      droppedPartitions: this.#catalogs.dropped,
    };
  }

  /** Replays what the last process left; called once, by `openEmbeddedStore`. */
  async recover(): Promise<void> {
    for (const name of this.#catalogs.load()) this.#tenants.get(name).exists = true;
    await this.#head.recover(journalNumbers(join(this.#options.dir, 'journal')));
    this.#diskBytes = this.#catalogs.diskBytes();
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
    this.#timer.unref();
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#timer);
    this.#head.close();
    await this.#flush.stop();
    this.#directory.close();
  }

  /** Flushes what the head holds; resolves when it is in partition files. For tests and benches. */
  async flushNow(): Promise<void> {
    const until = async (isSo: () => boolean): Promise<void> => {
      while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 5));
    };
    await until(() => this.#segments.hasFree());
    if (this.#segments.activeRows > 0) this.#head.rotate();
    await until(() => this.#segments.frozen().length === 0);
  }

  /** Has the flush thread merge and seal as if it were `nowMs`; resolves when that is done. For tests; the timer does it every minute. */
  maintain(nowMs = Date.now()): Promise<void> {
    return this.#flush.maintain({
      type: 'maintain',
      files: this.#catalogs.refs(),
      nowMs,
      sealAfterMs: this.#options.sealAfterMs,
      belowSeq: this.#segments.lowestNumber,
      thin: this.#retention.tasks(),
    });
  }

  /** Drops the files that retention ends. For tests; the timer does it every minute. */
  expire(): void {
    const files = this.#retention.drop(Date.now(), this.#nextSnapshot - 1);
    if (files.length > 0) this.#flush.send({ type: 'forget', files });
    for (const file of files) this.#options.log('info', `retention: drop ${named(file)}`);
    this.#sweepFiles();
    this.#diskBytes = this.#catalogs.diskBytes();
  }

  #appendRecords(
    tenant: string,
    batch: LogBatch | SpanBatch,
    digest: Uint8Array | null,
  ): Promise<'stored' | 'repeated'> {
    const done = this.#head.append(this.#tenants.get(tenant), batch, digest);
    const isOver = this.#segments.hasRun && this.#head.activeAgeMs >= TURN_RECORDS_MS;
    if (isOver && this.#segments.hasFree() && !this.#head.stuck) this.#head.rotate();
    return done;
  }

  #flushSoon(frozen: HeadSegment): void {
    this.#flush.send({
      type: 'flush',
      slot: frozen.shared.slot,
      tenants: this.#tenants.all().map((tenant) => tenant.name),
      notes: this.#head.notes.drain(),
      files: this.#catalogs.refs(),
    });
  }

  #wasFlushed(reply: Extract<FlushReply, { type: 'flushed' }>): void {
    const done = this.#segments.frozen().find(({ shared }) => shared.slot === reply.slot);
    for (const ref of reply.files) this.#catalogs.add(ref);
    this.#segments.flushed(reply.slot);
    if (done !== undefined) this.#head.discard(done.number);
    this.#head.roomMade();
    this.#flushes++;
    this.#flushed.samples += reply.samples;
    this.#flushed.logs += reply.logs;
    this.#flushed.spans += reply.spans;
    this.#diskBytes = this.#catalogs.diskBytes();
    this.#sweep.run();
  }

  #wasSealed(reply: Extract<FlushReply, { type: 'sealed' }>): void {
    this.#catalogs.add(reply.by);
    this.#catalogs.remove(reply.replaced, this.#nextSnapshot - 1);
    this.#sweepFiles();
  }

  #sweepFiles(): void {
    this.#catalogs.sweep(Math.min(Number.POSITIVE_INFINITY, ...this.#snapshots.keys()));
  }

  #tick(): void {
    const rows = this.#segments.activeRows;
    const age = this.#head.activeAgeMs;
    const { flushMinRows, flushMs, flushMaxMs } = this.#options;
    const isOld = age >= flushMaxMs || (rows >= flushMinRows && age >= flushMs);
    const isRun = this.#segments.hasRun && age >= TURN_RECORDS_MS;
    const due = (rows > 0 && isOld) || isRun || this.#head.journal.size > MAX_JOURNAL_BYTES;
    if ((due || this.#head.stuck) && this.#segments.hasFree()) this.#head.rotate();
    const now = performance.now();
    if (now < this.#nextMaintenance) return;
    this.#nextMaintenance = now + MAINTAIN_MS;
    this.#head.journal.appendMsMax = 0;
    try {
      this.expire();
    } catch (error) {
      // The disk may be full or gone; the next round tries again.
      this.#options.log('error', `retention: ${error instanceof Error ? error.message : error}`);
    }
    if (this.#flush.maintenanceDue || this.#retention.tasks().length > 0) void this.maintain();
  }
}

function named({ signal, tenant, fileName }: FileRef): string {
  return `${signal} of ${tenant}: ${fileName}`;
}

/** Room on the disk of `dir`; 0 when it is gone. */
function freeBytes(dir: string): number {
  try {
    const disk = statfsSync(dir);
    return disk.bavail * disk.bsize;
  } catch {
    return 0;
  }
}
