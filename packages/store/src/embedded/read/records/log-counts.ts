/**
 * Counts of log records by stream, severity and interval.
 *
 * Model: every source (a block, a head segment) is counted by itself from its columns. Records that are in two sources can only be of
 * streams whose times overlap in both (log-overlaps.ts): those stretches are looked at once more and what is there twice is taken off.
 * Sizes are means of bodies in some of the blocks.
 */
import type { LogCount, LogRequest } from '../../../records.ts';
import type { RecordInputs } from './inputs.ts';
import { BlockLogs } from './log-block-source.ts';
import { LogFilter } from './log-filter.ts';
import { HeadLogs } from './log-head.ts';
import { LogOverlaps } from './log-overlaps.ts';
import { type RunSource, withoutRepeats } from './log-run.ts';
import { sortByTime } from './time-order.ts';
import { waitingBlocks } from './waiting-blocks.ts';

const TWO_32 = 2 ** 32;
const NS_PER_MS = 1e6;
const SEVERITIES = 25;
/** Sources whose texts are read for sizes. */
const SIZED_SOURCES = 16;
const SIZED_ROWS = 1024;
const COUNT_BYTES = 4;

export function countLogs(
  inputs: RecordInputs,
  request: LogRequest,
  intervalMs: number,
  sizes: boolean,
): LogCount[] {
  return new LogCounter(inputs, request, intervalMs, sizes).count();
}

interface Sizes {
  rows: number;
  bytes: number;
}

class LogCounter {
  readonly #inputs: RecordInputs;
  readonly #request: LogRequest;
  readonly #filter: LogFilter;
  readonly #intervalNs: number;
  readonly #intervals: number;
  readonly #sizes: boolean;
  /** By stream, by severity. */
  readonly #counts = new Map<number, (Uint32Array | undefined)[]>();
  readonly #sized = new Map<number, Sizes>();
  #sizedSources = 0;

  constructor(inputs: RecordInputs, request: LogRequest, intervalMs: number, sizes: boolean) {
    const { from, to } = request;
    this.#inputs = inputs;
    this.#request = request;
    this.#filter = new LogFilter(request, inputs);
    this.#intervalNs = Math.max(1, intervalMs * NS_PER_MS);
    const range = (to.hi - from.hi) * TWO_32 + (to.lo - from.lo);
    this.#intervals = Math.max(1, Math.ceil(range / this.#intervalNs));
    this.#sizes = sizes;
  }

  count(): LogCount[] {
    const filter = this.#filter;
    if (filter.isEmpty) return [];
    const { budget } = this.#request;
    const overlaps = new LogOverlaps();
    for (const { file, info, wanted } of waitingBlocks(this.#inputs, filter, false)) {
      budget.poll();
      budget.addSamples(info.rows);
      const cached = file.block(info.id);
      const rows = filter.rows(cached, wanted);
      if (rows === null) continue;
      const source = new BlockLogs(file, info.id, cached);
      this.#add(source, rows, overlaps);
    }
    for (const head of this.#inputs.head) {
      budget.poll();
      budget.addSamples(head.rows);
      const source = new HeadLogs(head);
      this.#add(source, source.rows(filter), overlaps);
    }
    overlaps.forEachRepeat(budget, (source, row) => this.#note(source, row, -1));
    return this.#finish();
  }

  #add(source: RunSource, rows: Uint32Array, overlaps: LogOverlaps): void {
    const counted = isOrdered(rows, source)
      ? rows
      : withoutRepeats(sortByTime(rows, source.lo, source.hi), source);
    if (counted.length === 0) return;
    for (const row of counted) this.#note(source, row, 1);
    overlaps.add(source, counted);
    if (this.#sizes) this.#measure(source, counted);
  }

  #note(source: RunSource, row: number, by: number): void {
    const stream = source.stream(row);
    const severity = source.severity(row);
    let ofStream = this.#counts.get(stream);
    if (ofStream === undefined) {
      ofStream = new Array<Uint32Array | undefined>(SEVERITIES).fill(undefined);
      this.#counts.set(stream, ofStream);
    }
    let counts = ofStream[severity];
    if (counts === undefined) {
      this.#request.budget.addBytes(this.#intervals * COUNT_BYTES);
      counts = new Uint32Array(this.#intervals);
      ofStream[severity] = counts;
    }
    const { from } = this.#request;
    const since = (source.hi[row] - from.hi) * TWO_32 + (source.lo[row] - from.lo);
    counts[Math.floor(since / this.#intervalNs)] += by;
  }

  /** Measures the bodies of some rows if the source has a stream of which none was measured. */
  #measure(source: RunSource, rows: Uint32Array): void {
    if (this.#sizedSources >= SIZED_SOURCES) return;
    const unknown = rows.find((row) => !this.#sized.has(source.stream(row)));
    if (unknown === undefined) return;
    this.#sizedSources++;
    const step = Math.max(1, Math.floor(rows.length / SIZED_ROWS));
    const texts = source.texts();
    for (let i = 0; i < rows.length; i += step) {
      const stream = source.stream(rows[i]);
      const sizes = this.#sized.get(stream) ?? { rows: 0, bytes: 0 };
      sizes.rows++;
      sizes.bytes += texts.bodyBytes(rows[i]);
      this.#sized.set(stream, sizes);
    }
  }

  #finish(): LogCount[] {
    let rows = 0;
    let bytes = 0;
    for (const sizes of this.#sized.values()) {
      rows += sizes.rows;
      bytes += sizes.bytes;
    }
    const mean = rows === 0 ? 0 : bytes / rows;
    const found: LogCount[] = [];
    for (const [stream, ofStream] of this.#counts) {
      const sizes = this.#sized.get(stream);
      const bodyBytes = sizes === undefined ? mean : sizes.bytes / sizes.rows;
      for (const [severity, records] of ofStream.entries()) {
        if (records === undefined) continue;
        found.push({ stream: this.#inputs.labels(stream), severity, records, bodyBytes });
      }
    }
    return found;
  }
}

/** Whether rows of a stream lie together with ascending times, none twice: then no two of them are the same. */
function isOrdered(rows: Uint32Array, source: RunSource): boolean {
  const { lo, hi } = source;
  let stream = rows.length === 0 ? 0 : source.stream(rows[0]);
  const seen = new Set([stream]);
  for (let i = 1; i < rows.length; i++) {
    const row = rows[i];
    const next = source.stream(row);
    if (next !== stream) {
      if (seen.has(next)) return false;
      seen.add(next);
      stream = next;
      continue;
    }
    const before = rows[i - 1];
    if (hi[row] < hi[before] || (hi[row] === hi[before] && lo[row] <= lo[before])) return false;
  }
  return true;
}
