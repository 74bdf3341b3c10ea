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
import { RunTooLongError } from './flusher.ts';
import { type MergeSource, PartCopy, partsOf } from './merge.ts';

/** Copies `from` into a sealed file at `path`; returns whether it was done. */
export function* sealFile(
  from: DayWriter,
  path: string,
  replaces: string,
  view: SeriesView,
  maxRunRows?: number,
): Generator<void, boolean> {
  const temporary = `${path}.tmp`;
  const flushedSeq = from.flushedSeq;
  try {
    yield* writeSealed(from, temporary, replaces, view, [partsOf(from.db)], maxRunRows);
  } catch (error) {
    if (!(error instanceof RunTooLongError)) throw error;
    // Some series has more rows than one part may hold: the parts stay apart.
    const apart = partsOf(from.db).map((part) => [part]);
    yield* writeSealed(from, temporary, replaces, view, apart, maxRunRows);
  }
  if (from.flushedSeq !== flushedSeq) {
    rmSync(temporary, { force: true });
    return false;
  }
  renameSync(temporary, path);
  return true;
}

/** Writes a sealed file with one part for each group of parts. */
function* writeSealed(
  from: DayWriter,
  path: string,
  replaces: string,
  view: SeriesView,
  groups: readonly (readonly MergeSource[])[],
  maxRunRows?: number,
): Generator<void> {
  for (const suffix of ['', '-wal', '-shm']) rmSync(path + suffix, { force: true });
  const flushedSeq = from.flushedSeq;
  const to = new DayWriter(path, view, from.seed);
  try {
    for (const sources of groups) {
      if (sources.length > 0) yield* copyPart(from, to, sources, maxRunRows);
    }
    to.copySmallTables(from.path);
    to.setMeta('flushed_seq', flushedSeq);
    to.setMeta('sealed', 1);
    to.setText('replaces', replaces);
    to.finish();
  } finally {
    to.close();
  }
}

function* copyPart(
  from: DayWriter,
  to: DayWriter,
  sources: readonly MergeSource[],
  maxRunRows?: number,
): Generator<void> {
  const copy = new PartCopy(from, to, sources, maxRunRows);
  for (const _ of copy.run()) {
    to.checkpoint();
    yield;
  }
  to.transaction(() => copy.install());
  yield;
}
