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
  /** Appends the rows of series `index`. */
  append(index: number, into: SampleBuffer): void;
}

const POLL_SERIES = 256;
/** What a selected series costs here: id, place per source, index. */
const SERIES_BYTES = 64;

export class JoinedSeries implements SeriesSet {
  readonly #ids: number[] = [];
  readonly #interner: SeriesInterner;
  readonly #budget: QueryBudget;
  readonly #minT: number;
  readonly #maxT: number;
  readonly #sources: Source[] = [];
  #reads = 0;

  constructor(
    files: readonly FileSelection[],
    head: HeadSelection,
    interner: SeriesInterner,
    budget: QueryBudget,
    minT: number,
    maxT: number,
  ) {
    this.#interner = interner;
    this.#budget = budget;
    this.#minT = minT;
    this.#maxT = maxT;
    try {
      for (const selection of files) this.#addFile(selection);
      this.#addHead(head);
    } finally {
      const { places } = interner;
      for (const id of this.#ids) places[id] = 0;
    }
    budget.addBytes(this.#ids.length * SERIES_BYTES);
    this.#sources.sort((a, b) => a.sequence - b.sequence || a.rank - b.rank);
  }

  /** Index of the series with this id; a new one when no source had it before. */
  #indexOf(id: number): number {
    const { places } = this.#interner;
    const known = places[id];
    if (known > 0) return known - 1;
    this.#ids.push(id);
    places[id] = this.#ids.length;
    return this.#ids.length - 1;
  }

  #addFile({ file, dsids }: FileSelection): void {
    if (dsids.length === 0) return;
    const byIndex = new Places();
    for (let i = 0; i < dsids.length; i++) {
      if (i % POLL_SERIES === 0) this.#budget.poll();
      byIndex.set(this.#indexOf(file.idOf(dsids[i])), dsids[i]);
    }
    for (const part of file.parts) {
      if (part.tMax < this.#minT || part.tMin > this.#maxT) continue;
      for (const kind of ['float', 'histogram'] as const) {
        const blocks = new PartBlocks(file, kind, part.id, this.#budget);
        if (blocks.isEmpty) continue;
        this.#sources.push({
          sequence: part.seqHi,
          rank: 1,
          append: (index, into) => {
            const dsid = byIndex.get(index);
            if (dsid !== 0) blocks.append(dsid, into, this.#minT, this.#maxT);
          },
        });
      }
    }
  }

  #addHead({ head, pinned, sids }: HeadSelection): void {
    if (sids.length === 0) return;
    const byIndex = new Places();
    sids.forEach((sid, i) => {
      if (i % POLL_SERIES === 0) this.#budget.poll();
      byIndex.set(this.#indexOf(head.idOf(sid, this.#interner)), sid);
    });
    for (const segment of pinned) {
      this.#sources.push({
        sequence: segment.number,
        rank: 0,
        append: (index, into) => {
          const sid = byIndex.get(index);
          if (sid !== 0) head.append(sid, segment, into, this.#minT, this.#maxT);
        },
      });
    }
  }

  get length(): number {
    return this.#ids.length;
  }

  labels(index: number): Labels {
    return this.#interner.labels(this.#ids[index]);
  }

  read(index: number, into: SampleBuffer): void {
    if (this.#reads++ % POLL_SERIES === 0) this.#budget.poll();
    into.clear();
    for (const source of this.#sources) {
      const start = into.n;
      source.append(index, into);
      if (into.n > start) mergeAppended(into, start);
    }
    this.#budget.addSamples(into.n);
  }
}

/** A source's own number of a series, by index in the set; 0 when it does not have the series. */
class Places {
  #numbers = new Uint32Array(64);

  set(index: number, number: number): void {
    if (index >= this.#numbers.length) {
      const numbers = new Uint32Array(Math.max(index + 1, this.#numbers.length * 2));
      numbers.set(this.#numbers);
      this.#numbers = numbers;
    }
    this.#numbers[index] = number;
  }

  get(index: number): number {
    return index < this.#numbers.length ? this.#numbers[index] : 0;
  }
}
