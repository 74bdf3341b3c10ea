/**
 * Reads an embedded store in a query thread: open files, caches, the head.
 *
 * Model: one per thread, made from the store's handle; `open` gives a Querier over a snapshot. Open files are an LRU; decoded blocks and
 * segments are LRUs by bytes, shared over the queries of the thread.
 *
 * Invariants: a file is used by one querier at a time, because it sees the file's state as of its beginning; ids of the interner are
 * dropped only while no querier is open.
 */
import { join } from 'node:path';
import type { Matcher } from '../../matcher.ts';
import type { Querier, QueryBudget } from '../../querier.ts';
import type { RecordQuerier, RecordSignal } from '../../records.ts';
import { FOLDERS, METRICS } from '../catalog.ts';
import { DayFileReader } from '../day-file.ts';
import type { EmbeddedReaderHandle, EmbeddedSnapshot } from '../embedded-store.ts';
import { FileSource, type ReadCaches } from './file-source.ts';
import { HeadSource } from './head-source.ts';
import { SeriesInterner } from './interner.ts';
import { ByteLru, BytePool } from './lru.ts';
import { EmbeddedQuerier } from './querier.ts';
import { RecordFiles } from './records/record-files.ts';
import { RecordHead } from './records/record-head-source.ts';
import { EmbeddedRecordQuerier, type SignalSnapshot } from './records/records.ts';
import { SelectorCache } from './selectors.ts';

export interface ReaderOptions {
  /** Bytes of decoded blocks and segments that a thread keeps. */
  cacheBytes: number;
  /** Files that a thread keeps open; a query may use more for its duration. */
  openFiles: number;
}

/**
 * Shares of the caches' bytes: what each may have at most while others leave it, and what is its own part of that. With all bytes a hundred
 * machines' metrics are held, and with six tenths of them a query of every series begins anew each time.
 */
const METRICS_SHARES = { blocks: 0.5, postings: 0.25, labels: 0.125, selections: 0.125 };
const METRICS_OWN = 0.6;
/** Blocks of log records and spans may have all that metrics leave. */
const RECORDS_OWN = 0.4;

export const readerDefaults: ReaderOptions = { cacheBytes: 16 * 1024 * 1024, openFiles: 32 };

export class EmbeddedReader {
  readonly #dir: string;
  readonly #options: ReaderOptions;
  readonly #head: HeadSource;
  readonly #recordHead: RecordHead;
  readonly #recordFiles: RecordFiles;
  readonly #caches: ReadCaches;
  readonly #selectors = new SelectorCache();
  #interner = new SeriesInterner();
  /** Open files that no querier uses, the one used longest ago first. */
  readonly #idle = new Map<string, FileSource>();
  #open = 0;

  constructor(handle: EmbeddedReaderHandle, options: ReaderOptions = readerDefaults) {
    this.#dir = handle.dir;
    this.#options = options;
    this.#head = new HeadSource(handle.series, handle.segments);
    this.#recordHead = new RecordHead(handle);
    const { cacheBytes, openFiles } = options;
    const pool = new BytePool(cacheBytes);
    this.#recordFiles = new RecordFiles(
      new ByteLru(cacheBytes, { pool, ownBytes: cacheBytes * RECORDS_OWN }),
      openFiles,
    );
    const cache = <T extends { readonly bytes: number }>(share: number): ByteLru<T> => {
      const maxBytes = cacheBytes * share;
      return new ByteLru(maxBytes, { pool, ownBytes: maxBytes * METRICS_OWN });
    };
    this.#caches = {
      blocks: cache(METRICS_SHARES.blocks),
      postings: cache(METRICS_SHARES.postings),
      labels: cache(METRICS_SHARES.labels),
      selections: cache(METRICS_SHARES.selections),
    };
  }

  /** Approximate bytes of the caches. */
  get cacheBytes(): number {
    const { cacheBytes } = this.#recordFiles;
    return Object.values(this.#caches).reduce((sum, cache) => sum + cache.bytes, cacheBytes);
  }

  /** A querier over a snapshot; close it before the snapshot is released. */
  open(snapshot: EmbeddedSnapshot, budget: QueryBudget): Querier {
    if (this.#open === 0) this.#trim(snapshot);
    this.#open++;
    const context = {
      head: this.#head,
      interner: this.#interner,
      selector: (matchers: readonly Matcher[]) => this.#selectors.get(matchers),
      openFile: (tenant: string, fileName: string) => this.#openFile(tenant, fileName),
      closeFile: (file: FileSource) => this.#putBack(file),
      closed: () => this.#closed(),
    };
    return new EmbeddedQuerier(context, snapshot, budget);
  }

  /** As `open`, for log records and spans. */
  records(snapshot: EmbeddedSnapshot, budget: QueryBudget): RecordQuerier {
    if (this.#open === 0) this.#trim(snapshot);
    this.#open++;
    const { tenant, tenantIndex, segments, logFiles, spanFiles } = snapshot;
    const interner = this.#interner;
    const head = (signal: RecordSignal): SignalSnapshot['head'] =>
      this.#recordHead.pinned(signal, tenantIndex, segments, (sid) =>
        this.#head.idOf(sid, interner),
      );
    return new EmbeddedRecordQuerier({
      interner,
      budget,
      pinned: new Set(segments.map(({ number }) => number)),
      signals: {
        logs: { files: logFiles, head: head('logs') },
        spans: { files: spanFiles, head: head('spans') },
      },
      openFile: (signal, fileName) =>
        this.#recordFiles.open(this.#pathOf(tenant, signal, fileName), signal, interner),
      closeFile: (file) => this.#recordFiles.putBack(file),
      closed: () => this.#closed(),
    });
  }

  close(): void {
    this.#recordFiles.close();
    this.#closeFiles(() => true);
    for (const cache of Object.values(this.#caches)) cache.clear();
  }

  #closed(): void {
    this.#open--;
    this.#recordFiles.settle();
    for (const cache of Object.values(this.#caches)) cache.settle();
  }

  /** A file that no other querier uses: each sees the file as of its own begin. */
  #openFile(tenant: string, fileName: string): FileSource {
    const path = join(this.#dir, 'tenants', tenant, METRICS, fileName);
    const file =
      this.#idle.get(path) ?? new FileSource(new DayFileReader(path), this.#caches, this.#interner);
    this.#idle.delete(path);
    try {
      file.begin();
    } catch (error) {
      file.close();
      throw error;
    }
    return file;
  }

  #pathOf(tenant: string, signal: RecordSignal, fileName: string): string {
    return join(this.#dir, 'tenants', tenant, FOLDERS[signal], fileName);
  }

  #putBack(file: FileSource): void {
    file.end();
    if (this.#idle.has(file.path)) file.close();
    else this.#idle.set(file.path, file);
  }

  /** Closes files past the bound and files of this tenant that the snapshot does not list; begins new ids when there are too many. */
  #trim(snapshot: EmbeddedSnapshot): void {
    this.#selectors.trim();
    if (this.#interner.full) {
      this.#interner = new SeriesInterner();
      this.#head.forgetIds();
      this.#closeFiles(() => true);
      this.#recordFiles.forget();
    }
    const own = join(this.#dir, 'tenants', snapshot.tenant, METRICS);
    const listed = new Set(snapshot.files.map(({ fileName }) => join(own, fileName)));
    this.#closeFiles((path) => path.startsWith(`${own}/`) && !listed.has(path));
    const listedRecords = new Set([
      ...snapshot.logFiles.map(({ fileName }) => this.#pathOf(snapshot.tenant, 'logs', fileName)),
      ...snapshot.spanFiles.map(({ fileName }) => this.#pathOf(snapshot.tenant, 'spans', fileName)),
    ]);
    this.#recordFiles.trim(join(this.#dir, 'tenants', snapshot.tenant), listedRecords);
    let surplus = this.#idle.size - this.#options.openFiles;
    this.#closeFiles(() => surplus-- > 0);
  }

  #closeFiles(drops: (path: string) => boolean): void {
    for (const [path, file] of this.#idle) {
      if (!drops(path)) continue;
      file.close();
      this.#idle.delete(path);
    }
  }
}
