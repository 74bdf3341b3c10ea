/**
 * The write path of the embedded store: a batch into the journal's buffer and the active head segment, and their turns.
 *
 * Model: rows, and the series and tenants that the journal file does not define yet, are encoded into the open commit group
 * (commit-group.ts) and written to the active segment at once; the promise resolves when the group is durable. `rotate` freezes
 * the segment with its journal file and begins the next pair.
 *
 * Invariants: journal file N and head segment N hold the same acknowledged rows; a journal file defines every sid and tenant before
 * the rows that use it (`epoch` changes with the file, and when a frame was lost with the definitions in it).
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { labelsToPairs, MetricBatch } from '@sightline/wire';
import { StoreUnavailableError } from '../store.ts';
import { CommitGroup } from './commit-group.ts';
import { Digests } from './digests.ts';
import type { HeadSegment } from './head.ts';
import { journalFileName } from './journal-format.ts';
import { JournalWriter } from './journal-writer.ts';
import { NoteBook } from './notes.ts';
import type { EmbeddedStoreOptions } from './options.ts';
import { type Replayed, replayJournal } from './recovery.ts';
import { RoomQueue } from './room-queue.ts';
import type { RecordBatch, Segments } from './segments.ts';
import type { SeriesTable } from './series.ts';
import type { Tenant, Tenants } from './tenants.ts';

const HEAD_FULL = 'the head is full: data arrives faster than it is flushed to disk';

export class HeadWriter {
  readonly journal: JournalWriter;
  readonly notes = new NoteBook();
  samples = 0;
  logs = 0;
  spans = 0;
  batches = 0;
  repeated = 0;
  /** Bytes of journal files that could not be read back at the start. */
  lostBytes = 0;
  readonly #dir: string;
  readonly #log: EmbeddedStoreOptions['log'];
  readonly #table: SeriesTable;
  readonly #tenants: Tenants;
  readonly #segments: Segments;
  readonly #group: CommitGroup;
  readonly #digests = new Digests();
  readonly #room = new RoomQueue();
  readonly #onFrozen: (segment: HeadSegment) => void;
  readonly #definedSeries: Uint32Array;
  readonly #definedTenants = new Map<number, number>();
  #epoch = 1;
  #number = 0;
  #activeSince = 0;
  #closed = false;
  /** Why the next journal file could not be begun, or ''. */
  #stuck = '';

  /** `onFrozen` is given every segment that waits for its flush from then on. */
  constructor(
    options: EmbeddedStoreOptions,
    table: SeriesTable,
    tenants: Tenants,
    segments: Segments,
    onFrozen: (segment: HeadSegment) => void,
  ) {
    this.#dir = join(options.dir, 'journal');
    this.#log = options.log;
    this.#table = table;
    this.#tenants = tenants;
    this.#segments = segments;
    this.#onFrozen = onFrozen;
    this.#definedSeries = new Uint32Array(table.capacity);
    this.journal = new JournalWriter({
      dir: this.#dir,
      durability: options.durability,
      syncMs: options.syncMs,
      onFatal: options.onFatal,
    });
    this.#group = new CommitGroup(
      this.journal,
      () => this.#publish(),
      () => {
        this.#epoch++;
        segments.takeBack();
      },
    );
  }

  append(
    tenant: Tenant,
    batch: MetricBatch | RecordBatch,
    digest: Uint8Array | null,
  ): Promise<'stored' | 'repeated'> {
    const refusal = this.#makeRoom(batch);
    if (refusal === HEAD_FULL && this.#room.mayWait) {
      return this.#room.wait().then(() => this.append(tenant, batch, digest));
    }
    if (refusal !== '') return Promise.reject(new StoreUnavailableError(refusal));
    const nowMs = Date.now();
    if (digest !== null && this.#digests.has(digest, nowMs)) {
      this.repeated++;
      // The first copy may still wait for its journal write.
      return this.#group.wait().then(() => 'repeated');
    }
    this.#defineTenant(tenant);
    if (batch instanceof MetricBatch) this.#encode(tenant, batch);
    else this.#encodeRecords(tenant, batch);
    this.#segments.append(batch);
    tenant.exists = true;
    this.batches++;
    return digest === null ? this.#group.wait() : this.#rememberedWait(digest.slice(0, 16), nowMs);
  }

  /** Why appends are refused now, or ''. */
  get refusal(): string {
    if (this.#closed) return 'the store is closing';
    if (this.#group.refusal !== '') return this.#group.refusal;
    if (this.#stuck !== '') return this.#stuck;
    return this.#segments.hasRoom() ? '' : HEAD_FULL;
  }

  /** A segment may have become free: appends that wait for room try again. */
  roomMade(): void {
    if (this.#segments.hasFree()) this.#room.made();
  }

  /** How long the active segment has taken rows, in ms. */
  get activeAgeMs(): number {
    return performance.now() - this.#activeSince;
  }

  /** Appends are refused until `rotate` succeeds. */
  get stuck(): boolean {
    return this.#stuck !== '';
  }

  /**
   * Freezes the active segment and begins the next. The caller has checked that a segment is free. Where no journal file can be begun
   * (a full disk, a directory that is gone), nothing changes and appends are refused until another call succeeds. Does nothing once closed:
   * the directory may be another process' by then.
   */
  rotate(): void {
    if (this.#closed) return;
    this.#group.commit();
    try {
      this.#begin(this.#number + 1);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      if (this.#stuck === '') this.#log('error', `no journal file can be begun: ${why}`);
      this.#stuck = `no journal file can be begun: ${why}`;
      return;
    }
    this.#stuck = '';
    const frozen = this.#segments.rotate(this.#number);
    if (frozen !== undefined) this.#onFrozen(frozen);
  }

  /** Deletes the journal file whose rows are in partition files. */
  discard(number: number): void {
    this.journal.discard(number);
  }

  /** Replays the journal files with these numbers, ascending, and begins to accept appends. */
  async recover(numbers: readonly number[]): Promise<void> {
    let last: Replayed | undefined;
    for (const number of numbers) {
      await this.#takeSegment(number);
      last = this.#replay(number);
      this.lostBytes += last.lostBytes;
    }
    if (last === undefined) this.#segments.rotate(this.#number + 1);
    if (last !== undefined && last.appendAt > 0) this.journal.open(this.#number, last.appendAt);
    else {
      // What was read of a damaged file stays in it until it is flushed.
      if (last !== undefined && last.frames > 0) await this.#takeSegment(this.#number + 1);
      this.#begin(Math.max(1, this.#number));
    }
    this.#activeSince = performance.now();
  }

  /** Freezes the active segment, if any, and makes one the active segment `number` as soon as one is free. */
  async #takeSegment(number: number): Promise<void> {
    while (!this.#segments.hasFree()) await new Promise((resolve) => setTimeout(resolve, 10));
    const frozen = this.#segments.rotate(number);
    if (frozen !== undefined) this.#onFrozen(frozen);
    this.#number = number;
  }

  close(): void {
    this.#closed = true;
    this.#room.made();
    this.#group.commit();
    this.journal.close();
  }

  #makeRoom(batch: MetricBatch | RecordBatch): string {
    if (this.#closed) return 'the store is closing';
    if (this.#group.refusal !== '') return this.#group.refusal;
    if (this.#stuck !== '') return this.#stuck;
    if (!this.#segments.couldFit(batch))
      return `a batch of ${batch.n} points is larger than the head`;
    if (this.#segments.takes(batch)) return '';
    if (!this.#segments.hasFree()) return HEAD_FULL;
    this.rotate();
    return this.#stuck;
  }

  #rememberedWait(digest: Uint8Array, nowMs: number): Promise<'stored'> {
    this.#digests.add(digest, nowMs);
    this.journal.digest(digest, nowMs);
    return this.#group.wait().catch((error: unknown) => {
      this.#digests.remove(digest);
      throw error;
    });
  }

  #publish(): void {
    const { logs, spans } = this.#segments.publish();
    this.logs += logs;
    this.spans += spans;
  }

  #defineTenant(tenant: Tenant): void {
    if (this.#definedTenants.get(tenant.index) === this.#epoch) return;
    this.#definedTenants.set(tenant.index, this.#epoch);
    this.journal.tenant(tenant.index, tenant.name);
  }

  #encode(tenant: Tenant, batch: MetricBatch): void {
    const { journal } = this;
    const epoch = this.#epoch;
    this.samples += batch.n;
    const defined = this.#definedSeries;
    const table = this.#table;
    for (let i = 0; i < batch.n; i++) {
      const sid = batch.series[i];
      if (defined[sid] === epoch) continue;
      defined[sid] = epoch;
      journal.series(sid, tenant.index, table.labels, table.labelStart(sid), table.labelEnd(sid));
    }
    if (batch.n > 0) journal.rows(tenant.index, batch);
    const notes = this.notes.take(tenant.name, batch, (sid) =>
      labelsToPairs(table.labels, table.labelStart(sid), table.labelEnd(sid)),
    );
    if (notes !== '') journal.notes(notes);
  }

  /** Records of a stream come one behind the other, so that only the first of them costs anything. */
  #encodeRecords(tenant: Tenant, batch: RecordBatch): void {
    const { n, stream } = batch;
    const table = this.#table;
    const streams = this.#segments.activeStreams;
    let last = 0;
    for (let i = 0; i < n; i++) {
      const sid = stream[i];
      if (sid === last) continue;
      last = sid;
      streams.add(sid);
      if (this.#definedSeries[sid] === this.#epoch) continue;
      this.#definedSeries[sid] = this.#epoch;
      const { labels } = table;
      this.journal.series(sid, tenant.index, labels, table.labelStart(sid), table.labelEnd(sid));
    }
    if (n > 0) this.journal.records(tenant.index, batch);
  }

  /** Begins journal file `number`; throws, and nothing has changed, when that cannot be. */
  #begin(number: number): void {
    // A file without a usable header may be left from the last process.
    rmSync(this.#path(number), { force: true });
    this.journal.open(number);
    this.#number = number;
    this.#epoch++;
    this.#activeSince = performance.now();
    this.#digests.forEach(Date.now(), (digest, timeMs) => this.journal.digest(digest, timeMs));
  }

  #replay(number: number): Replayed {
    const replayed = replayJournal(this.#path(number), {
      tenant: (name) => this.#tenants.get(name),
      series: (tenant, labels) => this.#tenants.series(tenant, labels, 0, labels.length),
      rows: (tenant, batch) => {
        tenant.exists = true;
        this.#segments.append(batch);
        if (batch instanceof MetricBatch) return;
        for (let i = 0; i < batch.n; i++) this.#segments.activeStreams.add(batch.stream[i]);
      },
      digest: (digest, timeMs) => this.#digests.add(digest.slice(), timeMs),
      notes: (tenant, metadata, exemplars) => {
        this.notes.add(tenant, metadata, exemplars);
      },
      log: this.#log,
    });
    this.#segments.publish();
    return replayed;
  }

  #path(number: number): string {
    return join(this.#dir, journalFileName(number));
  }
}
