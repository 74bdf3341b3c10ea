/**
 * What the flush thread does between flushes: merges parts, seals files whose time is over.
 *
 * Model: a generator that yields after every small step, so that a flush never waits long; one file at a time, newest last.
 */
import { type PartitionFile, parseFileName, partitionFileName } from '../partition.ts';
import type { SeriesView } from '../series.ts';
import type { DayWriter } from './day-writer.ts';
import { chooseMerge, mergeParts, partsOf } from './merge.ts';
import type { FileRef, FlushReply, FlushRequest } from './messages.ts';
import { sealFile } from './seal.ts';
import type { Writers } from './writers.ts';

export function* maintain(
  writers: Writers<DayWriter>,
  view: SeriesView,
  request: Extract<FlushRequest, { type: 'maintain' }>,
  reply: (message: FlushReply) => void,
): Generator<void> {
  for (const ref of request.files) {
    if (ref.signal !== 'metrics') continue;
    if (writers.isDamaged(ref)) continue;
    try {
      yield* maintainFile(writers, view, ref, request, reply);
    } catch (error) {
      if (!writers.foundDamaged(ref, error)) throw error;
    }
  }
}

function* maintainFile(
  writers: Writers<DayWriter>,
  view: SeriesView,
  ref: FileRef,
  request: Extract<FlushRequest, { type: 'maintain' }>,
  reply: (message: FlushReply) => void,
): Generator<void> {
  const file = parseFileName(ref.fileName);
  if (file === null || writers.isSealed(ref)) {
    yield* finishReplacement(writers, ref, request.files, reply);
  } else if (file.partition.endMs + request.sealAfterMs < request.nowMs) {
    yield* seal(writers, view, ref, file, reply);
  } else yield* merge(writers, ref, reply);
}

function* merge(
  writers: Writers<DayWriter>,
  ref: FileRef,
  reply: (message: FlushReply) => void,
): Generator<void> {
  while (true) {
    const writer = writers.open(ref);
    const sources = chooseMerge(partsOf(writer.db));
    if (sources.length === 0) return;
    const began = performance.now();
    yield* mergeParts(writer, sources);
    writer.checkpoint();
    reply({ type: 'merged', merges: 1, tookMs: performance.now() - began });
    yield;
  }
}

function* seal(
  writers: Writers<DayWriter>,
  view: SeriesView,
  ref: FileRef,
  file: PartitionFile,
  reply: (message: FlushReply) => void,
): Generator<void> {
  const by = { ...ref, fileName: partitionFileName(file.partition, file.generation + 1) };
  const done = yield* sealFile(writers.open(ref), writers.pathOf(by), ref.fileName, view);
  if (!done) return;
  writers.replaced(ref, by);
  reply({ type: 'sealed', replaced: ref, by });
}

/** A crash may have come between a sealed file's rename and the deletion of the one it replaces. */
function* finishReplacement(
  writers: Writers<DayWriter>,
  ref: FileRef,
  files: readonly FileRef[],
  reply: (message: FlushReply) => void,
): Generator<void> {
  const replaced = writers.replacedBy(ref);
  const remains = files.find(
    ({ signal, tenant, fileName }) =>
      signal === ref.signal && tenant === ref.tenant && fileName === replaced,
  );
  if (remains !== undefined) reply({ type: 'sealed', replaced: remains, by: ref });
  yield;
}
