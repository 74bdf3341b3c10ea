/**
 * Merges parts of one file: the same rows, longer runs, fewer blocks.
 *
 * Model: parts that follow each other in sequence are walked together in order of their series; rows of one series are
 * concatenated in sequence order, sorted only where they overlap, and of equal times the last written stays. The result is added
 * block by block under a part number that no reader knows yet; the last transaction makes it known and deletes its sources.
 *
 * Invariants: sources are contiguous in sequence, so the sequence rule keeps deciding between the result and every other part;
 * a transaction installs at most `INSTALL_BYTES`; a merge that ends half-way leaves blocks of an unknown part, which `removeOrphans`
 * deletes at the next opening.
 */
import type { DatabaseSync } from 'node:sqlite';
import { type RowColumns, rowColumns } from '../head.ts';
import type { DayWriter } from './day-writer.ts';
import { emptyTotals, PartBlocks, RunTooLongError } from './flusher.ts';
import { PartReader, SideBuffer } from './part-reader.ts';
import { isAscending, sortRows } from './run.ts';

export interface MergeSource {
  id: number;
  level: number;
  seqLo: number;
  seqHi: number;
  samples: number;
}

/** Parts of one level that are merged at once. */
const FAN_OUT = 8;
/** Larger results are left to sealing, so that no merge keeps flushes waiting for long. */
const MAX_MERGED_SAMPLES = 64_000_000;
const INSTALL_BYTES = 8 * 1024 * 1024;
/** Samples per step, about a fifth of a second; between steps other requests are served. */
const STEP_SAMPLES = 2_000_000;
/** Level of parts that cannot be merged. */
const UNMERGEABLE_LEVEL = 1000;

/** The parts of a file in sequence order. */
export function partsOf(db: DatabaseSync): MergeSource[] {
  const rows = db
    .prepare('SELECT id, level, seq_lo, seq_hi, samples FROM part ORDER BY seq_lo, id')
    .all();
  return rows.map((row) => ({
    id: Number(row.id),
    level: Number(row.level),
    seqLo: Number(row.seq_lo),
    seqHi: Number(row.seq_hi),
    samples: Number(row.samples),
  }));
}

/** The first parts that are worth merging, or none: FAN_OUT neighbours of one level. */
export function chooseMerge(parts: readonly MergeSource[]): MergeSource[] {
  for (let from = 0; from + FAN_OUT <= parts.length; from++) {
    const candidates = parts.slice(from, from + FAN_OUT);
    const samples = candidates.reduce((sum, part) => sum + part.samples, 0);
    const { level } = candidates[0];
    const alike = level < UNMERGEABLE_LEVEL && candidates.every((part) => part.level === level);
    if (alike && samples <= MAX_MERGED_SAMPLES) return candidates;
  }
  return [];
}

/**
 * Merges within a file, step by step; the generator yields after each. Parts of which a series would have more rows than one part may
 * hold are left as they are and never chosen again.
 */
export function* mergeParts(
  writer: DayWriter,
  sources: readonly MergeSource[],
  maxRunRows?: number,
): Generator<void> {
  const merging = new PartCopy(writer, writer, sources, maxRunRows);
  try {
    yield* merging.run();
  } catch (error) {
    if (!(error instanceof RunTooLongError)) throw error;
    writer.transaction(() => {
      writer.deletePart(merging.part);
      for (const source of sources) writer.setLevel(source.id, UNMERGEABLE_LEVEL);
    });
    return;
  }
  writer.transaction(() => {
    for (const source of sources) writer.deletePart(source.id);
    merging.install();
  });
}

/** Writes the merged rows of some parts of one file as one part of the same or another file. */
export class PartCopy {
  readonly part: number;
  readonly #to: DayWriter;
  readonly #sources: readonly MergeSource[];
  readonly #totals = emptyTotals();
  readonly #blocks: PartBlocks;
  readonly #walk: Generator<MergedSeries, void>;

  constructor(
    from: DayWriter,
    to: DayWriter,
    sources: readonly MergeSource[],
    maxRunRows?: number,
  ) {
    this.part = to.nextPart();
    this.#to = to;
    this.#sources = sources;
    this.#blocks = new PartBlocks(to, this.part, this.#totals, maxRunRows);
    this.#walk = walkSeries(from.db, from.path, sources);
  }

  /** Adds all blocks, a bounded number per transaction; no reader knows the part before `install`. Throws RunTooLongError. */
  *run(): Generator<void> {
    for (let more = true; more; ) {
      this.#to.transaction(() => {
        more = this.#step();
      });
      if (more) yield;
    }
  }

  /** Makes the part known; within the caller's transaction. */
  install(): void {
    const sources = this.#sources;
    this.#to.addPart(
      this.part,
      {
        level: Math.max(...sources.map(({ level }) => level)) + 1,
        seqLo: Math.min(...sources.map(({ seqLo }) => seqLo)),
        seqHi: Math.max(...sources.map(({ seqHi }) => seqHi)),
      },
      this.#totals,
    );
  }

  /** Returns whether there is more. */
  #step(): boolean {
    const { bytes, samples } = this.#totals;
    while (
      this.#totals.bytes - bytes < INSTALL_BYTES &&
      this.#totals.samples - samples < STEP_SAMPLES
    ) {
      const next = this.#walk.next();
      if (next.done === true) {
        this.#blocks.finish();
        return false;
      }
      this.#blocks.add(next.value.dsid, next.value.rows, next.value.side.bytes);
    }
    return true;
  }
}

export interface MergedSeries {
  dsid: number;
  rows: RowColumns;
  side: SideBuffer;
}

/** Every series of the parts with its merged rows; the yielded object is reused. */
export function* walkSeries(
  db: DatabaseSync,
  path: string,
  sources: readonly MergeSource[],
): Generator<MergedSeries, void> {
  const inOrder = [...sources].sort((a, b) => a.seqLo - b.seqLo || a.id - b.id);
  const readers = inOrder.map(({ id }) => new PartReader(db, path, id));
  const merged: MergedSeries = { dsid: 0, rows: rowColumns(), side: new SideBuffer() };
  while (true) {
    let dsid = Number.POSITIVE_INFINITY;
    for (const reader of readers) dsid = Math.min(dsid, reader.dsid);
    if (dsid === Number.POSITIVE_INFINITY) return;
    merged.dsid = dsid;
    merged.rows.n = 0;
    merged.rows.hasStart = false;
    merged.rows.hasHistograms = false;
    merged.side.length = 0;
    for (const reader of readers) reader.take(dsid, merged.rows, merged.side);
    if (!isAscending(merged.rows)) sortRows(merged.rows);
    yield merged;
  }
}
