/**
 * One open partition file of a query thread: which series match, and the rows of one series.
 *
 * Model: `begin` fixes what is seen; block directories of parts that went away are forgotten then. Decoded blocks, label segments and
 * posting segments live in caches that all files of the thread share, under keys that name immutable bytes: parts never change,
 * a label or posting segment changes only together with its count.
 */
import type { MetricMetadata } from '@sightline/wire';
import type { QueryBudget, SampleBuffer } from '../../querier.ts';
import { ByteWriter } from '../blocks/bytes.ts';
import { HistogramBlockReader } from '../blocks/histogram-reader.ts';
import { LabelSegment } from '../blocks/labels.ts';
import { PostingsReader } from '../blocks/postings-reader.ts';
import { SampleBlockReader } from '../blocks/sample-reader.ts';
import type {
  BlockDirectory,
  BlockKind,
  DayFileReader,
  PartInfo,
  SegmentInfo,
} from '../day-file.ts';
import type { SeriesInterner } from './interner.ts';
import type { ByteLru } from './lru.ts';
import { selectDsids } from './select.ts';
import type { Selector } from './selectors.ts';

/** The canonical labels that are being looked up. */
const canonical = new ByteWriter();

export type Block = SampleBlockReader | HistogramBlockReader;

/** Caches that the files of a thread share. */
export interface ReadCaches {
  blocks: ByteLru<Block>;
  postings: ByteLru<PostingsReader>;
  labels: ByteLru<LabelSegment>;
  selections: ByteLru<Selection>;
}

/** The series of a posting segment that a selector accepts. */
interface Selection {
  /** Ascending; shared, never changed. */
  dsids: Uint32Array;
  bytes: number;
}

/** What a kept selection costs beside its dsids: key and objects. */
const SELECTION_BYTES = 512;

export class FileSource {
  readonly path: string;
  parts: PartInfo[] = [];
  readonly #file: DayFileReader;
  readonly #caches: ReadCaches;
  readonly #interner: SeriesInterner;
  #labelSegments: SegmentInfo[] = [];
  #postingSegments: SegmentInfo[] = [];
  readonly #directories = new Map<string, BlockDirectory>();
  /** The state of the file that the lists above are of. */
  #version = -1;
  /** Interned id + 1 by dsid; 0 = not yet looked up. */
  #ids = new Uint32Array(0);

  constructor(file: DayFileReader, caches: ReadCaches, interner: SeriesInterner) {
    this.path = file.path;
    this.#file = file;
    this.#caches = caches;
    this.#interner = interner;
  }

  /** Fixes what is seen until `end`. */
  begin(): void {
    this.#file.begin();
    const version = this.#file.dataVersion();
    if (version === this.#version) return;
    this.parts = this.#file.parts();
    this.#labelSegments = this.#file.labelSegments();
    this.#postingSegments = this.#file.postingSegments();
    const present = new Set(this.parts.map(({ id }) => id));
    for (const key of this.#directories.keys()) {
      if (!present.has(Number(key.slice(1)))) this.#directories.delete(key);
    }
    const series = seriesOf(this.#labelSegments);
    if (series >= this.#ids.length) {
      const ids = new Uint32Array(series + 1);
      ids.set(this.#ids);
      this.#ids = ids;
    }
    this.#version = version;
  }

  end(): void {
    this.#file.end();
  }

  close(): void {
    this.#file.close();
  }

  /** Number of series of the file. */
  get series(): number {
    return seriesOf(this.#labelSegments);
  }

  /** Ascending dsids of the series that satisfy all matchers. */
  select(selector: Selector, budget: Pick<QueryBudget, 'poll'>): Uint32Array {
    const found = this.#postingSegments.map((info) => this.#selectIn(info, selector, budget));
    if (found.length === 1) return found[0];
    const all = new Uint32Array(found.reduce((sum, dsids) => sum + dsids.length, 0));
    let at = 0;
    for (const dsids of found) {
      all.set(dsids, at);
      at += dsids.length;
    }
    return all;
  }

  #selectIn(info: SegmentInfo, selector: Selector, budget: Pick<QueryBudget, 'poll'>): Uint32Array {
    const key = `${this.#keyOf(info)} ${selector.key}`;
    const selection = this.#caches.selections.get(key, () => {
      const found = selectDsids(this.#postingsOf(info), selector.matchers, budget);
      // A view of a longer list would keep all of it.
      const dsids = found.length === found.buffer.byteLength / 4 ? found : found.slice();
      return { dsids, bytes: dsids.byteLength + SELECTION_BYTES + 2 * key.length };
    });
    return selection.dsids;
  }

  /** The posting segments, in order of their dsids. */
  postings(): PostingsReader[] {
    return this.#postingSegments.map((info) => this.#postingsOf(info));
  }

  #postingsOf(info: SegmentInfo): PostingsReader {
    return this.#caches.postings.get(this.#keyOf(info), () =>
      PostingsReader.open(
        this.#file.postingSegment(info.id),
        `${this.path} posting segment ${info.id}`,
      ),
    );
  }

  /** Names the bytes of a posting segment. */
  #keyOf({ id, first, count }: SegmentInfo): string {
    return `${this.path} ${id} ${first} ${count}`;
  }

  /** Interned id of a series' labels. */
  idOf(dsid: number): number {
    const known = this.#ids[dsid];
    return known > 0 ? known - 1 : this.#intern(dsid);
  }

  #intern(dsid: number): number {
    const segment = this.#labelSegment(dsid);
    canonical.clear();
    segment.canonical(dsid, canonical);
    const id = this.#interner.id(canonical.bytes, 0, canonical.length, () => segment.labels(dsid));
    this.#ids[dsid] = id + 1;
    return id;
  }

  #labelSegment(dsid: number): LabelSegment {
    const segments = this.#labelSegments;
    let low = 0;
    let high = segments.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (segments[middle].first <= dsid) low = middle + 1;
      else high = middle;
    }
    const { first, count } = segments[low - 1];
    return this.#caches.labels.get(`${this.path} ${first} ${count}`, () =>
      LabelSegment.open(this.#file.labelSegment(first), `${this.path} label segment ${first}`),
    );
  }

  /** Keys of a part's blocks. */
  directory(kind: BlockKind, part: number): BlockDirectory {
    const key = `${kind === 'float' ? 'f' : 'h'}${part}`;
    let directory = this.#directories.get(key);
    if (directory === undefined) {
      directory = this.#file.blockDirectory(kind, part);
      this.#directories.set(key, directory);
    }
    return directory;
  }

  block(kind: BlockKind, part: number, first: number): Block {
    return this.#caches.blocks.get(`${this.path} ${kind} ${part} ${first}`, () => {
      const place = `${this.path} part ${part} ${kind} block ${first}`;
      const bytes = this.#file.block(kind, part, first);
      return kind === 'float'
        ? SampleBlockReader.open(bytes, place)
        : HistogramBlockReader.open(bytes, place);
    });
  }

  metadata(): MetricMetadata[] {
    return this.#file.metadata();
  }

  /** JSON arrays of exemplars that may lie in the range. */
  exemplars(minT: number, maxT: number): string[] {
    return this.#file.exemplars(minT, maxT);
  }
}

function seriesOf(segments: readonly SegmentInfo[]): number {
  const last = segments.at(-1);
  return last === undefined ? 0 : last.first + last.count - 1;
}

/** The blocks of one kind in one part, read in ascending order of dsids. */
export class PartBlocks {
  readonly #file: FileSource;
  readonly #kind: BlockKind;
  readonly #part: number;
  readonly #directory: BlockDirectory;
  readonly #budget: QueryBudget;
  /** Where in the directory the last read was. */
  #at = 0;
  #block: Block | undefined;

  constructor(file: FileSource, kind: BlockKind, part: number, budget: QueryBudget) {
    this.#file = file;
    this.#kind = kind;
    this.#part = part;
    this.#directory = file.directory(kind, part);
    this.#budget = budget;
  }

  get isEmpty(): boolean {
    return this.#directory.first.length === 0;
  }

  /** Appends the rows of a series within [minT, maxT]. */
  append(dsid: number, into: SampleBuffer, minT: number, maxT: number): void {
    const { first, last } = this.#directory;
    let at = this.#at;
    if (!(first[at] <= dsid && dsid <= last[at])) {
      at = blockAtOrBefore(first, dsid);
      if (at < 0 || dsid > last[at]) return;
      if (at !== this.#at) this.#block = undefined;
      this.#at = at;
    }
    if (this.#block === undefined) {
      this.#budget.poll();
      this.#block = this.#file.block(this.#kind, this.#part, first[at]);
    }
    const run = this.#block.find(dsid);
    if (run >= 0) this.#block.read(run, into, minT, maxT);
  }
}

function blockAtOrBefore(first: Uint32Array, dsid: number): number {
  let low = 0;
  let high = first.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (first[middle] <= dsid) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
