/**
 * The embedded store's main-thread side: from a decoded batch to a durable, visible row.
 *
 * Model: an append is encoded into the journal's buffer and written to the active head segment at once; it is acknowledged when the
 * group's journal write is done (commit-group.ts). A segment that is full or old enough is frozen and flushed by the flush
 * thread into partition files, then its journal file is deleted. Queries read a snapshot: pinned segments plus a list of files.
 *
 * Invariants: journal file N and head segment N hold the same rows; a journal file is deleted only after every partition file
 * has its rows on stable storage; the head is listed in a snapshot before the files are, so a row that moves between the two is seen
 * at least once, and twice is harmless (the sequence rule).
 */
import { rmSync, statfsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import {
  labelsToPairs,
  type MetricBatch,
  type MetricMetadata,
  type SeriesResolver,
} from '@sightline/wire';
import { type ReadSnapshot, type Store, type StoreStats, StoreUnavailableError } from '../store.ts';
import { Catalog, type CatalogFile } from './catalog.ts';
import { CommitGroup } from './commit-group.ts';
import { Digests } from './digests.ts';
import { Directory } from './directory.ts';
import { FlushClient } from './flush/client.ts';
import type { FlushReply, StoredExemplar } from './flush/messages.ts';
import type { SharedHeadSegment } from './head.ts';
import { journalFileName } from './journal-format.ts';
import { JournalWriter } from './journal-writer.ts';
import { NoteBook } from './notes.ts';
import type { EmbeddedStoreOptions } from './options.ts';
import { journalNumbers, replayJournal } from './recovery.ts';
import { RetentionClock } from './retention.ts';
import { type SegmentSnapshot, Segments } from './segments.ts';
import { SeriesTable, type SharedSeries } from './series.ts';
import { SeriesSweep } from './series-sweep.ts';
import { Tenants } from './tenants.ts';

/** What a query thread needs once. */
export interface EmbeddedReaderHandle {
  dir: string;
  series: SharedSeries;
  segments: SharedHeadSegment[];
}

export interface EmbeddedSnapshot extends ReadSnapshot {
  tenantIndex: number;
  segments: SegmentSnapshot[];
  files: CatalogFile[];
  metadata: MetricMetadata[];
  exemplars: StoredExemplar[];
}

const TICK_MS = 1000;
const MAINTAIN_MS = 60_000;
/** A journal file is not let grow past this, whatever the number of rows. */
const MAX_JOURNAL_BYTES = 128 * 1024 * 1024;
const MIN_SIDE_BYTES = 64 * 1024 * 1024;
/** Room that one row takes in a journal file at least; bounds the rows that a file can hold. */
const MIN_JOURNAL_ROW_BYTES = 20;

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

export class EmbeddedStore implements Store {
  readonly #options: EmbeddedStoreOptions;
  readonly #directory: Directory;
  readonly #table: SeriesTable;
  readonly #tenants: Tenants;
  readonly #segments: Segments;
  readonly #journal: JournalWriter;
  readonly #group: CommitGroup;
  readonly #catalog: Catalog;
  readonly #flush: FlushClient;
  readonly #digests = new Digests();
  readonly #notes = new NoteBook();
  readonly #retention: RetentionClock;
  readonly #sweep: SeriesSweep;
  readonly #snapshots = new Map<number, SegmentSnapshot[]>();
  /** Epoch in which a sid was last defined in the journal; a new file or a lost frame begins a new epoch. */
  readonly #definedSeries: Uint32Array;
  readonly #definedTenants = new Map<number, number>();
  #epoch = 1;
  #nextSnapshot = 1;
  #number = 0;
  #activeSince = 0;
  #nextMaintenance = 0;
  #closed = false;
  #timer: NodeJS.Timeout | undefined;
  #diskBytes = 0;
  readonly #counts = {
    samples: 0,
    batches: 0,
    repeated: 0,
    flushes: 0,
    samplesFlushed: 0,
    merges: 0,
  };

  /** Use `openEmbeddedStore`. */
  constructor(directory: Directory, options: EmbeddedStoreOptions) {
    this.#options = options;
    this.#directory = directory;
    const journals = journalNumbers(this.#journalDir);
    const journalBytes = Math.max(0, ...journals.map((n) => statSync(this.#journalPath(n)).size));
    this.#table = SeriesTable.create(options.maxSeries);
    this.#tenants = new Tenants(directory.key, this.#table, options);
    this.#segments = new Segments({
      count: options.headSegments,
      rows: Math.max(options.headRows, Math.ceil(journalBytes / MIN_JOURNAL_ROW_BYTES)),
      maxSeries: options.maxSeries,
      sideBytes: Math.max(MIN_SIDE_BYTES, journalBytes),
    });
    this.#definedSeries = new Uint32Array(options.maxSeries + 1);
    this.#journal = new JournalWriter({
      dir: this.#journalDir,
      durability: options.durability,
      syncMs: options.syncMs,
      onFatal: options.onFatal,
    });
    this.#group = new CommitGroup(this.#journal, () => this.#epoch++);
    this.#catalog = new Catalog(options.dir);
    this.#retention = new RetentionClock(directory, options.retentionMs);
    this.#sweep = new SeriesSweep(this.#table, this.#tenants, this.#segments);
    const shared = {
      dir: options.dir,
      series: this.#table.shared,
      segments: this.#segments.shared,
    };
    this.#flush = new FlushClient(
      { ...shared, key: directory.key },
      {
        flushed: (reply) => this.#flushed(reply),
        sealed: (reply) => this.#sealed(reply),
        merged: (reply) => {
          this.#counts.merges += reply.merges;
        },
        failed: (error) => options.log('error', `flush: ${error}`),
      },
    );
  }

  /** For query threads; structured-cloneable. */
  readerHandle(): EmbeddedReaderHandle {
    return { dir: this.#options.dir, series: this.#table.shared, segments: this.#segments.shared };
  }

  onForget(listener: (handles: ReadonlySet<number>) => void): void {
    this.#sweep.listeners.push(listener);
  }

  get minTime(): number {
    return this.#retention.minTime;
  }

  /** Changes raw retention; files past it go with the next maintenance. */
  setRetention(retentionMs: number): void {
    this.#retention.retentionMs = retentionMs;
  }

  resolver(tenant: string): SeriesResolver {
    return this.#tenants.get(tenant);
  }

  append(
    tenantName: string,
    batch: MetricBatch,
    digest: Uint8Array | null,
  ): Promise<'stored' | 'repeated'> {
    const refusal = this.#refusal(batch);
    if (refusal !== '') return Promise.reject(new StoreUnavailableError(refusal));
    const tenant = this.#tenants.get(tenantName);
    if (digest !== null && this.#digests.has(digest, Date.now())) {
      this.#counts.repeated++;
      // The first copy may still wait for its journal write.
      return this.#group.wait().then(() => 'repeated');
    }
    this.#encode(tenant.index, tenantName, batch);
    this.#segments.active.append(batch);
    tenant.exists = true;
    this.#counts.samples += batch.n;
    this.#counts.batches++;
    if (digest === null) return this.#group.wait();
    const nowMs = Date.now();
    const known = digest.slice(0, 16);
    this.#digests.add(known, nowMs);
    this.#journal.digest(known, nowMs);
    return this.#group.wait().catch((error: unknown) => {
      this.#digests.remove(known);
      throw error;
    });
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
      files: this.#catalog.list(tenantName),
      metadata: withNotes ? this.#notes.metadata(tenantName) : [],
      exemplars: withNotes ? this.#notes.exemplars(tenantName) : [],
    };
  }

  release(snapshot: ReadSnapshot): void {
    const segments = this.#snapshots.get(snapshot.id);
    if (segments === undefined) return;
    this.#snapshots.delete(snapshot.id);
    this.#segments.unpin(segments);
    this.#sweepFiles();
  }

  tenants(): string[] {
    return this.#tenants
      .all()
      .filter((tenant) => tenant.exists)
      .map((tenant) => tenant.name);
  }

  readiness(): { ready: boolean; reason: string } {
    if (this.#closed) return { ready: false, reason: 'closing' };
    const reason = this.#group.refusal || (this.#segments.hasFree() ? '' : this.#headFull());
    return { ready: reason === '', reason };
  }

  stats(): StoreStats {
    const journal = this.#journal;
    const journalAppendMsMax = journal.appendMsMax;
    const disk = statfsSync(this.#options.dir);
    return {
      samplesAppended: this.#counts.samples,
      batchesAppended: this.#counts.batches,
      batchesRepeated: this.#counts.repeated,
      seriesActive: this.#table.active,
      seriesCreated: this.#tenants.created,
      seriesRefused: this.#tenants.refused,
      headRows: this.#segments.rows,
      headCapacityRows: this.#options.headRows * this.#options.headSegments,
      headBytes: this.#segments.bytes,
      journalBytes: journal.size,
      journalAppends: journal.appends,
      journalAppendMsTotal: journal.appendMsTotal,
      journalAppendMsMax,
      flushes: this.#counts.flushes,
      flushFailures: this.#flush.failures,
      samplesFlushed: this.#counts.samplesFlushed,
      merges: this.#counts.merges,
      diskBytes: this.#diskBytes + journal.size,
      diskFreeBytes: disk.bavail * disk.bsize,
      tenants: this.tenants().length,
      partitions: this.#catalog.fileCount,
      droppedPartitions: this.#catalog.dropped,
    };
  }

  /** Replays what the last process left; called once, by `openEmbeddedStore`. */
  async recover(): Promise<void> {
    const numbers = journalNumbers(this.#journalDir);
    for (const name of this.#catalog.load()) this.#tenants.get(name).exists = true;
    let soundBytes = 0;
    for (const number of numbers) {
      while (!this.#segments.hasFree()) await new Promise((resolve) => setTimeout(resolve, 10));
      if (this.#number > 0) this.#flushSoon(this.#segments.rotate(number));
      else this.#segments.rotate(number);
      this.#number = number;
      soundBytes = this.#replay(number);
    }
    if (soundBytes > 0) this.#journal.open(this.#number, soundBytes);
    else this.#begin();
    this.#activeSince = performance.now();
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
    this.#timer.unref();
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#timer);
    this.#group.commit();
    this.#journal.close();
    await this.#flush.stop();
    this.#directory.close();
  }

  /** Freezes and flushes what the head holds; resolves when it is in partition files. For tests and benches. */
  async flushNow(): Promise<void> {
    if (this.#segments.active.rows > 0) this.#rotate();
    while (this.#segments.frozen().length > 0)
      await new Promise((resolve) => setTimeout(resolve, 5));
  }

  #refusal(batch: MetricBatch): string {
    if (this.#closed) return 'the store is closing';
    if (this.#group.refusal !== '') return this.#group.refusal;
    if (!this.#segments.couldFit(batch))
      return `a request of ${batch.n} points is larger than the head`;
    if (this.#segments.active.fits(batch)) return '';
    if (!this.#segments.hasFree()) return this.#headFull();
    this.#rotate();
    return '';
  }

  #headFull(): string {
    return 'the head is full: samples arrive faster than they are flushed to disk';
  }

  #encode(tenantIndex: number, tenantName: string, batch: MetricBatch): void {
    const journal = this.#journal;
    const epoch = this.#epoch;
    if (this.#definedTenants.get(tenantIndex) !== epoch) {
      this.#definedTenants.set(tenantIndex, epoch);
      journal.tenant(tenantIndex, tenantName);
    }
    const defined = this.#definedSeries;
    const table = this.#table;
    for (let i = 0; i < batch.n; i++) {
      const sid = batch.series[i];
      if (defined[sid] === epoch) continue;
      defined[sid] = epoch;
      journal.series(sid, tenantIndex, table.labels, table.labelStart(sid), table.labelEnd(sid));
    }
    if (batch.n > 0) journal.rows(tenantIndex, batch);
    const notes = this.#notes.take(tenantName, batch, (sid) =>
      labelsToPairs(table.labels, table.labelStart(sid), table.labelEnd(sid)),
    );
    if (notes !== '') journal.notes(notes);
  }

  /** Ends the active segment and its journal file and begins the next. The caller has checked that a segment is free. */
  #rotate(): void {
    this.#group.commit();
    const frozen = this.#segments.rotate(this.#number + 1);
    this.#number++;
    this.#begin();
    this.#flushSoon(frozen);
  }

  #begin(): void {
    if (this.#number === 0) {
      this.#number = 1;
      this.#segments.rotate(1);
    }
    rmSync(this.#journalPath(this.#number), { force: true });
    this.#journal.open(this.#number);
    this.#epoch++;
    this.#activeSince = performance.now();
    this.#digests.forEach(Date.now(), (digest, timeMs) => this.#journal.digest(digest, timeMs));
  }

  #flushSoon(frozen: { shared: SharedHeadSegment } | undefined): void {
    if (frozen === undefined) return;
    this.#flush.send({
      type: 'flush',
      slot: frozen.shared.slot,
      tenants: this.#tenants.all().map((tenant) => tenant.name),
      notes: this.#notes.drain(),
      files: this.#fileRefs(),
    });
  }

  #fileRefs(): { tenant: string; fileName: string }[] {
    return this.#catalog
      .tenants()
      .flatMap((tenant) =>
        this.#catalog.list(tenant).map(({ fileName }) => ({ tenant, fileName })),
      );
  }

  #flushed(reply: Extract<FlushReply, { type: 'flushed' }>): void {
    const number = this.#segments.frozen().find(({ shared }) => shared.slot === reply.slot)?.number;
    for (const { tenant, fileName } of reply.files) this.#catalog.add(tenant, fileName);
    this.#segments.flushed(reply.slot);
    if (number !== undefined) rmSync(this.#journalPath(number), { force: true });
    this.#counts.flushes++;
    this.#counts.samplesFlushed += reply.samples;
    this.#diskBytes = this.#catalog.diskBytes();
    this.#sweep.run();
  }

  #sealed(reply: Extract<FlushReply, { type: 'sealed' }>): void {
    this.#catalog.add(reply.tenant, reply.by);
    this.#catalog.remove(reply.tenant, reply.replaced, this.#nextSnapshot - 1);
    this.#sweepFiles();
  }

  #sweepFiles(): void {
    this.#catalog.sweep(Math.min(Number.POSITIVE_INFINITY, ...this.#snapshots.keys()));
  }

  #tick(): void {
    const now = performance.now();
    const rows = this.#segments.active.rows;
    const age = now - this.#activeSince;
    const { flushMinRows, flushMs, flushMaxMs } = this.#options;
    const due = rows > 0 && (age >= flushMaxMs || (rows >= flushMinRows && age >= flushMs));
    if ((due || this.#journal.size > MAX_JOURNAL_BYTES) && this.#segments.hasFree()) this.#rotate();
    if (now < this.#nextMaintenance) return;
    this.#nextMaintenance = now + MAINTAIN_MS;
    this.#journal.appendMsMax = 0;
    this.#dropExpired();
    this.#flush.send({
      type: 'maintain',
      files: this.#fileRefs(),
      nowMs: Date.now(),
      sealAfterMs: this.#options.sealAfterMs,
    });
  }

  #dropExpired(): void {
    this.#retention.tick(Date.now());
    for (const tenant of this.#catalog.tenants()) {
      const expired = this.#catalog
        .list(tenant)
        .filter(({ endMs }) => endMs <= this.#retention.minTime);
      if (expired.length === 0) continue;
      this.#flush.send({
        type: 'forget',
        files: expired.map(({ fileName }) => ({ tenant, fileName })),
      });
      for (const { fileName } of expired) {
        this.#options.log('info', `retention: drop ${tenant}/${fileName}`);
        this.#catalog.remove(tenant, fileName, this.#nextSnapshot - 1);
      }
    }
    this.#sweepFiles();
    this.#diskBytes = this.#catalog.diskBytes();
  }

  #replay(number: number): number {
    return replayJournal(this.#journalPath(number), {
      tenant: (name) => this.#tenants.get(name),
      series: (tenant, labels) => this.#tenants.series(tenant, labels, 0, labels.length),
      rows: (tenant, batch) => {
        tenant.exists = true;
        this.#segments.active.append(batch);
      },
      digest: (digest, timeMs) => this.#digests.add(digest.slice(), timeMs),
      notes: (tenant, metadata, exemplars) => {
        this.#notes.add(tenant, metadata, exemplars);
      },
      log: this.#options.log,
    });
  }

  get #journalDir(): string {
    return join(this.#options.dir, 'journal');
  }

  #journalPath(number: number): string {
    return join(this.#journalDir, journalFileName(number));
  }
}
