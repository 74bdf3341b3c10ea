/**
 * Seals a file whose time is over: one part, one posting segment, no write-ahead log, read as it is from then on.
 *
 * Model: the content is written to a new generation under a temporary name, in steps, then renamed; the main thread takes the old
 * file off its list and deletes it when no snapshot names it. The new file records which one it replaces (`replaces`), so
 * that a crash between the rename and the deletion is finished by the next maintenance.
 *
 * Invariant: when rows arrived in the old file meanwhile, the attempt is given up and repeated later.
 */
import { renameSync, rmSync } from 'node:fs';
import type { SeriesView } from '../series.ts';
import { DayWriter } from './day-writer.ts';
import { emptyTotals, PartBlocks } from './flusher.ts';
import { partsOf, walkSeries } from './merge.ts';

const STEP_SERIES = 2000;

/** Copies `from` into a sealed file at `path`; returns whether it was done. */
export function* sealFile(
  from: DayWriter,
  path: string,
  replaces: string,
  view: SeriesView,
): Generator<void, boolean> {
  const temporary = `${path}.tmp`;
  for (const suffix of ['', '-wal', '-shm']) rmSync(temporary + suffix, { force: true });
  const flushedSeq = from.flushedSeq;
  const to = new DayWriter(temporary, view, from.seed);
  try {
    yield* copyParts(from, to);
    to.copySmallTables(from.path);
    to.setMeta('flushed_seq', flushedSeq);
    to.setMeta('sealed', 1);
    to.setText('replaces', replaces);
    to.finish();
  } finally {
    to.close();
  }
  if (from.flushedSeq !== flushedSeq) {
    rmSync(temporary, { force: true });
    return false;
  }
  renameSync(temporary, path);
  return true;
}

function* copyParts(from: DayWriter, to: DayWriter): Generator<void> {
  const sources = partsOf(from.db);
  if (sources.length === 0) return;
  const part = to.nextPart();
  const totals = emptyTotals();
  const blocks = new PartBlocks(to, part, totals);
  const walk = walkSeries(from.db, from.path, sources);
  for (let done = false; !done; ) {
    to.transaction(() => {
      for (let i = 0; i < STEP_SERIES; i++) {
        const next = walk.next();
        if (next.done === true) {
          done = true;
          blocks.finish();
          return;
        }
        blocks.add(next.value.dsid, next.value.rows, next.value.side.bytes);
      }
    });
    to.checkpoint();
    yield;
  }
  to.transaction(() => {
    to.addPart(
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
