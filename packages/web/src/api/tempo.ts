/** The part of Tempo's HTTP API that the page uses: searching traces with TraceQL, and what there is to search for. */
import { requestJson } from './client.ts';

interface TempoValue {
  readonly stringValue?: string;
  readonly intValue?: string;
  readonly doubleValue?: number;
  readonly boolValue?: boolean;
}

interface TempoSpan {
  readonly spanID: string;
  readonly name?: string;
  readonly startTimeUnixNano: string;
  readonly durationNanos: string;
  readonly attributes?: readonly { readonly key: string; readonly value: TempoValue }[];
}

export interface TempoTrace {
  readonly traceID: string;
  readonly rootServiceName?: string;
  readonly rootTraceName?: string;
  readonly startTimeUnixNano: string;
  readonly durationMs?: number;
  readonly spanSets?: readonly {
    readonly spans: readonly TempoSpan[];
    readonly matched: number;
  }[];
  readonly serviceStats?: Readonly<
    Record<string, { readonly spanCount?: number; readonly errorCount?: number }>
  >;
}

export interface TraceSearch {
  readonly query: string;
  readonly startS: number;
  readonly endS: number;
  readonly limit: number;
}

function secondsOf({ startS, endS }: { readonly startS: number; readonly endS: number }) {
  // Whole seconds, as Tempo takes them; the end is rounded up so that what came just now is found.
  return { start: String(Math.floor(startS)), end: String(Math.ceil(endS)) };
}

/** The whole trace's duration comes in whole milliseconds; asking for it as a field brings the rest of its digits. */
function withDuration(query: string): string {
  return /\bwith\s*\(/.test(query) ? query : `${query} | select(traceDuration)`;
}

/** Traces that match, newest first. */
export async function searchTraces(
  { query, limit, ...time }: TraceSearch,
  signal: AbortSignal,
): Promise<readonly TempoTrace[]> {
  const fields = {
    q: withDuration(query),
    limit: String(limit),
    spss: '1',
    ...secondsOf(time),
  };
  const answer = await requestJson<{ traces?: readonly TempoTrace[] }>(
    `/tempo/api/search?${new URLSearchParams(fields)}`,
    { signal },
  );
  return answer.traces ?? [];
}

/** The most spans of one trace that a search returns. */
const maxSpans = 10_000;

/** Ids of the spans of a trace that fulfil all conditions (TraceQL within braces), and how many there are in all. */
export async function searchSpans(
  traceId: string,
  conditions: readonly string[],
  time: Span,
  signal: AbortSignal,
): Promise<{ readonly ids: readonly string[]; readonly matched: number }> {
  const query = `{ ${[`trace:id = "${traceId}"`, ...conditions].join(' && ')} }`;
  const fields = { q: query, limit: '1', spss: String(maxSpans), ...secondsOf(time) };
  const answer = await requestJson<{ traces?: readonly TempoTrace[] }>(
    `/tempo/api/search?${new URLSearchParams(fields)}`,
    { signal },
  );
  const [set] = answer.traces?.[0]?.spanSets ?? [];
  return { ids: set?.spans.map((span) => span.spanID) ?? [], matched: set?.matched ?? 0 };
}

export interface TagScope {
  readonly name: string;
  readonly tags: readonly string[];
}

interface Span {
  readonly startS: number;
  readonly endS: number;
}

/** Names of attributes by scope. */
export async function fetchTags(time: Span, signal: AbortSignal): Promise<readonly TagScope[]> {
  const answer = await requestJson<{ scopes?: readonly TagScope[] }>(
    `/tempo/api/v2/search/tags?${new URLSearchParams(secondsOf(time))}`,
    { signal },
  );
  return answer.scopes ?? [];
}

export interface TagValue {
  readonly type: string;
  readonly value: string;
}

/** Values of a tag as TraceQL names it (`resource.service.name`, `name`), of spans that match `query`. */
export async function fetchTagValues(
  tag: string,
  query: string,
  time: Span,
  signal: AbortSignal,
): Promise<readonly TagValue[]> {
  const fields = { ...secondsOf(time), ...(query === '' ? {} : { q: query }) };
  const answer = await requestJson<{ tagValues?: readonly TagValue[] }>(
    `/tempo/api/v2/search/tag/${encodeURIComponent(tag)}/values?${new URLSearchParams(fields)}`,
    { signal },
  );
  return answer.tagValues ?? [];
}
