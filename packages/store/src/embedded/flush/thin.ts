/**
 * Copies what retention classes keep of a file that is over into a file per class.
 *
 * Model: the file is read block by block, each record goes to the class that keeps it (class-choice.ts) and is encoded again. The new
 * files are written under temporary names and renamed when all are done; then the main thread takes them in place of the old
 * one. A class that keeps a share of all has the `weight` of its records in the file, so that counts can stay unbiased.
 *
 * Invariants: a file that was written to meanwhile is left for the next time. A class's file tells which one it was made from
 * (`replaces`) and counts from the deletion of that one on: until then it is made anew after a crash (catalog.ts). Flushes of a class's
 * file are numbered below zero: they never are those of a head segment.
 */
import { existsSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import type { RecordSignal } from '../../records.ts';
import { type PartitionFile, parseFileName, partitionFileName } from '../partition.ts';
import { MAX_BLOCK_ROWS } from '../records/block-format.ts';
import type { RecordBlockReader } from '../records/block-reader.ts';
import { RecordFileReader, RecordFileWriter } from '../records/record-file.ts';
import { replacedFile } from '../records/replaced-file.ts';
import type { RecordClass } from '../retention-policy.ts';
import { type ClassChoice, classChoice } from './class-choice.ts';
import type { FileRef, FlushReply } from './messages.ts';
import { chooseJoin, joinRuns, runsOf } from './record-merge.ts';
import { firstRows, ReadRows } from './record-read.ts';
import { encodeBlocks } from './record-rows.ts';
import type { RecordWriter } from './record-writer.ts';
import { syncFolder } from './sync-folder.ts';
import { prepareNeighbours } from './thin-neighbours.ts';
import type { Writers } from './writers.ts';

export interface ThinTask {
  ref: FileRef;
  /** The first that matches keeps a record. */
  classes: readonly RecordClass[];
}

/** Rows and bytes of records that are encoded at once. */
const RUN_ROWS = 4 * MAX_BLOCK_ROWS;
const RUN_BYTES = 32 * 1024 * 1024;
const FIRST_FLUSH = -(2 ** 20);

/** Step by step; answers with `thinned` when it is done and returns the new files. `others` may have spans of the same traces. */
export function* thinFile(
  writers: Writers<RecordWriter>,
  signal: RecordSignal,
  { ref, classes }: ThinTask,
  others: readonly FileRef[],
  belowSeq: number,
  reply: (message: FlushReply) => void,
): Generator<void, FileRef[]> {
  const file = parseFileName(ref.fileName);
  const before = writers.open(ref).file.flushedSeq;
  if (file === null || before >= belowSeq) return [];
  const files = classes.map((each) => new ClassFile(writers, signal, ref, file, each));
  try {
    const choice = classChoice(classes);
    if (signal === 'spans') yield* prepareNeighbours(writers, ref, file, others, choice);
    yield* copyRecords(writers.pathOf(ref), signal, files, choice);
    for (const each of files) yield* each.finish();
    // Rows came in between: the next attempt has them.
    if (writers.open(ref).file.flushedSeq !== before) return [];
    const by = files.flatMap((each) => each.install());
    // Their names are on the disk before the old file's is gone.
    syncFolder(dirname(writers.pathOf(ref)));
    writers.thinned(ref);
    reply({ type: 'thinned', replaced: ref, by });
    return by;
  } finally {
    for (const each of files) each.discard();
  }
}

function* copyRecords(
  path: string,
  signal: RecordSignal,
  files: readonly ClassFile[],
  choice: ClassChoice,
): Generator<void> {
  const reader = new RecordFileReader(path, signal);
  try {
    const streams = reader.streams();
    choice.begin(streams);
    const ids = reader
      .blocks(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY)
      .map(({ id }) => id);
    for (const id of signal === 'spans' ? ids : []) {
      choice.prepare(reader.block(id));
      yield;
    }
    for (const id of ids) {
      const block = reader.block(id);
      const chosen = choice.choose(block);
      for (const [i, file] of files.entries()) file.add(block, rowsOf(chosen, i + 1), streams);
      yield;
    }
  } finally {
    reader.close();
  }
}

function rowsOf(chosen: Uint8Array, choice: number): Uint32Array {
  let n = 0;
  for (let row = 0; row < chosen.length; row++) if (chosen[row] === choice) n++;
  const rows = new Uint32Array(n);
  for (let row = 0, at = 0; at < n; row++) if (chosen[row] === choice) rows[at++] = row;
  return rows;
}

/** The file of one class while it is being made. */
class ClassFile {
  readonly #signal: RecordSignal;
  readonly #ref: FileRef;
  readonly #path: string;
  readonly #replaces: string;
  readonly #class: RecordClass;
  #rows: ReadRows | undefined;
  #file: RecordFileWriter | undefined;
  /** Dense ids in this file by those of the source. */
  readonly #streams = new Map<number, number>();
  #fresh: Uint8Array[] = [];
  #flush = FIRST_FLUSH;

  constructor(
    writers: Writers<RecordWriter>,
    signal: RecordSignal,
    source: FileRef,
    { partition, generation }: PartitionFile,
    retentionClass: RecordClass,
  ) {
    this.#signal = signal;
    this.#class = retentionClass;
    this.#replaces = source.fileName;
    for (let number = generation; ; number++) {
      const fileName = partitionFileName(partition, number, retentionClass.name);
      this.#ref = { ...source, fileName };
      this.#path = writers.pathOf(this.#ref);
      // An attempt before that did not end may have made it, of fewer records.
      if (!existsSync(this.#path) || replacedFile(this.#path) === source.fileName) break;
    }
    this.#removeTemporary();
  }

  /** Adds `rows` of a block. */
  add(block: RecordBlockReader, rows: Uint32Array, streams: readonly Uint8Array[]): void {
    if (rows.length === 0) return;
    this.#rows ??= new ReadRows(this.#signal, RUN_ROWS + MAX_BLOCK_ROWS);
    const from = this.#rows.n;
    this.#rows.add(block, rows);
    for (let row = from; row < this.#rows.n; row++) {
      const { stream } = this.#rows;
      stream[row] = this.#streamId(stream[row], streams);
    }
    if (this.#rows.n >= RUN_ROWS || this.#rows.sideLength >= RUN_BYTES) this.#write();
  }

  /** Writes what is left and leaves a single file without a write-ahead log. */
  *finish(): Generator<void> {
    this.#write();
    const file = this.#file;
    if (file === undefined) return;
    yield;
    for (let runs = this.#joinable(file); runs.length > 0; runs = this.#joinable(file)) {
      joinRuns(file, runs);
      yield;
    }
    file.setMeta('weight', 'share' in this.#class ? 1 / this.#class.share : 1);
    file.setMeta('finished_seq', file.flushedSeq);
    file.db.prepare("INSERT OR REPLACE INTO meta VALUES ('replaces', ?)").run(this.#replaces);
    file.db.exec('PRAGMA incremental_vacuum');
    file.checkpoint();
    file.db.exec('PRAGMA journal_mode=DELETE');
    yield;
  }

  /** Gives the file its name; returns it, or none when the class keeps nothing. */
  install(): FileRef[] {
    if (this.#file === undefined) return [];
    this.#file.close();
    this.#file = undefined;
    renameSync(`${this.#path}.tmp`, this.#path);
    return [this.#ref];
  }

  /** Removes what was not installed. */
  discard(): void {
    this.#file?.close();
    this.#file = undefined;
    this.#removeTemporary();
  }

  #joinable(file: RecordFileWriter): ReturnType<typeof chooseJoin> {
    return this.#signal === 'spans' ? chooseJoin(runsOf(file, 0), true) : [];
  }

  #streamId(id: number, streams: readonly Uint8Array[]): number {
    const known = this.#streams.get(id);
    if (known !== undefined) return known;
    const own = this.#streams.size + 1;
    this.#streams.set(id, own);
    this.#fresh.push(streams[id - 1]);
    return own;
  }

  #write(): void {
    const rows = this.#rows;
    if (rows === undefined || rows.n === 0) return;
    this.#file ??= new RecordFileWriter(`${this.#path}.tmp`);
    const all = firstRows(rows.n);
    const lost = (why: unknown): never => {
      throw why;
    };
    const blocks = encodeBlocks(rows, all, all, rows.stream.subarray(0, rows.n), lost);
    this.#file.flush(this.#flush++, this.#fresh, blocks);
    this.#file.checkpoint();
    this.#fresh = [];
    rows.clear();
  }

  #removeTemporary(): void {
    for (const suffix of ['', '-wal', '-shm', '-journal']) {
      rmSync(`${this.#path}.tmp${suffix}`, { force: true });
    }
  }
}
