/**
 * What the flush thread does between flushes with files of records: merges (record-merge.ts), finishing those whose time is over, and
 * leaving of those that retention ends what its classes keep (thin.ts).
 *
 * Invariant: nothing is merged of which a journal file may come back after a power cut: its rows would be seen in the head and in a run
 * with another number.
 */
import { readdirSync } from 'node:fs';
import type { RecordSignal } from '../../records.ts';
import { journalNumber } from '../journal-format.ts';
import { parseFileName } from '../partition.ts';
import { PatternError } from '../read/pattern-error.ts';
import type { FileRef, FlushReply, FlushRequest } from './messages.ts';
import { chooseJoin, chooseRewrite, joinRuns, rewriteRuns, runsOf } from './record-merge.ts';
import type { RecordWriter } from './record-writer.ts';
import { syncFolder } from './sync-folder.ts';
import { thinFile } from './thin.ts';
import type { Writers } from './writers.ts';

type Maintain = Extract<FlushRequest, { type: 'maintain' }>;

/** Step by step; between steps other requests are served. */
export function* maintainRecords(
  writers: Writers<RecordWriter>,
  signal: RecordSignal,
  asked: Maintain,
  journalDir: string,
  reply: (message: FlushReply) => void,
): Generator<void> {
  const request = { ...asked, belowSeq: Math.min(asked.belowSeq, firstJournal(journalDir)) };
  for (const ref of request.files) {
    if (ref.signal !== signal || writers.isDamaged(ref) || writers.isFinished(ref)) continue;
    try {
      yield* maintainFile(writers, signal, ref, request, reply);
    } catch (error) {
      if (!writers.foundDamaged(ref, error)) throw error;
    }
  }
  let files = request.files;
  for (const task of request.thin) {
    if (task.ref.signal !== signal || writers.isDamaged(task.ref)) continue;
    try {
      const by = yield* thinFile(writers, signal, task, files, request.belowSeq, reply);
      files = files.concat(by);
    } catch (error) {
      if (error instanceof PatternError) reply({ type: 'damaged', problem: error.message });
      else if (!writers.foundDamaged(task.ref, error)) throw error;
    }
  }
}

/** Number of the first journal file that there may be after a power cut. */
function firstJournal(dir: string): number {
  const numbers = readdirSync(dir).map(journalNumber);
  syncFolder(dir);
  return Math.min(Number.POSITIVE_INFINITY, ...numbers.filter((number) => number > 0));
}

function* maintainFile(
  writers: Writers<RecordWriter>,
  signal: RecordSignal,
  ref: FileRef,
  request: Maintain,
  reply: (message: FlushReply) => void,
): Generator<void> {
  const file = parseFileName(ref.fileName);
  const isOver = file !== null && file.partition.endMs + request.sealAfterMs < request.nowMs;
  while (true) {
    // A request between two steps may have closed it.
    const writer = writers.open(ref);
    const began = performance.now();
    if (writer.isFinished) break;
    if (!mergeOnce(writer, signal, request.belowSeq, isOver)) {
      if (isOver && writer.file.flushedSeq < request.belowSeq) writer.finish();
      break;
    }
    writer.file.checkpoint();
    reply({ type: 'merged', merges: 1, tookMs: performance.now() - began });
    yield;
  }
  if (isOver && writers.open(ref).isFinished) writers.finished(ref);
  yield;
}

/** Returns whether there was anything to merge. */
function mergeOnce(
  { file }: RecordWriter,
  signal: RecordSignal,
  belowSeq: number,
  isOver: boolean,
): boolean {
  const runs = runsOf(file, belowSeq);
  const small = chooseRewrite(runs, isOver);
  if (small.length > 0) {
    rewriteRuns(file, signal, small);
    return true;
  }
  const apart = signal === 'spans' ? chooseJoin(runs, isOver) : [];
  if (apart.length > 0) joinRuns(file, apart);
  return apart.length > 0;
}
