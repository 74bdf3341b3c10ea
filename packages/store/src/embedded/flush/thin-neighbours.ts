/**
 * Which traces of other files bear on what retention keeps of one: a trace may go on over midnight, and come late.
 *
 * Model: of the files whose time ends or begins within REACH_MS of this one's, the blocks near it are looked at: in full files for spans that
 * match a class, in files of classes for all traces. So a trace is kept on both days by what one of them shows.
 *
 * Invariant: a file that cannot be read is left out; what it would have shown is lost with it.
 */
import { existsSync } from 'node:fs';
import { type PartitionFile, parseFileName } from '../partition.ts';
import { RecordFileReader } from '../records/record-file.ts';
import type { ClassChoice } from './class-choice.ts';
import type { FileRef } from './messages.ts';
import type { RecordWriter } from './record-writer.ts';
import type { Writers } from './writers.ts';

/** Traces seldom last for longer. */
const REACH_MS = 3_600_000;

/** Shows `choice` the blocks of other `files` that bear on `ref`, step by step. */
export function* prepareNeighbours(
  writers: Writers<RecordWriter>,
  ref: FileRef,
  { partition: { startMs, endMs } }: PartitionFile,
  files: readonly FileRef[],
  choice: ClassChoice,
): Generator<void> {
  const [from, to] = [startMs - REACH_MS, endMs + REACH_MS];
  for (const other of files) {
    if (other.tenant !== ref.tenant || other.signal !== ref.signal) continue;
    const file = parseFileName(other.fileName);
    if (file === null || other.fileName === ref.fileName || writers.isDamaged(other)) continue;
    const isNear = file.partition.endMs > from && file.partition.startMs < to;
    if (!isNear || !existsSync(writers.pathOf(other))) continue;
    try {
      yield* prepareFrom(writers.pathOf(other), file.retentionClass, from, to, choice);
    } catch (error) {
      if (!writers.foundDamaged(other, error)) throw error;
    }
  }
}

function* prepareFrom(
  path: string,
  keptBy: string,
  from: number,
  to: number,
  choice: ClassChoice,
): Generator<void> {
  const reader = new RecordFileReader(path, 'spans');
  try {
    for (const { id } of reader.blocks(from, to)) {
      choice.prepare(reader.block(id), keptBy);
      yield;
    }
  } finally {
    reader.close();
  }
}
