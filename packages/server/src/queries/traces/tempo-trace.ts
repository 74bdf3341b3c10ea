/** A trace by its id as Tempo answers it: JSON or protobuf, alone (v1) or in an envelope (v2), maybe only the spans that a filter wants. */
import { parseTraceql, searchTraces, type TraceSpans, traceOfStore } from '@sightline/query';
import type { SpanRow } from '@sightline/store';
import { ProtobufWriter } from '@sightline/wire';
import { ApiError, JSON_TYPE } from '../answers.ts';
import type { ExecuteContext } from '../context.ts';
import type { QueryAnswer } from '../requests.ts';
import { writeResourceSpans } from './otlp-json.ts';
import { traceProtobuf } from './otlp-protobuf.ts';
import type { TempoRequest } from './requests.ts';
import { TextPieces } from './text-pieces.ts';

const PROTOBUF_TYPE = 'application/protobuf';

/** Throws ApiError (an unknown trace is `not_found`), and what the store throws. */
export function tempoTraceAnswer(
  ask: Extract<TempoRequest, { kind: 'tempo trace' }>,
  { records, budget }: ExecuteContext,
): QueryAnswer {
  const { traceId, form, query } = ask;
  const all = records.trace(traceId, budget);
  if (all.length === 0) throw new ApiError('not_found', 'trace not found');
  const rows = query === '' ? all : chosen(all, traceOfStore(records, traceId, budget), ask);
  if (form === 'v1 protobuf' || form === 'v2 protobuf') {
    const trace = traceProtobuf(rows, budget);
    const body = form === 'v1 protobuf' ? [trace] : [envelopeHead(trace.byteLength), trace];
    return { status: 200, contentType: PROTOBUF_TYPE, body };
  }
  const into = new TextPieces(budget);
  into.push(form === 'v1 json' ? '{"batches":[' : '{"trace":{"resourceSpans":[');
  writeResourceSpans(rows, 'tempo', into, true);
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
function chosen(
  rows: readonly SpanRow[],
  trace: TraceSpans | null,
  { query, keepHierarchy }: { query: string; keepHierarchy: boolean },
): SpanRow[] {
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
  const [match] = searchTraces(parsed, source, { ...options, spansPerSpanset: rows.length });
  const kept = new Set(
    match?.spansets.flatMap(({ spans }) => spans.map(({ spanId }) => spanId)) ?? [],
  );
  if (keepHierarchy) addAncestors(kept, rows);
  return rows.filter(({ record }) => kept.has(record.spanId));
}

function addAncestors(kept: Set<string>, rows: readonly SpanRow[]): void {
  const parents = new Map(rows.map(({ record }) => [record.spanId, record.parentId]));
  for (const spanId of [...kept]) {
    let parent = parents.get(spanId) ?? '';
    // Stops where another way has been, which also ends circles.
    while (parent !== '' && parents.has(parent) && !kept.has(parent)) {
      kept.add(parent);
      parent = parents.get(parent) ?? '';
    }
  }
}
