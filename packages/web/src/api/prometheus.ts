/** The part of Prometheus' HTTP API that the page uses. Times are seconds, values are strings as the wire has them. */
import { requestJson } from './client.ts';

export type Labels = Readonly<Record<string, string>>;
export type Point = readonly [timeS: number, value: string];

/** A native histogram: buckets are [boundary rule, lower, upper, count]. */
export interface HistogramValue {
  readonly count: string;
  readonly sum: string;
  readonly buckets?: readonly (readonly [
    rule: number,
    lower: string,
    upper: string,
    count: string,
  ])[];
}
export type HistogramPoint = readonly [timeS: number, histogram: HistogramValue];

export interface MatrixSeries {
  readonly metric: Labels;
  readonly values?: readonly Point[];
  readonly histograms?: readonly HistogramPoint[];
}

interface VectorSample {
  readonly metric: Labels;
  readonly value?: Point;
  readonly histogram?: HistogramPoint;
}

export type QueryData =
  | { readonly resultType: 'matrix'; readonly result: readonly MatrixSeries[] }
  | { readonly resultType: 'vector'; readonly result: readonly VectorSample[] }
  | { readonly resultType: 'scalar' | 'string'; readonly result: Point };

/** An answer with the notes that came with it. */
export interface Answer<T> {
  readonly data: T;
  readonly warnings: readonly string[];
  readonly infos: readonly string[];
}

interface Envelope<T> {
  readonly data: T;
  readonly warnings?: readonly string[];
  readonly infos?: readonly string[];
}

async function call<T>(
  path: string,
  fields: Record<string, string>,
  signal: AbortSignal,
): Promise<Answer<T>> {
  // POST: an expression may be longer than a server accepts in a URL.
  const init = { method: 'POST', body: new URLSearchParams(fields), signal };
  const body = await requestJson<Envelope<T>>(`/api/v1/${path}`, init);
  return { data: body.data, warnings: body.warnings ?? [], infos: body.infos ?? [] };
}

/** Evaluates `expression` at one instant. */
export function queryInstant(
  expression: string,
  timeS: number,
  signal: AbortSignal,
): Promise<Answer<QueryData>> {
  return call('query', { query: expression, time: String(timeS) }, signal);
}

export interface RangeRequest {
  readonly expression: string;
  readonly startS: number;
  readonly endS: number;
  readonly stepS: number;
}

/** Evaluates `expression` at every step from start to end, both included. */
export async function queryRange(
  request: RangeRequest,
  signal: AbortSignal,
): Promise<Answer<readonly MatrixSeries[]>> {
  const answer = await call<QueryData>(
    'query_range',
    {
      query: request.expression,
      start: String(request.startS),
      end: String(request.endS),
      step: String(request.stepS),
    },
    signal,
  );
  return { ...answer, data: answer.data.resultType === 'matrix' ? answer.data.result : [] };
}

export interface ScrapeTarget {
  readonly labels: Labels;
  readonly scrapePool: string;
  readonly scrapeUrl: string;
  readonly health: string;
  readonly lastError: string;
  readonly lastScrape: string;
  readonly lastScrapeDuration: number;
}

/** The active scrape targets. */
export async function fetchTargets(signal: AbortSignal): Promise<readonly ScrapeTarget[]> {
  const body = await requestJson<Envelope<{ activeTargets: readonly ScrapeTarget[] | null }>>(
    '/api/v1/targets?state=active',
    { signal },
  );
  return body.data.activeTargets ?? [];
}
