/** Answers of Jaeger's API in a query thread: the classic one (`{data, total, limit, offset, errors}`) and the third version. */
import {
  DEFAULT_SPAN_LIMITS,
  DecodeError,
  decodeOtlpTracesJson,
  RequestLimitError,
  SpanBatch,
} from '@sightline/wire';
import { ApiError, JSON_TYPE, jsonAnswer } from '../answers.ts';
import type { ExecuteContext } from '../context.ts';
import type { QueryAnswer } from '../requests.ts';
import { PlainStreams, rowsOf } from './decode-rows.ts';
import { dependencies } from './dependencies.ts';
import { findTraces } from './find-spans.ts';
import { groupSpanSet } from './group-spans.ts';
import { JAEGER_KINDS, serviceOf, writeJaegerTrace } from './jaeger-json.ts';
import { summaryOf } from './jaeger-summary.ts';
import { writeResourceSpans } from './otlp-json.ts';
import type { JaegerRequest } from './requests.ts';
import { rowsByStart, rowsInParts } from './set-rows.ts';
import { TextPieces } from './text-pieces.ts';

type Ask<K extends JaegerRequest['kind']> = Extract<JaegerRequest, { kind: K }>;

/** Services and operations are those of all spans that are kept. */
const EVER = { minMs: 0, maxMs: 8.64e15 };
const MAX_OPERATIONS = 10_000;
const NO_TRACE = 'trace not found';

/** Throws ApiError, and what the store throws. */
export function answerJaeger(ask: JaegerRequest, context: ExecuteContext): QueryAnswer {
  switch (ask.kind) {
    case 'jaeger services':
      return servicesAnswer(ask, context);
    case 'jaeger operations':
      return operationsAnswer(ask, context);
    case 'jaeger search':
      return searchAnswer(ask, context);
    case 'jaeger traces':
      return tracesAnswer(ask, context);
    case 'jaeger transform':
      return transformAnswer(ask, context);
    case 'jaeger dependencies':
      return dependenciesAnswer(ask, context);
  }
}

function listAnswer(data: readonly unknown[]): QueryAnswer {
  return jsonAnswer(200, JSON.stringify({ data, total: data.length, ...UNPAGED, errors: null }));
}

const UNPAGED = { limit: 0, offset: 0 };

function servicesAnswer({ v3 }: Ask<'jaeger services'>, { records }: ExecuteContext): QueryAnswer {
  const streams = records.streams('spans', EVER.minMs, EVER.maxMs);
  const services = [...new Set(streams.map(serviceOf))].filter((name) => name !== '').sort();
  return v3 ? jsonAnswer(200, JSON.stringify({ services })) : listAnswer(services);
}

function operationsAnswer(
  { service, spanKind, shape }: Ask<'jaeger operations'>,
  { records, budget }: ExecuteContext,
): QueryAnswer {
  const found = records.operations({
    wants: (stream) => serviceOf(stream) === service,
    ...EVER,
    limit: MAX_OPERATIONS,
    budget,
  });
  const wanted = found
    .map(({ name, kind }) => ({ name, spanKind: JAEGER_KINDS[kind] ?? '' }))
    .filter((one) => spanKind === '' || one.spanKind === spanKind);
  const distinct = new Map(wanted.map((one) => [`${one.name}\0${one.spanKind}`, one]));
  const operations = [...distinct].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one);
  switch (shape) {
    case 'names':
      return listAnswer([...new Set(operations.map(({ name }) => name))]);
    case 'kinds':
      return listAnswer(operations);
    case 'v3': {
      const shown = operations.map((one) => ({ ...one, spanKind: one.spanKind || 'internal' }));
      return jsonAnswer(200, JSON.stringify({ operations: shown }));
    }
  }
}

function searchAnswer(
  { search, shape }: Ask<'jaeger search'>,
  { records, budget }: ExecuteContext,
): QueryAnswer {
  const into = new TextPieces(budget);
  let count = 0;
  into.push(
    shape === 'classic'
      ? '{"data":['
      : shape === 'v3'
        ? '{"result":{"resourceSpans":['
        : '{"summaries":[',
  );
  for (const found of findTraces(search, records, budget)) {
    const { set, trace } = found;
    if (count > 0 && shape !== 'v3') into.push(',');
    if (shape === 'summaries') into.push(JSON.stringify(summaryOf(found)));
    else {
      const order = rowsByStart(set, trace);
      if (shape === 'v3') {
        writeResourceSpans(groupSpanSet(set, order, budget), 'otlp', into, count === 0);
      } else writeJaegerTrace(set.traceId(trace), rowsInParts(set, order, budget), into);
    }
    count++;
  }
  // Version 3 calls no traces an error.
  if (shape === 'v3' && count === 0) throw new ApiError('not_found', 'No traces found');
  into.push(
    shape === 'classic'
      ? '],"total":0,"limit":0,"offset":0,"errors":null}'
      : shape === 'v3'
        ? ']}}'
        : ']}',
  );
  return { status: 200, contentType: JSON_TYPE, body: into.finish() };
}

function tracesAnswer(
  { traceIds, one, v3 }: Ask<'jaeger traces'>,
  { records, budget }: ExecuteContext,
): QueryAnswer {
  const into = new TextPieces(budget);
  const missing: { msg: string; traceID: string }[] = [];
  into.push(v3 ? '{"result":{"resourceSpans":[' : '{"data":[');
  let count = 0;
  for (const traceId of new Set(traceIds)) {
    const set = records.spanSet(traceId, budget);
    if (set === null) {
      missing.push({ msg: NO_TRACE, traceID: traceId });
      continue;
    }
    const order = rowsByStart(set);
    if (v3) writeResourceSpans(groupSpanSet(set, order, budget), 'otlp', into, count === 0);
    else {
      if (count > 0) into.push(',');
      writeJaegerTrace(traceId, rowsInParts(set, order, budget), into);
    }
    count++;
  }
  if (count === 0 && one) throw new ApiError('not_found', v3 ? 'No traces found' : NO_TRACE);
  const errors = missing.length === 0 ? null : missing;
  into.push(v3 ? ']}}' : `],"total":0,"limit":0,"offset":0,"errors":${JSON.stringify(errors)}}`);
  return { status: 200, contentType: JSON_TYPE, body: into.finish() };
}

function dependenciesAnswer(
  { endMs, lookbackMs, service }: Ask<'jaeger dependencies'>,
  context: ExecuteContext,
): QueryAnswer {
  const data = dependencies(context, endMs - lookbackMs, endMs).filter(
    ({ parent, child }) => service === '' || parent === service || child === service,
  );
  return jsonAnswer(200, JSON.stringify({ data, total: 0, ...UNPAGED, errors: null }));
}

/** The traces of the body in the order in which they come first, spans as they come. */
function transformAnswer(
  { body }: Ask<'jaeger transform'>,
  { budget }: ExecuteContext,
): QueryAnswer {
  const batch = new SpanBatch();
  const streams = new PlainStreams();
  try {
    decodeOtlpTracesJson(body, streams, DEFAULT_SPAN_LIMITS, batch);
  } catch (error) {
    if (!(error instanceof DecodeError || error instanceof RequestLimitError)) throw error;
    throw new ApiError('bad_data', `cannot unmarshal OTLP: ${error.message}`);
  }
  budget.addBytes(batch.sideLength);
  const rows = rowsOf(batch, streams);
  const into = new TextPieces(budget);
  let between = '{"data":[';
  for (const [traceId, spans] of Map.groupBy(rows, ({ record }) => record.traceId)) {
    into.push(between);
    writeJaegerTrace(traceId, spans, into);
    between = ',';
  }
  if (rows.length === 0) into.push(between);
  into.push('],"total":0,"limit":0,"offset":0,"errors":null}');
  return { status: 200, contentType: JSON_TYPE, body: into.finish() };
}
