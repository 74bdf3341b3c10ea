/**
 * Merges flushes of one file of records, so that small flushes end in full blocks and a trace is looked up in few indexes.
 *
 * Model: a *run* is the blocks of one flush. Eight neighbours that are small are read back and written as one run of full blocks (a
 * *rewrite*). Runs of full blocks would gain nothing from that: of spans only their trace indexes become one (a *join*), their blocks
 * stay as they are. The result has the number of its latest run. Every record is rewritten about once, and rarely twice.
 *
 * Invariants: only runs below the lowest head segment that a snapshot may pin are merged, because readers leave out the run of a segment
 * that they see in the head; runs are neighbours, so the order of writing is kept; all of a merge is one transaction.
 */
import { compareRanges } from '@sightline/wire';
import type { RecordSignal } from '../../records.ts';
import { MAX_BLOCK_ROWS } from '../records/block-format.ts';
import { PIECE_FACTOR, RecordFileReader, type RecordFileWriter } from '../records/record-file.ts';
import { joinChunks } from '../records/trace-index.ts';
import { orderRecords } from './record-order.ts';
import { firstRows, ReadRows } from './record-read.ts';
import { encodeBlocks, type RecordRows } from './record-rows.ts';

/** Runs of similar size that are merged at once. */
const FAN_OUT = 8;
/** Runs of so many records stay as they are. */
const SMALL_ROWS = MAX_BLOCK_ROWS / 2;
const LEVEL_ROWS = [256, 2048, SMALL_ROWS] as const;
/** Blocks that a rewrite reads: it has all of their records in memory. */
const MAX_REWRITTEN_BLOCKS = 12;
/** Spans whose trace indexes are joined: a join has all of their traces in memory. */
const MAX_JOINED_ROWS = 2_000_000;
const JOIN_FACTOR = 8;
const SPAN_ID_END = 24;

export interface RecordRun {
  flush: number;
  blocks: number;
  rows: number;
}

/** The runs of a file whose flushes are below `belowSeq`, in their order. */
export function runsOf(file: RecordFileWriter, belowSeq: number): RecordRun[] {
  const rows = file.db
    .prepare(
      'SELECT flush, count(*) AS blocks, sum(rows) AS rows FROM block WHERE flush < ? GROUP BY flush ORDER BY flush',
    )
    .all(Math.min(belowSeq, Number.MAX_SAFE_INTEGER));
  return rows.map(({ flush, blocks, rows }) => ({
    flush: Number(flush),
    blocks: Number(blocks),
    rows: Number(rows),
  }));
}

/** The first runs that are worth a rewrite, or none; of a file that is `finished` fewer are enough. */
export function chooseRewrite(runs: readonly RecordRun[], finished: boolean): RecordRun[] {
  for (const rows of LEVEL_ROWS) {
    const isSmall = (run: RecordRun): boolean => run.rows < rows && run.blocks <= 2;
    for (const found of neighbours(runs, FAN_OUT, FAN_OUT, isSmall)) {
      if (blocksOf(found) <= MAX_REWRITTEN_BLOCKS) return found;
    }
  }
  if (!finished) return [];
  const isSmall = (run: RecordRun): boolean => run.rows < SMALL_ROWS && run.blocks === 1;
  return [...neighbours(runs, 2, FAN_OUT, isSmall)][0] ?? [];
}

/** The first runs of spans whose trace indexes are worth joining, or none. */
export function chooseJoin(runs: readonly RecordRun[], finished: boolean): RecordRun[] {
  for (let rows = MAX_BLOCK_ROWS; rows < MAX_JOINED_ROWS; rows *= JOIN_FACTOR) {
    for (const found of neighbours(runs, FAN_OUT, FAN_OUT, (run) => run.rows < rows)) {
      if (rowsOf(found) <= MAX_JOINED_ROWS) return found;
    }
  }
  if (!finished) return [];
  const joined: RecordRun[] = [];
  for (const run of runs) {
    if (rowsOf(joined) + run.rows <= MAX_JOINED_ROWS) joined.push(run);
    else if (joined.length > 1) return joined;
    else joined.splice(0, 1, run);
  }
  return joined.length > 1 ? joined : [];
}

/** Groups of `least` to `most` neighbours that all fit. */
function* neighbours(
  runs: readonly RecordRun[],
  least: number,
  most: number,
  fits: (run: RecordRun) => boolean,
): Generator<RecordRun[]> {
  for (let from = 0; from < runs.length; ) {
    let to = from;
    while (to < runs.length && to - from < most && fits(runs[to])) to++;
    if (to - from >= least) yield runs.slice(from, to);
    from = Math.max(to, from + 1);
  }
}

function rowsOf(runs: readonly RecordRun[]): number {
  return runs.reduce((sum, { rows }) => sum + rows, 0);
}

function blocksOf(runs: readonly RecordRun[]): number {
  return runs.reduce((sum, { blocks }) => sum + blocks, 0);
}

/** Writes the records of some runs as one. Spans that were written again, before or after a restart, stay once. */
export function rewriteRuns(
  file: RecordFileWriter,
  signal: RecordSignal,
  runs: readonly RecordRun[],
): void {
  const old = blockIds(file, runs);
  const rows = readBlocks(file.path, signal, old, rowsOf(runs));
  const all = firstRows(rows.n);
  let order = orderRecords(rows, all, rows.stream);
  if (signal === 'spans') order = withoutRepeats(rows, order);
  const lost = (why: unknown): never => {
    throw why;
  };
  file.transaction(() => {
    deleteTraces(file, runs);
    const blocks = encodeBlocks(rows, all, order, rows.stream, lost);
    file.addBlocks(lastFlush(runs), blocks, () => {});
    deleteBlocks(file, old);
    file.merged();
  });
}

/** Makes one trace index of those of some runs, and the runs one. */
export function joinRuns(file: RecordFileWriter, runs: readonly RecordRun[]): void {
  const ids = blockIds(file, runs);
  const reader = new RecordFileReader(file.path, 'spans');
  try {
    const base = Math.min(...ids);
    const parts = runs.flatMap(({ flush }) => reader.traceEntries(flush));
    file.transaction(() => {
      deleteTraces(file, runs);
      file.addTraces(lastFlush(runs), base, joinChunks(parts, base));
      const relabel = file.db.prepare('UPDATE block SET flush = ? WHERE flush = ?');
      for (const { flush } of runs) relabel.run(lastFlush(runs), flush);
      file.merged();
    });
  } finally {
    reader.close();
  }
}

function lastFlush(runs: readonly RecordRun[]): number {
  return Math.max(...runs.map(({ flush }) => flush));
}

function blockIds(file: RecordFileWriter, runs: readonly RecordRun[]): number[] {
  const find = file.db.prepare('SELECT id FROM block WHERE flush = ? ORDER BY id');
  return runs.flatMap(({ flush }) => find.all(flush).map(({ id }) => Number(id)));
}

function readBlocks(
  path: string,
  signal: RecordSignal,
  ids: readonly number[],
  count: number,
): ReadRows {
  const rows = new ReadRows(signal, count);
  const reader = new RecordFileReader(path, signal);
  try {
    for (const id of ids) {
      const block = reader.block(id);
      rows.add(block, firstRows(block.rows));
    }
  } finally {
    reader.close();
  }
  return rows;
}

function deleteBlocks(file: RecordFileWriter, ids: readonly number[]): void {
  const { db } = file;
  const pieces = db.prepare('DELETE FROM piece WHERE id >= ? AND id < ?');
  const filter = db.prepare('DELETE FROM filter WHERE id >= ? AND id < ?');
  const summary = db.prepare('DELETE FROM summary WHERE id = ?');
  const directory = db.prepare('DELETE FROM directory WHERE id = ?');
  const block = db.prepare('DELETE FROM block WHERE id = ?');
  for (const id of ids) {
    pieces.run(id * PIECE_FACTOR, (id + 1) * PIECE_FACTOR);
    filter.run(id * PIECE_FACTOR, (id + 1) * PIECE_FACTOR);
    summary.run(id);
    directory.run(id);
    block.run(id);
  }
}

function deleteTraces(file: RecordFileWriter, runs: readonly RecordRun[]): void {
  const traces = file.db.prepare('DELETE FROM trace_chunk WHERE flush = ?');
  for (const { flush } of runs) traces.run(flush);
}

/** Of neighbours with the same trace and span id the last is kept: it was written last. */
function withoutRepeats({ at, side }: RecordRows, order: Uint32Array): Uint32Array {
  const isSame = (a: number, b: number): boolean =>
    compareRanges(side, at[a], at[a] + SPAN_ID_END, side, at[b], at[b] + SPAN_ID_END) === 0;
  return order.filter((row, i) => i + 1 === order.length || !isSame(row, order[i + 1]));
}
