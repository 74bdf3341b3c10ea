/**
 * Reading the head: series by matchers, rows of one series.
 *
 * Model: the head has no postings. This thread keeps a list of sids per metric name, extended by the series that segments have touched
 * since the last query, because nearly every query names its metric; candidates are then checked against their
 * canonical labels. A sid whose labels have changed (it was given out again) is listed anew; old listings are harmless.
 *
 * Invariant: labels of a sid are looked at only while a pinned segment has rows of it; they do not change until it is released.
 */
import { labelsToPairs, readHistogram } from '@sightline/wire';
import { Labels, METRIC_NAME, symbol } from '../../labels.ts';
import type { QueryBudget, SampleBuffer } from '../../querier.ts';
import { byteString, byteStringOf, textOf } from '../blocks/strings.ts';
import { lowerBound } from '../blocks/times.ts';
import { isAscending, sortRows } from '../flush/run.ts';
import { HeadSegment, rowColumns, type SharedHeadSegment } from '../head.ts';
import type { SegmentSnapshot } from '../segments.ts';
import { SeriesView, type SharedSeries } from '../series.ts';
import type { SeriesInterner } from './interner.ts';
import type { CompiledMatcher } from './matchers.ts';
import type { Selector } from './selectors.ts';

const POLL_SERIES = 4096;
const NAME_BYTES = byteStringOf(METRIC_NAME);

export class HeadSource {
  readonly #view: SeriesView;
  readonly #segments: readonly HeadSegment[];
  /** Per slot: the life (segment number) and the touched series that are listed. */
  readonly #listed: { number: number; touched: number }[];
  /** Per sid: generation under which it is listed, and generation and id under which it is interned. */
  readonly #listedAs: Uint32Array;
  readonly #internedAs: Uint32Array;
  readonly #ids: Uint32Array;
  readonly #byName = new Map<string, number[]>();
  #listings = 0;
  /** Per sid: the last query that has looked at it. */
  readonly #seen: Uint32Array;
  #query = 0;
  readonly #rows = rowColumns();

  constructor(series: SharedSeries, segments: readonly SharedHeadSegment[]) {
    this.#view = new SeriesView(series);
    this.#segments = segments.map((shared) => new HeadSegment(shared));
    this.#listed = segments.map(() => ({ number: 0, touched: 0 }));
    const { capacity } = this.#view;
    this.#listedAs = new Uint32Array(capacity);
    this.#internedAs = new Uint32Array(capacity);
    this.#ids = new Uint32Array(capacity);
    this.#seen = new Uint32Array(capacity);
  }

  /** Forgets ids: the interner begins anew. */
  forgetIds(): void {
    this.#internedAs.fill(0);
  }

  /** Sids of a tenant with rows in the pinned segments that satisfy all matchers, each once. */
  select(
    tenant: number,
    pinned: readonly SegmentSnapshot[],
    { matchers, filter }: Selector,
    budget: Pick<QueryBudget, 'poll'>,
  ): number[] {
    this.#update(pinned);
    const query = ++this.#query;
    const view = this.#view;
    const segments = pinned.map(({ slot }) => this.#segments[slot]);
    const selected: number[] = [];
    let visited = 0;
    for (const sids of this.#candidates(matchers)) {
      for (const sid of sids) {
        if (++visited % POLL_SERIES === 0) budget.poll();
        if (this.#seen[sid] === query) continue;
        this.#seen[sid] = query;
        if (view.tenantOf(sid) !== tenant) continue;
        if (!segments.some((segment) => segment.hasRows(sid))) continue;
        const { labels } = view;
        if (filter.matchesCanonical(labels, view.labelStart(sid), view.labelEnd(sid))) {
          selected.push(sid);
        }
      }
    }
    return selected;
  }

  /** Lists of sids that hold all series which the matchers can accept; patterns are tried once per metric name. */
  #candidates(matchers: readonly CompiledMatcher[]): Iterable<readonly number[]> {
    const ofName = matchers.filter(({ name }) => name === METRIC_NAME);
    if (ofName.length === 0) return this.#byName.values();
    const exact = ofName.find(({ op }) => op === '=');
    if (exact !== undefined) {
      const sids = this.#byName.get(byteStringOf(exact.value));
      return sids === undefined ? [] : [sids];
    }
    const lists: (readonly number[])[] = [];
    for (const [name, sids] of this.#byName) {
      const text = textOf(name);
      if (ofName.every((matcher) => matcher.test(text))) lists.push(sids);
    }
    return lists;
  }

  #update(pinned: readonly SegmentSnapshot[]): void {
    if (this.#listings > this.#view.capacity * 2) this.#forgetListings();
    for (const { slot, number } of pinned) {
      const segment = this.#segments[slot];
      const listed = this.#listed[slot];
      if (listed.number !== number) {
        listed.number = number;
        listed.touched = 0;
      }
      const touched = segment.touchedCount;
      for (; listed.touched < touched; listed.touched++) {
        const sid = segment.touchedSid(listed.touched);
        const generation = this.#view.generationOf(sid);
        if (this.#listedAs[sid] === generation) continue;
        this.#listedAs[sid] = generation;
        this.#list(sid);
      }
    }
  }

  #forgetListings(): void {
    this.#byName.clear();
    this.#listedAs.fill(0);
    for (const listed of this.#listed) listed.number = 0;
    this.#listings = 0;
  }

  #list(sid: number): void {
    const view = this.#view;
    const name = metricNameOf(view.labels, view.labelStart(sid), view.labelEnd(sid));
    const sids = this.#byName.get(name);
    if (sids === undefined) this.#byName.set(name, [sid]);
    else sids.push(sid);
    this.#listings++;
  }

  /** Interned id of a sid's labels. */
  idOf(sid: number, interner: SeriesInterner): number {
    const view = this.#view;
    const generation = view.generationOf(sid);
    if (this.#internedAs[sid] === generation) return this.#ids[sid];
    const { labels } = view;
    const start = view.labelStart(sid);
    const end = view.labelEnd(sid);
    const id = interner.id(
      labels,
      start,
      end,
      () => new Labels(labelsToPairs(labels, start, end).map(symbol)),
    );
    this.#internedAs[sid] = generation;
    this.#ids[sid] = id;
    return id;
  }

  /** Appends a series' rows of one pinned segment within [minT, maxT] to `into`, ascending, the last arrival of a time. */
  append(
    sid: number,
    pinned: SegmentSnapshot,
    into: SampleBuffer,
    minT: number,
    maxT: number,
  ): void {
    const segment = this.#segments[pinned.slot];
    if (!segment.hasRows(sid)) return;
    const rows = this.#rows;
    segment.readRows(sid, pinned.rows, rows);
    if (rows.n === 0) return;
    if (!isAscending(rows)) sortRows(rows);
    const times = rows.t.subarray(0, rows.n);
    const begin = lowerBound(times, minT);
    let to = into.n;
    into.reserve(to + rows.n - begin);
    if (rows.hasStart && !into.hasStart) into.st.fill(0, 0, to);
    into.hasStart ||= rows.hasStart;
    for (let i = begin; i < rows.n && rows.t[i] <= maxT; i++, to++) {
      into.t[to] = rows.t[i];
      into.st[to] = rows.st[i];
      if (rows.kind[i] !== 0) putHistogram(into, to, segment.side, rows.lo[i], rows.hi[i]);
      else {
        into.bits[to * 2] = rows.lo[i];
        into.bits[to * 2 + 1] = rows.hi[i];
        if (into.hasHistograms) into.h[to] = undefined;
      }
    }
    into.n = to;
  }
}

/** Offset of the sum in a histogram record (wire's histogram-record.ts). */
const SUM_OFFSET = 48;

function putHistogram(
  into: SampleBuffer,
  row: number,
  side: Uint8Array,
  at: number,
  length: number,
): void {
  into.hasHistograms = true;
  into.h[row] = readHistogram(side, at, length);
  const view = new DataView(side.buffer, side.byteOffset + at + SUM_OFFSET, 8);
  into.bits[row * 2] = view.getUint32(0, true);
  into.bits[row * 2 + 1] = view.getUint32(4, true);
}

/** The metric name as a byte string; '' when the series has none. Names are short: their lengths are one byte, or the slow way. */
function metricNameOf(labels: Uint8Array, start: number, end: number): string {
  for (let at = start; at < end; ) {
    const nameLength = labels[at];
    if (nameLength > 127) break;
    const valueLength = labels[at + 1 + nameLength];
    if (valueLength > 127) break;
    const valueAt = at + 2 + nameLength;
    if (
      nameLength === NAME_BYTES.length &&
      byteString(labels, at + 1, at + 1 + nameLength) === NAME_BYTES
    ) {
      return byteString(labels, valueAt, valueAt + valueLength);
    }
    at = valueAt + valueLength;
  }
  const pairs = labelsToPairs(labels, start, end);
  const found = pairs.findIndex((text, i) => i % 2 === 0 && text === METRIC_NAME);
  return found < 0 ? '' : byteStringOf(pairs[found + 1]);
}
