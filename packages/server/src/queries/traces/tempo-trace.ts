/** A trace by its id as Tempo answers it: JSON or protobuf, alone (v1) or in an envelope (v2), maybe only the spans that a filter wants. */
import { parseTraceql, searchTraces, type TraceSpans, traceOfStore } from '@sightline/query';
import type { SpanSet } from '@sightline/store';
import { ProtobufWriter } from '@sightline/wire';
import { ApiError, JSON_TYPE } from '../answers.ts';
import type { ExecuteContext } from '../context.ts';
import type { QueryAnswer } from '../requests.ts';
import { groupSpanSet } from './group-spans.ts';
import { writeResourceSpans } from './otlp-json.ts';
import { traceProtobuf } from './otlp-protobuf.ts';
import type { TempoRequest } from './requests.ts';
import { rowsByStart } from './set-rows.ts';
import { TextPieces } from './text-pieces.ts';

const PROTOBUF_TYPE = 'application/protobuf';

/** Throws ApiError (an unknown trace is `not_found`), and what the store throws. */
export function tempoTraceAnswer(
  ask: Extract<TempoRequest, { kind: 'tempo trace' }>,
  { records, budget }: ExecuteContext,
): QueryAnswer {
  const { traceId, form, query } = ask;
  const set = records.spanSet(traceId, budget);
  if (set === null) throw new ApiError('not_found', 'trace not found');
  const all = rowsByStart(set);
  const rows =
    query === '' ? all : chosenRows(set, all, traceOfStore(records, traceId, budget), ask);
  const groups = groupSpanSet(set, rows, budget);
  if (form === 'v1 protobuf' || form === 'v2 protobuf') {
    const trace = traceProtobuf(groups, budget);
    const body = form === 'v1 protobuf' ? [trace] : [envelopeHead(trace.byteLength), trace];
    return { status: 200, contentType: PROTOBUF_TYPE, body };
  }
  const into = new TextPieces(budget);
  into.push(form === 'v1 json' ? '{"batches":[' : '{"trace":{"resourceSpans":[');
  writeResourceSpans(groups, 'tempo', into, true);
  into.push(form === 'v1 json' ? ']}' : ']},"metrics":{}}');
  return { status: 200, contentType: JSON_TYPE, body: into.finish() };
}

/** TraceByIDResponse: the trace is field 1. */
function envelopeHead(length: number): Uint8Array {
  const writer = new ProtobufWriter();
  writer.tag(1, 2);
  writer.varint(length);
  return writer.finish();
}

/** The spans that the filter leaves, and the way from the root to each of them. Throws TraceqlParseError and ApiError. */
function chosenRows(
  set: SpanSet,
  all: Uint32Array,
  trace: TraceSpans | null,
  { query, keepHierarchy }: { query: string; keepHierarchy: boolean },
): Uint32Array {
  const parsed = parseTraceql(query);
  const isFilter =
    parsed.kind === 'spans' &&
    parsed.metrics === null &&
    parsed.stages.length === 1 &&
    parsed.stages[0].kind === 'filter';
  if (!isFilter) {
    throw new ApiError('bad_data', 'q must be one spanset filter, such as { status = error }');
  }
  const source = { traces: () => (trace === null ? [] : [trace]) };
  const options = { startMs: 0, endMs: Number.MAX_SAFE_INTEGER, limit: 1 };
  const [match] = searchTraces(parsed, source, { ...options, spansPerSpanset: all.length });
  const ids = new Set(
    match?.spansets.flatMap(({ spans }) => spans.map(({ spanId }) => spanId)) ?? [],
  );
  const kept = Uint8Array.from(all.keys(), (row) => (ids.has(set.spanId(row)) ? 1 : 0));
  if (keepHierarchy) keepAncestors(kept, set.parents());
  return all.filter((row) => kept[row] === 1);
}

function keepAncestors(kept: Uint8Array, parents: Int32Array): void {
  for (const row of Array.from(kept.keys()).filter((each) => kept[each] === 1)) {
    // Stops where another way has been, which also ends circles.
    for (let parent = parents[row]; parent >= 0 && kept[parent] === 0; parent = parents[parent]) {
      kept[parent] = 1;
    }
  }
}
