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
import { emptyTotals, PartBlocks } from './flusher.ts';
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
/** Series per step; between steps other requests are served. */
const STEP_SERIES = 2000;

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
    const sameLevel = candidates.every((part) => part.level === candidates[0].level);
    if (sameLevel && samples <= MAX_MERGED_SAMPLES) return candidates;
  }
  return [];
}

/** Merges within a file, step by step; the generator yields after each. */
export function* mergeParts(writer: DayWriter, sources: readonly MergeSource[]): Generator<void> {
  const part = writer.nextPart();
  const totals = emptyTotals();
  const blocks = new PartBlocks(writer, part, totals);
  const walk = walkSeries(writer.db, writer.path, sources);
  for (let done = false; !done; ) {
    writer.transaction(() => {
      const before = totals.bytes;
      for (let i = 0; i < STEP_SERIES && totals.bytes - before < INSTALL_BYTES; i++) {
        const next = walk.next();
        if (next.done === true) {
          done = true;
          return;
        }
        blocks.add(next.value.dsid, next.value.rows, next.value.side.bytes);
      }
    });
    if (!done) yield;
  }
  writer.transaction(() => {
    blocks.finish();
    for (const source of sources) writer.deletePart(source.id);
    writer.addPart(
      part,
      {
        level: Math.max(...sources.map(({ level }) => level)) + 1,
        seqLo: Math.min(...sources.map(({ seqLo }) => seqLo)),
        seqHi: Math.max(...sources.map(({ seqHi }) => seqHi)),
      },
      totals,
    );
  });
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
