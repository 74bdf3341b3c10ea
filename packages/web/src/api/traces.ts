/** Our own trace API: a whole trace as columns, and everything about one span of it. */
import type { AnswerOf } from './answer-of.ts';
import { requestJson } from './client.ts';

/** A trace in columns, one place a span, in the order of their starts. */
export type TraceAnswer = AnswerOf<'getTrace'>;
export type SpanDetail = AnswerOf<'getSpan'>;
/** Values are text; `type` says what they were. */
export type TypedAttribute = SpanDetail['attributes'][number];

/** The columns of a trace. @throws ApiError with status 404 when there is none */
export function fetchTrace(traceId: string, signal: AbortSignal): Promise<TraceAnswer> {
  return requestJson(`/api/v1/traces/${encodeURIComponent(traceId)}`, { signal });
}

/** Everything about one span. */
export function fetchSpan(
  traceId: string,
  spanId: string,
  signal: AbortSignal,
): Promise<SpanDetail> {
  const path = [traceId, 'spans', spanId].map(encodeURIComponent).join('/');
  return requestJson(`/api/v1/traces/${path}`, { signal });
}
