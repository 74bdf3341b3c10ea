/**
 * Counts of log records by group and interval.
 *
 * Model: every source (a block, a head segment) is counted by itself from its columns; of a block whose streams lie in one interval each what
 * it tells of them is enough (records/log-activity.ts). Records that are in two sources can only be of
 * streams whose times overlap in both (log-overlaps.ts): those stretches are looked at once more and what is there twice is taken off.
 * Sizes are means of bodies in some of the blocks.
 */
import type { LogCount, LogCountRequest } from '../../../records.ts';
import type { Words } from '../../records/integers.ts';
import type { RecordInputs } from './inputs.ts';
import { BlockLogs, BlockRoom, HeldBlocks } from './log-block-source.ts';
import { ALL_ROWS, LogFilter } from './log-filter.ts';
import { HeadLogs } from './log-head.ts';
import {
  LogOverlaps,
  type OpenSource,
  type OrderedStretch,
  type ToldStretch,
} from './log-overlaps.ts';
import { type RunSource, withoutRepeats } from './log-run.ts';
import type { RecordFile } from './record-file.ts';
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
  /** By severity; zeros between uses. */
  readonly #tally = new Uint32Array(SEVERITIES);
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
    const room = new BlockRoom();
    for (const { file, info, wanted } of waitingBlocks(this.#inputs, filter, false)) {
      budget.poll();
      budget.addSamples(info.rows);
      const open = (): RunSource => new BlockLogs(file, info.id, held);
      const read = (): RunSource => new BlockLogs(file, info.id, held, room);
      if (this.#addTold(file, info.id, wanted, overlaps, read, open)) continue;
      if (!filter.mayHave(file.filters(info))) continue;
      const rows = filter.rows(held.get(file, info.id), wanted);
      if (rows === null) {
        held.foundNothing(file, info.id);
        continue;
      }
      this.#add(read(), rows, overlaps, open);
    }
    for (const head of this.#inputs.head) {
      budget.poll();
      budget.addSamples(head.rows);
      const source = new HeadLogs(head);
      this.#add(source, source.rows(filter), overlaps, () => source);
    }
    overlaps.forEachRepeat(budget, (source, row) => {
      const stream = source.streamOf(source.ownStreams[row]);
      const { records } = this.#groupOf(stream, source.severities[row]);
      records[this.#interval(source.lo[row], source.hi[row])]--;
    });
    return this.#finish();
  }

  /** Counts a block by what it tells of its streams, where that can be; it is only read for streams that go on beyond an interval. */
  #addTold(
    file: RecordFile,
    id: number,
    wanted: Uint8Array,
    overlaps: LogOverlaps,
    read: OpenSource,
    open: OpenSource,
  ): boolean {
    if (this.#request.sizes || !this.#filter.isOfStreams) return false;
    const activity = file.logActivity(id);
    if (activity === null) return false;
    const { streams, first, last, severities, counts } = activity;
    const stretches: ToldStretch[] = [];
    let to = 0;
    for (const [i, own] of streams.entries()) {
      const from = to;
      for (const each of counts) to += each[i];
      if (wanted[own] !== 1) continue;
      if (!this.#asksForAll(first, last, i)) return false;
      const min = first.hi[i] * TWO_32 + first.lo[i];
      const max = last.hi[i] * TWO_32 + last.lo[i];
      stretches.push({ own, i, from, to, stream: file.streams[own], min, max });
    }
    let source: RunSource | undefined;
    for (const stretch of stretches) {
      const { i, stream } = stretch;
      const interval = this.#interval(first.lo[i], first.hi[i]);
      if (interval === this.#interval(last.lo[i], last.hi[i])) {
        for (const [k, severity] of severities.entries()) {
          const count = counts[k][i];
          if (count > 0) this.#groupOf(stream, severity).records[interval] += count;
        }
      } else {
        source ??= read();
        this.#countStretch(source, ALL_ROWS.subarray(0, source.lo.length), stretch);
      }
    }
    overlaps.addUnread(stretches, ALL_ROWS, open);
    return true;
  }

  /** Whether the request asks for all of a stretch that a block tells of. */
  #asksForAll(first: Words, last: Words, i: number): boolean {
    const { from, last: until } = this.#filter;
    if (first.hi[i] < from.hi || (first.hi[i] === from.hi && first.lo[i] < from.lo)) return false;
    return last.hi[i] < until.hi || (last.hi[i] === until.hi && last.lo[i] <= until.lo);
  }

  #add(source: RunSource, rows: Uint32Array, overlaps: LogOverlaps, open: OpenSource): void {
    const stretches = orderedStretches(rows, source);
    const counted =
      stretches === null ? withoutRepeats(sortByTime(rows, source.lo, source.hi), source) : rows;
    if (counted.length === 0) return;
    if (stretches === null) this.#count(source, counted);
    else for (const stretch of stretches) this.#countStretch(source, counted, stretch);
    if (stretches === null) overlaps.add(source, counted, open);
    else overlaps.addOrdered(source, counted, open, stretches);
    if (this.#request.sizes) this.#measure(source, counted);
  }

  /** Times ascend: every interval is a stretch of rows itself. */
  #countStretch(source: RunSource, rows: Uint32Array, { own, from, to }: OrderedStretch): void {
    const { lo, hi, severities } = source;
    const { from: begin } = this.#request;
    const width = this.#intervalNs;
    const isAll = rows.length === lo.length;
    const since = (i: number): number => {
      const row = isAll ? i : rows[i];
      return (hi[row] - begin.hi) * TWO_32 + (lo[row] - begin.lo);
    };
    const stream = source.streamOf(own);
    const ofStream = this.#ofStream(stream);
    const tally = this.#tally;
    for (let start = from; start < to; ) {
      const interval = Math.floor(since(start) / width);
      const end = firstAt(start + 1, to, (interval + 1) * width, since);
      let all = 0;
      for (let i = start; i < end; i++) {
        const severity = severities[isAll ? i : rows[i]];
        tally[severity]++;
        all |= severity;
      }
      for (let severity = 0; severity <= all; severity++) {
        if (tally[severity] === 0) continue;
        const group = ofStream[severity] ?? this.#groupOf(stream, severity);
        group.records[interval] += tally[severity];
        tally[severity] = 0;
      }
      start = end;
    }
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

/** The first index in [from, to) at or behind a time that ascends with the index; `to` when there is none. */
function firstAt(from: number, to: number, time: number, timeAt: (i: number) => number): number {
  let low = from;
  let step = 16;
  while (low + step < to && timeAt(low + step) < time) {
    low += step;
    step *= 2;
  }
  let high = Math.min(to, low + step);
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (timeAt(middle) < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The rows of each stream, if they lie together with ascending times, none twice: then no two of them are the same. Else null. */
function orderedStretches(
  rows: Uint32Array,
  { lo, hi, ownStreams }: RunSource,
): OrderedStretch[] | null {
  const found = new Map<number, OrderedStretch>();
  const isAll = rows.length === lo.length;
  for (let from = 0; from < rows.length; ) {
    const first = rows[from];
    const own = ownStreams[first];
    if (found.has(own)) return null;
    let lowest = lo[first];
    let highest = hi[first];
    let to = from + 1;
    for (; to < rows.length; to++) {
      const row = isAll ? to : rows[to];
      if (ownStreams[row] !== own) break;
      const l = lo[row];
      const h = hi[row];
      if (h < highest || (h === highest && l <= lowest)) return null;
      lowest = l;
      highest = h;
    }
    found.set(own, { own, from, to });
    from = to;
  }
  return [...found.values()];
}
