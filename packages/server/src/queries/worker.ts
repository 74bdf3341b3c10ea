/**
 * The body of a query thread: one message in, one answer out.
 *
 * Invariants: expected failures are answers; after an unexpected one the answer carries `fault`, and the pool ends this thread. The body of
 * an answer is transferred, never copied.
 */
import { join } from 'node:path';
import { getHeapStatistics } from 'node:v8';
import { parentPort, workerData } from 'node:worker_threads';
import { CorruptionError, FormatVersionError, symbolCount, WasteCollector } from '@sightline/store';
import { errorAnswer } from './answers.ts';
import { ThreadBudget } from './budget.ts';
import { execute } from './execute.ts';
import { gzipAnswer } from './gzip.ts';
import { emptyQuerier, emptyRecords, type OpenReader, type StoreReader } from './reader.ts';
import type { AnswerMessage, QueryThreadData, RunMessage } from './requests.ts';

const data: QueryThreadData = workerData;
const control = new Int32Array(data.control);
const module: { openReader: OpenReader } = await import(data.readerModule);
const reader: StoreReader = await module.openReader(data.store);
const waste = new WasteCollector();

parentPort?.on('message', (message: RunMessage) => {
  const done = run(message);
  done.answer.body = done.answer.body.map(alone);
  const buffers = done.answer.body.map(({ buffer }) => buffer);
  parentPort?.postMessage(
    done,
    buffers.filter((buffer) => buffer instanceof ArrayBuffer),
  );
  waste.workDone();
});

/** What loading left is given back once, a moment after the first answer: most threads answer a page and then wait until they end. */
parentPort?.once('message', () => {
  setTimeout(
    () => globalThis.gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' }),
    1000,
  );
});

/** A piece that fills most of its buffer travels with it; a small one leaves the buffer here. */
function alone(piece: Uint8Array): Uint8Array {
  return piece.byteLength * 2 > piece.buffer.byteLength ? piece : piece.slice();
}

/** Where the data is on this machine is for the log only. */
function withoutFolder(text: string): string {
  return reader.dir === undefined ? text : text.replaceAll(join(reader.dir, '/'), '');
}

function run(message: RunMessage): AnswerMessage {
  const { snapshot, limits, queuedMs } = message;
  const budget = new ThreadBudget(control, limits.maxSamplesRead, limits.maxBytes, () =>
    waste.working(),
  );
  let fault: string | undefined;
  let answer = errorAnswer('internal', 'the query failed in an unexpected way; the log says more');
  const querier = snapshot === null ? emptyQuerier : reader.querier(snapshot, budget);
  const records = snapshot === null ? emptyRecords : reader.records(snapshot, budget);
  try {
    answer = execute(message.request, {
      querier,
      records,
      budget,
      queuedMs,
      maxSamples: limits.maxSamples,
    });
    answer = gzipAnswer(answer, message.gzipFromBytes);
  } catch (error) {
    if (error instanceof CorruptionError || error instanceof FormatVersionError) {
      fault = `stored data cannot be read: ${error.message}`;
      answer = errorAnswer('internal', withoutFolder(fault));
    } else fault = error instanceof Error ? (error.stack ?? error.message) : String(error);
  } finally {
    querier.close();
    records.close();
  }
  const heapBytes = getHeapStatistics().used_heap_size;
  return { answer, fault, symbols: symbolCount(), heapBytes };
}
