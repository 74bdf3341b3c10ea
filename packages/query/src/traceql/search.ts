/**
 * A search: the traces that a query matches, newest first.
 *
 * Model: the source yields traces newest first; each is run through the pipeline until `limit` have matched. A match carries its
 * spansets with their full number of spans and the first few of them (by start time) with the fields that the query names.
 *
 * Invariants: the same query over the same data gives the same answer. Times are Unix nanoseconds as two words, durations nanoseconds.
 */
import type { SpanQuery } from './ast.ts';
import { hintOf } from './conditions.ts';
import { compilePipeline, type Spanset, type SpansetAttribute } from './eval-stages.ts';
import { shownFields } from './shown-fields.ts';
import type { TraceSource, TraceSpans } from './source.ts';
import { byStart } from './structure.ts';
import { TraceView } from './trace-view.ts';
import { compareText, type Value, valueText } from './value.ts';
import { valueAt } from './vectors.ts';

export interface SearchOptions {
  /** Unix ms. */
  startMs: number;
  endMs: number;
  /** Most traces. */
  limit: number;
  /** Most spans of each spanset. */
  spansPerSpanset: number;
}

export interface TraceMatch {
  traceId: string;
  /** '' when the root has not arrived. */
  rootServiceName: string;
  rootTraceName: string;
  startLo: number;
  startHi: number;
  durationNs: number;
  /** Of the whole trace, by name. */
  services: ServiceCount[];
  spansets: SpansetMatch[];
}

export interface ServiceCount {
  service: string;
  spans: number;
  errors: number;
}

export interface SpansetMatch {
  /** All matching spans; `spans` holds the first of them. */
  matched: number;
  attributes: readonly SpansetAttribute[];
  spans: SpanMatch[];
}

export interface SpanMatch {
  spanId: string;
  name: string;
  startLo: number;
  startHi: number;
  durationNs: number;
  /** Fields without their scope; missing ones are left out. */
  attributes: { key: string; value: Value }[];
}

/** Throws TraceqlEvalError and whatever the source throws. */
export function searchTraces(
  query: SpanQuery,
  source: TraceSource,
  options: SearchOptions,
): TraceMatch[] {
  const { startMs, endMs, limit } = options;
  const pipeline = compilePipeline(query.stages);
  const describe = describer(query, options.spansPerSpanset);
  const matches: TraceMatch[] = [];
  if (limit <= 0) return matches;
  for (const spans of source.traces({ startMs, endMs, hint: hintOf(query) })) {
    const view = new TraceView(spans);
    const spansets = pipeline(view);
    if (spansets.length > 0) matches.push(describe(view, spansets));
    if (matches.length >= limit) break;
  }
  return matches;
}

function describer(
  query: SpanQuery,
  most: number,
): (view: TraceView, spansets: readonly Spanset[]) => TraceMatch {
  const fields = shownFields(query.stages);
  return (view, spansets) => {
    const { spans } = view;
    const names = view.field({ kind: 'intrinsic', name: 'name', range: NOWHERE });
    const columns = fields.map((field) => ({ key: field.name, vector: view.field(field) }));
    const earlier = byStart(spans);
    const describeSpan = (row: number): SpanMatch => ({
      spanId: spans.spanId(row),
      name: textOf(valueAt(names, row)),
      startLo: spans.startLo[row],
      startHi: spans.startHi[row],
      durationNs: spans.durationNs[row],
      attributes: columns.flatMap(({ key, vector }) => {
        const value = valueAt(vector, row);
        return value.type === 'nil' ? [] : [{ key, value }];
      }),
    });
    const first = view.firstRow;
    const root = (name: 'rootName' | 'rootServiceName') =>
      textOf(valueAt(view.field({ kind: 'intrinsic', name, range: NOWHERE }), 0));
    return {
      traceId: spans.traceId,
      rootServiceName: root('rootServiceName'),
      rootTraceName: root('rootName'),
      startLo: spans.startLo[first],
      startHi: spans.startHi[first],
      durationNs: view.durationNs,
      services: countServices(spans),
      spansets: spansets.map(({ rows, attributes }) => ({
        matched: rows.length,
        attributes,
        spans: Array.from(firstRows(rows, most, earlier), describeSpan),
      })),
    };
  };
}

const ERROR = 2;

function countServices(spans: TraceSpans): ServiceCount[] {
  const column = spans.attribute('resource', 'service.name');
  if (column === null) return [];
  const counts = new Map<number, ServiceCount>();
  for (let row = 0; row < spans.n; row++) {
    const code = column.codes[row];
    let count = counts.get(code);
    if (count === undefined) {
      count = { service: textOf(column.values[code]), spans: 0, errors: 0 };
      counts.set(code, count);
    }
    count.spans++;
    if (spans.status[row] === ERROR) count.errors++;
  }
  return [...counts.values()].sort((a, b) => compareText(a.service, b.service));
}

const NOWHERE = { start: 0, end: 0 };

function textOf(value: Value): string {
  return value.type === 'nil' ? '' : valueText(value);
}

/** The first few rows in an order, without sorting all of them. */
function firstRows(
  rows: Uint32Array,
  most: number,
  order: (a: number, b: number) => number,
): number[] {
  const first: number[] = [];
  for (const row of rows) {
    if (first.length === most && (most === 0 || order(row, first[most - 1]) >= 0)) continue;
    let at = first.length;
    while (at > 0 && order(row, first[at - 1]) < 0) at--;
    first.splice(at, 0, row);
    if (first.length > most) first.pop();
  }
  return first;
}
