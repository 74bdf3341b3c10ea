/**
 * The part of Loki's HTTP API that the Logs page uses. Times are nanoseconds as decimal text, as the wire has them. Answers are
 * read field by field: what has another shape is left out.
 */
import { requestJson } from './client.ts';

/** Labels by name. */
export type Fields = Readonly<Record<string, string>>;

/** One line. `stream` is one object for all lines of a stream in an answer. */
export interface LogLine {
  readonly ns: string;
  readonly line: string;
  readonly stream: Fields;
  /** Structured metadata. */
  readonly metadata: Fields;
  /** What stages of the query found in the line. */
  readonly parsed: Fields;
}

export type Direction = 'backward' | 'forward';

export interface LinesRequest {
  readonly query: string;
  /** Inclusive. */
  readonly startNs: string;
  /** Exclusive. */
  readonly endNs: string;
  readonly limit: number;
  readonly direction: Direction;
}

/** A span of time in nanoseconds. */
export interface NsSpan {
  readonly startNs: string;
  readonly endNs: string;
}

/** A series of a metric query: [unix seconds, value as text]. */
export interface CountSeries {
  readonly metric: Fields;
  readonly values: readonly (readonly [timeS: number, value: string])[];
}

export interface DetectedField {
  readonly name: string;
  readonly type: string;
  readonly cardinality: number;
  readonly parsers: readonly string[];
}

export interface LogPattern {
  readonly pattern: string;
  /** [unix seconds, lines]. */
  readonly samples: readonly (readonly [timeS: number, count: number])[];
}

const none: Fields = {};

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function isFields(value: object): value is Fields {
  for (const one of Object.values(value)) if (typeof one !== 'string') return false;
  return true;
}

/** The strings of an object; the object itself when it has nothing else, which is the rule and costs no copy. */
function fields(value: unknown): Fields {
  if (typeof value !== 'object' || value === null) return none;
  if (isFields(value)) return value;
  return Object.fromEntries(
    Object.entries(value).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string',
    ),
  );
}

function texts(value: unknown): string[] {
  return list(value).filter((one) => typeof one === 'string');
}

async function ask(path: string, parameters: Record<string, string>, signal: AbortSignal) {
  const headers = { 'x-loki-response-encoding-flags': 'categorize-labels' };
  const search = new URLSearchParams(parameters).toString();
  const body = await requestJson<unknown>(`/loki/api/v1/${path}?${search}`, { signal, headers });
  return record(body);
}

/** The third member of an entry with categorised labels. */
function partsOf(extra: unknown): { readonly metadata: Fields; readonly parsed: Fields } {
  if (typeof extra !== 'object' || extra === null) return { metadata: none, parsed: none };
  return {
    metadata: 'structuredMetadata' in extra ? fields(extra.structuredMetadata) : none,
    parsed: 'parsed' in extra ? fields(extra.parsed) : none,
  };
}

/** The lines of `{streams: [...]}` or of a query's result, stream by stream. */
export function linesOf(streams: unknown): LogLine[] {
  const lines: LogLine[] = [];
  for (const one of list(streams)) {
    const { stream: labels, values } = record(one);
    const stream = fields(labels);
    for (const entry of list(values)) {
      const [ns, line, extra] = list(entry);
      if (typeof ns !== 'string' || typeof line !== 'string') continue;
      const { metadata, parsed } = partsOf(extra);
      lines.push({ ns, line, stream, metadata, parsed });
    }
  }
  return lines;
}

/** The lines that a log query finds, in the order of its direction. */
export async function fetchLines(request: LinesRequest, signal: AbortSignal): Promise<LogLine[]> {
  const { query, startNs, endNs, limit, direction } = request;
  const parameters = { query, start: startNs, end: endNs, limit: String(limit), direction };
  const body = await ask('query_range', parameters, signal);
  const lines = linesOf(record(body.data).result);
  const sign = direction === 'forward' ? 1 : -1;
  // Stable: lines of one time keep the order of the answer. Times have 19 digits until the year 2286.
  return lines.sort((a, b) => (a.ns < b.ns ? -sign : a.ns > b.ns ? sign : 0));
}

/** A metric query at every step from start to end, both included. */
export async function fetchCounts(
  query: string,
  startMs: number,
  endMs: number,
  stepMs: number,
  signal: AbortSignal,
): Promise<CountSeries[]> {
  const parameters = {
    query,
    start: nsOfMs(startMs),
    end: nsOfMs(endMs),
    step: `${stepMs}ms`,
  };
  const body = await ask('query_range', parameters, signal);
  return list(record(body.data).result).map((one) => {
    const { metric, values } = record(one);
    const points = list(values).flatMap((point) => {
      const [timeS, value] = list(point);
      return typeof timeS === 'number' && typeof value === 'string'
        ? [[timeS, value] as const]
        : [];
    });
    return { metric: fields(metric), values: points };
  });
}

function spanOf({ startNs, endNs }: NsSpan) {
  return { start: startNs, end: endNs };
}

/** Names of the stream labels. */
export async function fetchLabels(span: NsSpan, signal: AbortSignal): Promise<string[]> {
  return texts((await ask('labels', spanOf(span), signal)).data);
}

/** Values of a stream label. */
export async function fetchLabelValues(
  name: string,
  span: NsSpan,
  signal: AbortSignal,
): Promise<string[]> {
  return texts((await ask(`label/${encodeURIComponent(name)}/values`, spanOf(span), signal)).data);
}

/** Fields that the server finds in the lines of a log query. */
export async function fetchDetectedFields(
  query: string,
  span: NsSpan,
  signal: AbortSignal,
): Promise<DetectedField[]> {
  const body = await ask('detected_fields', { query, ...spanOf(span) }, signal);
  return list(body.fields ?? record(body.data).fields).flatMap((one) => {
    const { label, type, cardinality, parsers } = record(one);
    if (typeof label !== 'string') return [];
    return [
      {
        name: label,
        type: typeof type === 'string' ? type : 'string',
        cardinality: typeof cardinality === 'number' ? cardinality : 0,
        parsers: texts(parsers),
      },
    ];
  });
}

/** Patterns of the lines that a selector finds. */
export async function fetchPatterns(
  selector: string,
  span: NsSpan,
  step: string,
  signal: AbortSignal,
): Promise<LogPattern[]> {
  const body = await ask('patterns', { query: selector, step, ...spanOf(span) }, signal);
  return list(body.data).flatMap((one) => {
    const { pattern, samples } = record(one);
    if (typeof pattern !== 'string') return [];
    const points = list(samples).flatMap((sample) => {
      const [timeS, count] = list(sample);
      return typeof timeS === 'number' && typeof count === 'number'
        ? [[timeS, count] as const]
        : [];
    });
    return [{ pattern, samples: points }];
  });
}

/** Whole milliseconds as nanoseconds. */
export function nsOfMs(ms: number): string {
  return `${Math.floor(ms)}000000`;
}

/** Nanoseconds as milliseconds; what is below a microsecond may be lost. */
export function msOfNs(ns: string): number {
  return Number(ns.slice(0, -6)) + Number(ns.slice(-6)) / 1e6;
}

/** The lines and the count of an event of the live tail; undefined for what is no JSON. */
export function readTail(
  data: string,
): { readonly lines: LogLine[]; readonly dropped: number } | undefined {
  try {
    const body = record(JSON.parse(data));
    const { dropped, dropped_entries: entries } = body;
    const count = typeof dropped === 'number' ? dropped : list(entries).length;
    return { lines: linesOf(body.streams), dropped: count };
  } catch {
    return undefined;
  }
}
