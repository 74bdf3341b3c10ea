/**
 * Counts of log records by group and interval.
 *
 * Model: every source (a block, a head segment) is counted by itself from its columns. Records that are in two sources can only be of
 * streams whose times overlap in both (log-overlaps.ts): those stretches are looked at once more and what is there twice is taken off.
 * Sizes are means of bodies in some of the blocks.
 */
import type { LogCount, LogCountRequest } from '../../../records.ts';
import type { RecordInputs } from './inputs.ts';
import { BlockLogs, HeldBlocks } from './log-block-source.ts';
import { LogFilter } from './log-filter.ts';
import { HeadLogs } from './log-head.ts';
import { LogOverlaps } from './log-overlaps.ts';
import { type RunSource, withoutRepeats } from './log-run.ts';
import { sortByTime } from './time-order.ts';
import { waitingBlocks } from './waiting-blocks.ts';

const TWO_32 = 2 ** 32;
const NS_PER_MS = 1e6;
const SEVERITIES = 256;
/** Sources whose texts are read for sizes, and rows of one. */
const SIZED_SOURCES = 16;
const SIZED_ROWS = 1024;
const COUNT_BYTES = 4;

export function countLogs(inputs: RecordInputs, request: LogCountRequest): LogCount[] {
  return new LogCounter(inputs, request).count();
}

interface Group {
  number: number;
  records: Uint32Array;
  sizedRows: number;
  sizedBytes: number;
}

class LogCounter {
  readonly #inputs: RecordInputs;
  readonly #request: LogCountRequest;
  readonly #filter: LogFilter;
  readonly #intervalNs: number;
  readonly #intervals: number;
  readonly #groups = new Map<number, Group>();
  /** By stream, by severity. */
  readonly #byStream = new Map<number, (Group | undefined)[]>();
  #sizedSources = 0;

  constructor(inputs: RecordInputs, request: LogCountRequest) {
    const { from, to, intervalMs } = request;
    this.#inputs = inputs;
    this.#request = request;
    this.#filter = new LogFilter(request, inputs);
    this.#intervalNs = Math.max(1, intervalMs * NS_PER_MS);
    const range = (to.hi - from.hi) * TWO_32 + (to.lo - from.lo);
    this.#intervals = Math.max(1, Math.ceil(range / this.#intervalNs));
  }

  count(): LogCount[] {
    const filter = this.#filter;
    if (filter.isEmpty) return [];
    const { budget } = this.#request;
    const overlaps = new LogOverlaps();
    const held = new HeldBlocks();
    for (const { file, info, wanted } of waitingBlocks(this.#inputs, filter, false)) {
      budget.poll();
      budget.addSamples(info.rows);
      const rows = filter.rows(held.get(file, info.id), wanted);
      if (rows === null) continue;
      const source = new BlockLogs(file, info.id, held);
      this.#add(source, rows, overlaps);
    }
    for (const head of this.#inputs.head) {
      budget.poll();
      budget.addSamples(head.rows);
      const source = new HeadLogs(head);
      this.#add(source, source.rows(filter), overlaps);
    }
    overlaps.forEachRepeat(budget, (source, row) => {
      const stream = source.streamOf(source.ownStreams[row]);
      const { records } = this.#groupOf(stream, source.severities[row]);
      records[this.#interval(source.lo[row], source.hi[row])]--;
    });
    return this.#finish();
  }

  #add(source: RunSource, rows: Uint32Array, overlaps: LogOverlaps): void {
    const counted = isOrdered(rows, source)
      ? rows
      : withoutRepeats(sortByTime(rows, source.lo, source.hi), source);
    if (counted.length === 0) return;
    this.#count(source, counted);
    overlaps.add(source, counted);
    if (this.#request.sizes) this.#measure(source, counted);
  }

  #count(source: RunSource, rows: Uint32Array): void {
    const { lo, hi, ownStreams, severities } = source;
    const { from } = this.#request;
    const width = this.#intervalNs;
    let own = -1;
    let stream = -1;
    let ofStream: (Group | undefined)[] = [];
    // Times of a stream ascend: most rows are in the interval of the one before.
    let interval = 0;
    let start = 0;
    let end = 0;
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i];
      if (ownStreams[row] !== own) {
        own = ownStreams[row];
        stream = source.streamOf(own);
        ofStream = this.#ofStream(stream);
      }
      const since = (hi[row] - from.hi) * TWO_32 + (lo[row] - from.lo);
      if (since < start || since >= end) {
        interval = Math.floor(since / width);
        start = interval * width;
        end = start + width;
      }
      const severity = severities[row];
      const group = ofStream[severity] ?? this.#groupOf(stream, severity);
      group.records[interval]++;
    }
  }

  #interval(lo: number, hi: number): number {
    const { from } = this.#request;
    return Math.floor(((hi - from.hi) * TWO_32 + (lo - from.lo)) / this.#intervalNs);
  }

  #ofStream(stream: number): (Group | undefined)[] {
    let ofStream = this.#byStream.get(stream);
    if (ofStream === undefined) {
      ofStream = new Array<Group | undefined>(SEVERITIES).fill(undefined);
      this.#byStream.set(stream, ofStream);
    }
    return ofStream;
  }

  #groupOf(stream: number, severity: number): Group {
    const ofStream = this.#ofStream(stream);
    let group = ofStream[severity];
    if (group === undefined) {
      group = this.#group(this.#request.groupOf(this.#inputs.labels(stream), severity));
      ofStream[severity] = group;
    }
    return group;
  }

  #group(number: number): Group {
    let group = this.#groups.get(number);
    if (group === undefined) {
      this.#request.budget.addBytes(this.#intervals * COUNT_BYTES);
      group = { number, records: new Uint32Array(this.#intervals), sizedRows: 0, sizedBytes: 0 };
      this.#groups.set(number, group);
    }
    return group;
  }

  /** Measures the bodies of some rows if the source has a group of which none was measured. */
  #measure(source: RunSource, rows: Uint32Array): void {
    if (this.#sizedSources >= SIZED_SOURCES) return;
    const groupOf = (row: number): Group =>
      this.#groupOf(source.streamOf(source.ownStreams[row]), source.severities[row]);
    if (!rows.some((row) => groupOf(row).sizedRows === 0)) return;
    this.#sizedSources++;
    const step = Math.max(1, Math.floor(rows.length / SIZED_ROWS));
    const texts = source.texts();
    for (let i = 0; i < rows.length; i += step) {
      const group = groupOf(rows[i]);
      group.sizedRows++;
      group.sizedBytes += texts.bodyBytes(rows[i]);
    }
  }

  #finish(): LogCount[] {
    let rows = 0;
    let bytes = 0;
    for (const { sizedRows, sizedBytes } of this.#groups.values()) {
      rows += sizedRows;
      bytes += sizedBytes;
    }
    const mean = rows === 0 ? 0 : bytes / rows;
    return [...this.#groups.values()].map(({ number, records, sizedRows, sizedBytes }) => {
      const bodyBytes = sizedRows === 0 ? mean : sizedBytes / sizedRows;
      return { group: number, records, bodyBytes };
    });
  }
}

/** Whether rows of a stream lie together with ascending times, none twice: then no two of them are the same. */
function isOrdered(rows: Uint32Array, { lo, hi, ownStreams }: RunSource): boolean {
  const seen = new Set<number>();
  let stream = -1;
  let lowest = 0;
  let highest = 0;
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i];
    const l = lo[row];
    const h = hi[row];
    if (ownStreams[row] !== stream) {
      stream = ownStreams[row];
      if (seen.has(stream)) return false;
      seen.add(stream);
    } else if (h < highest || (h === highest && l <= lowest)) return false;
    lowest = l;
    highest = h;
  }
  return true;
}
