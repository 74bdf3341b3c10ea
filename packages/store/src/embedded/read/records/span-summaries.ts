/** Summaries of found traces: what blocks store of each of their traces (records/trace-summary.ts), and the same of the head. */
import type { Labels } from '../../../labels.ts';
import type { TraceSummary } from '../../../records.ts';
import { CorruptionError } from '../../blocks/errors.ts';
import { difference } from '../../records/integers.ts';
import { streamsOfSet, type TraceSummaries } from '../../records/trace-summary.ts';
import type { FoundTrace, TracePart } from './span-finder.ts';
import type { OpenPage } from './span-open-page.ts';
import { hexOf, type SpanPage, textDecoder } from './span-page.ts';
import type { PageInfo, SpanPages, StoredPage } from './span-pages.ts';

const STATUS_ERROR = 2;
const TWO_32 = 2 ** 32;
/** Blocks whose summaries are kept; a few hundred kilobytes each. */
const KEPT = 16;

/** What one page says of a trace. */
interface PartSummary {
  startLo: number;
  startHi: number;
  durationNs: number;
  spans: number;
  errors: number;
  /** Stream (of the interner) and name of the root, -1 without one. */
  root: number;
  rootName: string;
  streams: readonly number[];
}

export class TraceSummarizer {
  readonly #pages: SpanPages;
  readonly #labels: (stream: number) => Labels;
  readonly #stored = new Map<number, TraceSummaries>();

  constructor(pages: SpanPages, labels: (stream: number) => Labels) {
    this.#pages = pages;
    this.#labels = labels;
  }

  summaryOf(trace: FoundTrace): TraceSummary {
    // In order of the pages, so that of equal starts the same counts in every search.
    const parts = [trace, ...(trace.others ?? [])]
      .sort((a, b) => a.page - b.page)
      .map((part) => this.#part(part));
    const first = parts.reduce((a, b) => (isBefore(b, a) ? b : a));
    const roots = parts.filter(({ root }) => root >= 0);
    const root = roots.length === 0 ? null : roots.reduce((a, b) => (isBefore(b, a) ? b : a));
    const streams = new Set(parts.flatMap((part) => part.streams));
    const services = new Set([...streams].map((stream) => serviceOf(this.#labels(stream))));
    return {
      traceId: hexOf(trace.ids, trace.trace * 16, trace.trace * 16 + 16),
      startLo: first.startLo,
      startHi: first.startHi,
      durationNs: Math.max(...parts.map((part) => endAfter(part, first))),
      rootService: root === null ? '' : serviceOf(this.#labels(root.root)),
      rootName: root === null ? '' : root.rootName,
      spans: parts.reduce((sum, { spans }) => sum + spans, 0),
      errors: parts.reduce((sum, { errors }) => sum + errors, 0),
      services: [...services].sort(),
    };
  }

  #part({ page, trace }: TracePart): PartSummary {
    const info = this.#pages.list[page];
    return info.stored === null
      ? headSummary(this.#pages.page(page), trace)
      : storedSummary(this.#summaries(info, info.stored), info.stored, trace);
  }

  #summaries({ index }: PageInfo, stored: StoredPage): TraceSummaries {
    let summaries = this.#stored.get(index);
    if (summaries === undefined) {
      this.#pages.budget.poll();
      summaries = stored.summaries();
      this.#stored.set(index, summaries);
      for (const oldest of this.#stored.keys()) {
        if (this.#stored.size <= KEPT) break;
        this.#stored.delete(oldest);
      }
    }
    return summaries;
  }
}

function isBefore(a: PartSummary, b: PartSummary): boolean {
  return a.startHi < b.startHi || (a.startHi === b.startHi && a.startLo < b.startLo);
}

/** Nanoseconds from the start of `first` to the end of `part`. */
function endAfter(part: PartSummary, first: PartSummary): number {
  const offset = difference(part.startLo, part.startHi, first.startLo, first.startHi);
  return offset + part.durationNs;
}

function serviceOf(labels: Labels): string {
  return labels.get('service.name') || labels.get('service_name');
}

function storedSummary(from: TraceSummaries, stored: StoredPage, trace: number): PartSummary {
  const { place } = stored;
  if (trace >= from.count) throw new CorruptionError('a trace without a summary', place, null);
  const { start, duration, rootName, rootNames, streams, streamSets } = from;
  const { bytes, offsets } = rootNames;
  const name = rootName[trace];
  const root = from.root[trace];
  const streamOf = (dense: number): number => {
    if (dense > 0 && dense < stored.streams.length) return stored.streams[dense];
    throw new CorruptionError('trace of no stream', place, null);
  };
  return {
    startLo: start.lo[trace],
    startHi: start.hi[trace],
    durationNs: duration.hi[trace] * TWO_32 + duration.lo[trace],
    spans: from.spans[trace],
    errors: from.errors[trace],
    root: root === 0 ? -1 : streamOf(root),
    rootName: textDecoder.decode(bytes.subarray(offsets[name], offsets[name + 1])),
    streams: streamsOfSet(streamSets, streams[trace], place).map(streamOf),
  };
}

function headSummary(open: OpenPage, trace: number): PartSummary {
  const { page } = open;
  const { rows, offsets } = open.traceRows();
  const own = rows.subarray(offsets[trace], offsets[trace + 1]);
  const starts = page.starts();
  const parents = page.parentIds();
  const statuses = page.statuses();
  const streams = page.streams();
  const isEarlier = (a: number, b: number): boolean =>
    b < 0 ||
    starts.hi[a] < starts.hi[b] ||
    (starts.hi[a] === starts.hi[b] && starts.lo[a] < starts.lo[b]);
  let first = -1;
  let root = -1;
  let errors = 0;
  for (const row of own) {
    if (isEarlier(row, first)) first = row;
    const isRoot = parents.lo[row] === 0 && parents.hi[row] === 0;
    if (isRoot && isEarlier(row, root)) root = row;
    if (statuses[row] === STATUS_ERROR) errors++;
  }
  return {
    startLo: starts.lo[first],
    startHi: starts.hi[first],
    durationNs: durationFrom(page, own, first),
    spans: own.length,
    errors,
    root: root < 0 ? -1 : streams[root],
    rootName: root < 0 ? '' : nameAt(page, root),
    streams: [...new Set(own.map((row) => streams[row]))],
  };
}

function durationFrom(page: SpanPage, rows: Uint32Array, first: number): number {
  const { lo, hi } = page.starts();
  const durations = page.durations();
  let longest = 0;
  for (const row of rows) {
    const offset = difference(lo[row], hi[row], lo[first], hi[first]);
    longest = Math.max(longest, offset + durations[row]);
  }
  return longest;
}

function nameAt(page: SpanPage, row: number): string {
  const { strings, codes } = page.names();
  const { bytes, offsets } = strings;
  return textDecoder.decode(bytes.subarray(offsets[codes[row]], offsets[codes[row] + 1]));
}
