/**
 * Which rows of a page may satisfy a filter.
 *
 * Model: conditions are asked from the cheapest to the dearest, each once per distinct value: a page whose ranges or strings rule all rows out is not
 * read further. A filter is a hint: a row that is an array of several values under a field's name counts as one that has the wanted value.
 */
import { FIELD_JSON, readSpanTail, type SpanField } from '@sightline/wire';
import type { Labels } from '../../../labels.ts';
import type { FieldHint, Nanos, TraceFilter } from '../../../records.ts';
import { type PageStrings, type SpanPage, textDecoder } from './span-page.ts';
import type { PageInfo } from './span-pages.ts';

const STATUS_ERROR = 2;
const NS_PER_MS = 1e6;

type Share = 'none' | 'some' | 'all';

/** What is known of a stream: whether it is wanted, and which of the field hints its labels satisfy. */
interface StreamAnswer {
  wanted: boolean;
  fields: readonly boolean[];
}

export class SpanMatcher {
  readonly #filter: TraceFilter;
  readonly #labels: (stream: number) => Labels;
  readonly #streams = new Map<number, StreamAnswer>();
  readonly #names: readonly Uint8Array[];
  /** Which of the files' streams are wanted. */
  readonly #files = new Map<Uint32Array, Share>();
  /** Whether rows are wanted for their streams and times alone. */
  readonly #isPlain: boolean;

  constructor(filter: TraceFilter, labels: (stream: number) => Labels) {
    this.#filter = filter;
    this.#labels = labels;
    this.#names = filter.names.map((name) => Buffer.from(name));
    this.#isPlain =
      filter.names.length === 0 &&
      filter.wantsName === undefined &&
      filter.fields.length === 0 &&
      !filter.errors &&
      filter.minDuration <= 0 &&
      filter.maxDuration === Number.POSITIVE_INFINITY;
  }

  /** Whether a page may have spans that match, by its times and the streams of its file. */
  mayMatch({ tMin, tEnd, stored }: PageInfo): boolean {
    const { from, to } = this.#filter;
    if (tMin > ceilMs(to) || tEnd < floorMs(from)) return false;
    return stored === null || this.#wantedOf(stored.streams) !== 'none';
  }

  /** Whether all rows of a page match, told without reading them. */
  isWhole(info: PageInfo): boolean {
    const { stored } = info;
    return (
      this.#isPlain &&
      stored !== null &&
      this.#isInside(info) &&
      this.#wantedOf(stored.streams) === 'all'
    );
  }

  /** How many of a file's streams (by dense id, from 1) are wanted. */
  #wantedOf(streams: Uint32Array): Share {
    let share = this.#files.get(streams);
    if (share === undefined) {
      let wanted = 0;
      for (const stream of streams.subarray(1)) if (this.#stream(stream).wanted) wanted++;
      share = wanted === 0 ? 'none' : wanted === streams.length - 1 ? 'all' : 'some';
      this.#files.set(streams, share);
    }
    return share;
  }

  /** Whether all spans of a page lie in the range: the rule. */
  #isInside({ tMin, tMax }: PageInfo): boolean {
    const { from, to } = this.#filter;
    return tMax <= floorMs(to) && tMin >= ceilMs(from);
  }

  /** 1 for each row that may match; null when none does. */
  rows(info: PageInfo, page: SpanPage): Uint8Array | null {
    const { errors, minDuration, maxDuration, fields } = this.#filter;
    if (page.excludes(this.#filter)) return null;
    if (!fields.every((_, i) => this.#mayHaveField(i, info, page))) return null;
    const mask = new Uint8Array(page.rows).fill(1);
    const { stored } = info;
    const isAny = stored !== null && this.#wantedOf(stored.streams) === 'all';
    let left = isAny ? mask.length : this.#keepStreams(page, mask);
    if (left > 0 && errors) left = keepEqual(mask, page.statuses(), STATUS_ERROR);
    if (left > 0 && (this.#names.length > 0 || this.#filter.wantsName !== undefined)) {
      left = this.#keepNames(page.names(), mask);
    }
    if (left > 0 && (minDuration > 0 || maxDuration < Number.POSITIVE_INFINITY)) {
      left = keepRange(mask, page.durations(), minDuration, maxDuration);
    }
    if (left > 0) left = this.#keepTimes(info, page, mask);
    for (let i = 0; i < fields.length && left > 0; i++) left = this.#keepField(i, info, page, mask);
    return left > 0 ? mask : null;
  }

  /** Whether a page, or a stream of its file, may have what a hint wants: asked before rows are read. */
  #mayHaveField(index: number, { stored }: PageInfo, page: SpanPage): boolean {
    if (stored === null) return true;
    const { names, value } = this.#filter.fields[index];
    return this.#mayBeOfStream(index, stored.streams) || page.mayHaveField(names, value);
  }

  /** Whether a stream of a file has what a hint wants. */
  #mayBeOfStream(index: number, streams: Uint32Array): boolean {
    return streams.subarray(1).some((stream) => this.#stream(stream).fields[index]);
  }

  #keepStreams(page: SpanPage, mask: Uint8Array): number {
    const streams = page.streams();
    let left = 0;
    let last = -1;
    let wanted = 0;
    for (let row = 0; row < mask.length; row++) {
      if (streams[row] !== last) {
        last = streams[row];
        wanted = this.#stream(last).wanted ? 1 : 0;
      }
      mask[row] = wanted;
      left += wanted;
    }
    return left;
  }

  #stream(stream: number): StreamAnswer {
    let answer = this.#streams.get(stream);
    if (answer === undefined) {
      const labels = this.#labels(stream);
      answer = {
        wanted: this.#filter.wants(labels),
        fields: this.#filter.fields.map(({ names, value }) =>
          names.some((name) => value !== '' && labels.get(name) === value),
        ),
      };
      this.#streams.set(stream, answer);
    }
    return answer;
  }

  #keepNames({ strings, codes }: PageStrings, mask: Uint8Array): number {
    const wanted = new Uint8Array(strings.count);
    const { bytes, offsets, count } = strings;
    for (let code = 0; code < count; code++) {
      if (this.#wantsName(bytes.subarray(offsets[code], offsets[code + 1]))) wanted[code] = 1;
    }
    let left = 0;
    for (let row = 0; row < mask.length; row++) left += mask[row] &= wanted[codes[row]];
    return left;
  }

  #wantsName(name: Uint8Array): boolean {
    const { wantsName } = this.#filter;
    const isNamed =
      this.#names.length === 0 || this.#names.some((each) => Buffer.compare(each, name) === 0);
    return isNamed && (wantsName === undefined || wantsName(textDecoder.decode(name)));
  }

  #keepTimes(info: PageInfo, page: SpanPage, mask: Uint8Array): number {
    const { from, to } = this.#filter;
    if (this.#isInside(info)) return mask.length;
    if (info.tEnd < floorMs(from)) return 0;
    const { lo, hi } = page.starts();
    const durations = page.durations();
    return keep(mask, (row) => {
      if (hi[row] > to.hi || (hi[row] === to.hi && lo[row] > to.lo)) return false;
      // Differences of words keep the nanoseconds.
      const before = (from.hi - hi[row]) * 2 ** 32 + (from.lo - lo[row]);
      return durations[row] >= before;
    });
  }

  #keepField(index: number, { stored }: PageInfo, page: SpanPage, mask: Uint8Array): number {
    const hint = this.#filter.fields[index];
    const found = new Uint8Array(mask.length);
    if (stored === null || this.#mayBeOfStream(index, stored.streams)) {
      const streams = page.streams();
      for (let row = 0; row < mask.length; row++) {
        if (mask[row] !== 0 && this.#stream(streams[row]).fields[index]) found[row] = 1;
      }
    }
    for (const name of hint.names) page.markField(found, name, hint.value);
    if (page.mayHaveText(hint.value)) markTails(page, hint, found);
    return keepEqual(mask, found, 1);
  }
}

/** Marks rows of which an event or a link has the field. */
function markTails(page: SpanPage, hint: FieldHint, found: Uint8Array): void {
  const { strings, codes } = page.tails();
  const { bytes, offsets, count } = strings;
  const has = new Uint8Array(count);
  let any = false;
  for (let code = 0; code < count; code++) {
    // Two zero counts: no events and no links.
    if (offsets[code + 1] - offsets[code] <= 2) continue;
    const { events, links } = readSpanTail(bytes, offsets[code], offsets[code + 1]);
    if (![...events, ...links].some(({ fields }) => hasField(fields, hint))) continue;
    has[code] = 1;
    any = true;
  }
  if (any) for (let row = 0; row < found.length; row++) found[row] |= has[codes[row]];
}

function hasField(fields: readonly SpanField[], { names, value }: FieldHint): boolean {
  return fields.some(
    (field) => names.includes(field.key) && (field.value === value || field.type === FIELD_JSON),
  );
}

function keepEqual(mask: Uint8Array, column: Uint8Array, wanted: number): number {
  let left = 0;
  for (let row = 0; row < mask.length; row++) {
    if (column[row] !== wanted) mask[row] = 0;
    left += mask[row];
  }
  return left;
}

function keepRange(mask: Uint8Array, column: Float64Array, min: number, max: number): number {
  let left = 0;
  for (let row = 0; row < mask.length; row++) {
    if (column[row] < min || column[row] > max) mask[row] = 0;
    left += mask[row];
  }
  return left;
}

function keep(mask: Uint8Array, holds: (row: number) => boolean): number {
  let left = 0;
  for (let row = 0; row < mask.length; row++) {
    if (mask[row] === 0) continue;
    if (holds(row)) left++;
    else mask[row] = 0;
  }
  return left;
}

/** Doubles near 2^61 are exact to some hundred nanoseconds, so a millisecond of room. */
function floorMs({ lo, hi }: Nanos): number {
  return Math.floor((hi * 2 ** 32 + lo) / NS_PER_MS) - 1;
}

function ceilMs({ lo, hi }: Nanos): number {
  return Math.ceil((hi * 2 ** 32 + lo) / NS_PER_MS) + 1;
}
