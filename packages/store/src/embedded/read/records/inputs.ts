/**
 * What queries of records read: files and pinned head segments of one signal and tenant, with their streams as numbers.
 *
 * Model: a stream is a number of the thread's interner, one for equal label sets of all files and the head. Files are opened when
 * they are asked for, and stay begun until the querier is closed.
 *
 * Invariant: blocks of a file that came from a pinned head segment are not listed: the head has their rows.
 */
import type { Labels } from '../../../labels.ts';
import type { QueryBudget } from '../../../querier.ts';
import type { HeadRecords } from './head-records.ts';
import type { RecordFile } from './record-file.ts';

export interface RecordInputs {
  /** The files whose days meet the range (Unix ms, inclusive), oldest first. */
  files(minMs: number, maxMs: number): RecordFile[];
  /** The times of all files (Unix ms, the end exclusive), newest first, each once. */
  ranges(): { startMs: number; endMs: number }[];
  /** Pinned head segments with rows, oldest first. */
  readonly head: readonly HeadRecords[];
  /** Labels of a stream. */
  labels(stream: number): Labels;
  /** Numbers of the pinned head segments: blocks of files that came from one are skipped. */
  readonly pinned: ReadonlySet<number>;
  readonly budget: QueryBudget;
}
