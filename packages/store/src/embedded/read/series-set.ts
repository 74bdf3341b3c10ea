/**
 * The series of one selection, joined over files and head, and their samples.
 *
 * Model: series are numbered in order of the file with the first of them, so that reading in ascending order touches each block once. Sources
 * (parts of all files, head segments) are put in order of their sequence once; reading a series lets each append what it has.
 *
 * Invariants: of equal times the source with the higher sequence wins; a part wins over the head segment whose rows it has.
 */
import type { Labels } from '../../labels.ts';
import type { QueryBudget, SampleBuffer, SeriesSet } from '../../querier.ts';
import type { SegmentSnapshot } from '../segments.ts';
import { mergeAppended } from './buffer-merge.ts';
import { type FileSource, PartBlocks } from './file-source.ts';
import type { HeadSource } from './head-source.ts';
import type { SeriesInterner } from './interner.ts';
import { type Numbering, numberSeries } from './numbering.ts';

interface FileSelection {
  file: FileSource;
  dsids: Uint32Array;
}

interface HeadSelection {
  head: HeadSource;
  pinned: readonly SegmentSnapshot[];
  sids: readonly number[];
}

interface Source {
  /** Sequence, and 1 for parts: they come after the head segment of the same sequence. */
  sequence: number;
  rank: number;
  /** The source's own number of a series, by index in the set; 0 or nothing when it does not have the series. */
  numbers: ArrayLike<number>;
  /** Appends the rows of the series with that number. */
  append(number: number, into: SampleBuffer): void;
}

const POLL_SERIES = 256;
/** What a selected series costs here: id, place per source, index. */
const SERIES_BYTES = 64;

export class JoinedSeries implements SeriesSet {
  readonly #numbering: Numbering;
  readonly #interner: SeriesInterner;
  readonly #budget: QueryBudget;
  readonly #minT: number;
  readonly #maxT: number;
  readonly #sources: Source[] = [];
  #reads = 0;

  constructor(
    files: readonly FileSelection[],
    heads: HeadSelection,
    interner: SeriesInterner,
    budget: QueryBudget,
    minT: number,
    maxT: number,
  ) {
    this.#interner = interner;
    this.#budget = budget;
    this.#minT = minT;
    this.#maxT = maxT;
    const { head, sids } = heads;
    const ofFiles = files.map(({ file, dsids }) => ({
      numbers: dsids,
      idOf: (dsid: number) => file.idOf(dsid),
    }));
    const ofHead = { numbers: sids, idOf: (sid: number) => head.idOf(sid, interner) };
    this.#numbering = numberSeries([...ofFiles, ofHead], interner, budget);
    budget.addBytes(this.#numbering.length * SERIES_BYTES);
    const { numbers } = this.#numbering;
    for (const [i, { file }] of files.entries()) this.#addFile(file, numbers[i] ?? []);
    this.#addHead(heads, numbers[files.length] ?? []);
    this.#sources.sort((a, b) => a.sequence - b.sequence || a.rank - b.rank);
  }

  #addFile(file: FileSource, numbers: ArrayLike<number>): void {
    if (numbers.length === 0) return;
    for (const part of file.parts) {
      if (part.tMax < this.#minT || part.tMin > this.#maxT) continue;
      for (const kind of ['float', 'histogram'] as const) {
        const blocks = new PartBlocks(file, kind, part.id, this.#budget);
        if (blocks.isEmpty) continue;
        this.#sources.push({
          sequence: part.seqHi,
          rank: 1,
          numbers,
          append: (dsid, into) => blocks.append(dsid, into, this.#minT, this.#maxT),
        });
      }
    }
  }

  #addHead({ head, pinned }: HeadSelection, numbers: ArrayLike<number>): void {
    if (numbers.length === 0) return;
    for (const segment of pinned) {
      this.#sources.push({
        sequence: segment.number,
        rank: 0,
        numbers,
        append: (sid, into) => head.append(sid, segment, into, this.#minT, this.#maxT),
      });
    }
  }

  get length(): number {
    return this.#numbering.length;
  }

  labels(index: number): Labels {
    return this.#interner.labels(this.#numbering.idAt(index));
  }

  read(index: number, into: SampleBuffer): void {
    if (this.#reads++ % POLL_SERIES === 0) this.#budget.poll();
    into.clear();
    for (const source of this.#sources) {
      const number = index < source.numbers.length ? source.numbers[index] : 0;
      if (number === 0) continue;
      const start = into.n;
      source.append(number, into);
      if (into.n > start) mergeAppended(into, start);
    }
    this.#budget.addSamples(into.n);
  }
}
