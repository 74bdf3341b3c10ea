/**
 * Requests, errors and durations of spans by service, name of the span, kind and status.
 *
 * Model: a row of counters for each combination, found by a hash of the name under a seed made of the rest. Past the bound (of the tenant, or
 * half of it for one service) further names of a service count under the name `(other)`; past half as many of those, further services
 * count as the service `(other)` too.
 *
 * Invariant: nothing is allocated for a span of a combination that there is.
 */
import { hashView, hashWords, taggedSeed } from '@sightline/wire';
import { type CounterFamily, CounterRows } from './counter-rows.ts';
import { type Names, OTHER, OTHER_NAME } from './names.ts';

const FAMILIES: readonly CounterFamily[] = [
  { name: 'traces_spanmetrics_calls_total', type: 'counter', help: 'Spans.' },
  {
    name: 'traces_spanmetrics_latency',
    type: 'histogram',
    help: 'Durations of spans in seconds.',
  },
];
const CALLS = 0;
export const LATENCY = 1;

const KINDS = ['UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'];
const STATUSES = ['UNSET', 'OK', 'ERROR'];
/** Label `span_name` is cut here. */
const MAX_NAME_BYTES = 512;
/** Keys of the rows of `(other)`: no hash is looked for under them but by an accident of 2^-64. */
const OTHER_TAG = 0x6f746872;

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const base = taggedSeed('span metrics');
const seed = new Uint32Array(4);

export class SpanMetrics {
  readonly rows = new CounterRows(FAMILIES);
  /** Spans counted under `(other)`. */
  overflown = 0;
  readonly #names: Names;
  readonly #maxRows: number;
  /** Rows with a name of their own, by service; counted anew when rows go. */
  readonly #byService = new Map<number, number>();
  #named = 0;

  constructor(names: Names, maxRows: number) {
    this.#names = names;
    this.#maxRows = maxRows;
  }

  /** Counts a span whose name is `[start, end)` of the view and whose trace id is at `trace`. */
  span(
    service: number,
    kind: number,
    status: number,
    view: DataView,
    start: number,
    end: number,
    durationNs: number,
    trace: number,
    nowMs: number,
  ): void {
    const cut = Math.min(end, start + MAX_NAME_BYTES);
    seed[0] = base[0] ^ service;
    seed[1] = base[1] ^ (kind * 4 + status);
    seed[2] = base[2];
    seed[3] = base[3];
    hashView(view, start, cut, seed);
    const { rows } = this;
    let row = rows.find(hashWords[0], hashWords[1], hashWords[2], hashWords[3]);
    if (row < 0) row = this.#rowOf(service, kind, status, view, start, cut, nowMs);
    rows.increment(row, CALLS, nowMs);
    rows.observe(row, LATENCY, durationNs);
    rows.keepSlowest(row, durationNs, view, trace);
  }

  /** Rows were taken out. */
  recount(): void {
    this.#byService.clear();
    this.#named = 0;
    for (let row = 0; row < this.rows.count; row++) {
      const [, service, , name] = this.rows.labelsOf(row);
      if (name !== OTHER) this.#countName(this.#names.number(service));
    }
  }

  #rowOf(
    service: number,
    kind: number,
    status: number,
    view: DataView,
    start: number,
    end: number,
    nowMs: number,
  ): number {
    const max = this.#maxRows;
    const own = this.#byService.get(service) ?? 0;
    if (this.#named >= max || own * 2 >= max) return this.#otherOf(service, kind, status, nowMs);
    this.#countName(service);
    const [a, b, c, d] = hashWords;
    const bytes = new Uint8Array(view.buffer, view.byteOffset + start, end - start);
    const labels = this.#labels(service, decoder.decode(bytes), kind, status);
    return this.rows.add(a, b, c, d, labels, nowMs);
  }

  #otherOf(service: number, kind: number, status: number, nowMs: number): number {
    const { rows } = this;
    this.overflown++;
    const known = rows.find(service, kind * 4 + status, OTHER_TAG, OTHER_TAG);
    if (known >= 0) return known;
    if (service !== OTHER_NAME && rows.count - this.#named >= this.#maxRows / 2) {
      this.overflown--;
      return this.#otherOf(OTHER_NAME, kind, status, nowMs);
    }
    const labels = this.#labels(service, OTHER, kind, status);
    return rows.add(service, kind * 4 + status, OTHER_TAG, OTHER_TAG, labels, nowMs);
  }

  #labels(service: number, name: string, kind: number, status: number): string[] {
    return [
      'service',
      this.#names.texts[service],
      'span_name',
      name,
      'span_kind',
      `SPAN_KIND_${KINDS[kind]}`,
      'status_code',
      `STATUS_CODE_${STATUSES[status]}`,
    ];
  }

  #countName(service: number): void {
    this.#named++;
    this.#byService.set(service, (this.#byService.get(service) ?? 0) + 1);
  }
}
