/** A server behind remote write and Prometheus' HTTP API as a target. */
import {
  compressSnappy,
  encodeWriteRequestV1,
  encodeWriteRequestV2,
  REMOTE_WRITE_V1,
  REMOTE_WRITE_V2,
  type WriteSeries,
} from '@sightline/wire';
import { sortedPairs } from './format.ts';
import type {
  Answer,
  AnswerHistogram,
  AnswerPoint,
  AnswerSeries,
  Query,
  SampleSeries,
  Target,
} from './target.ts';

export interface HttpTargetOptions {
  /** Base address, e.g. `http://127.0.0.1:4300`. */
  url: string;
  token?: string | undefined;
}

export class HttpTarget implements Target {
  readonly #options: HttpTargetOptions;

  constructor(options: HttpTargetOptions) {
    this.#options = options;
  }

  async load(tenant: string, series: readonly SampleSeries[]): Promise<void> {
    const needsV2 = series.some(({ samples }) =>
      samples.some(({ h, st }) => h !== null || st !== 0),
    );
    const written = series.flatMap(toWriteSeries);
    const body = needsV2 ? encodeWriteRequestV2(written) : encodeWriteRequestV1(written);
    const protocol = needsV2 ? REMOTE_WRITE_V2 : REMOTE_WRITE_V1;
    const compressed = new Uint8Array(compressSnappy(body));
    const response = await this.#post(tenant, '/api/v1/write', compressed, {
      'Content-Type': protocol.contentType,
      'Content-Encoding': 'snappy',
      'X-Prometheus-Remote-Write-Version': protocol.version,
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`answered ${response.status}: ${text.trim()}`);
  }

  async query(tenant: string, query: Query): Promise<Answer> {
    const form = new URLSearchParams({ query: query.expr });
    if (query.kind === 'instant') form.set('time', seconds(query.timeMs));
    else {
      form.set('start', seconds(query.startMs));
      form.set('end', seconds(query.endMs));
      form.set('step', seconds(query.stepMs));
    }
    const path = query.kind === 'instant' ? '/api/v1/query' : '/api/v1/query_range';
    const response = await this.#post(tenant, path, form.toString(), {
      'Content-Type': 'application/x-www-form-urlencoded',
    });
    const text = await response.text();
    try {
      return toAnswer(JSON.parse(text));
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      return { ok: false, error: `answered ${response.status}: ${text.slice(0, 200)}` };
    }
  }

  #post(
    tenant: string,
    path: string,
    body: Uint8Array<ArrayBuffer> | string,
    headers: Record<string, string>,
  ): Promise<Response> {
    const { url, token } = this.#options;
    const authorization: Record<string, string> =
      token === undefined ? {} : { Authorization: `Bearer ${token}` };
    return fetch(url.replace(/\/$/, '') + path, {
      method: 'POST',
      headers: { ...headers, ...authorization, 'X-Scope-OrgID': tenant },
      body,
    });
  }
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3);
}

/** A message of remote write 2.0 holds floats or histograms, so a mixed series becomes two messages. */
function toWriteSeries({ labels, samples }: SampleSeries): WriteSeries[] {
  const sorted = sortedPairs(labels);
  const floats = samples
    .filter(({ h }) => h === null)
    .map(({ t, v, stale, st }) => ({ t, value: stale ? ('stale' as const) : v, st }));
  const histograms = samples.flatMap(({ t, h, st }) =>
    h === null ? [] : [{ t, histogram: h, st }],
  );
  const written: WriteSeries[] = [];
  if (floats.length > 0) written.push({ labels: sorted, samples: floats });
  if (histograms.length > 0) written.push({ labels: sorted, histograms });
  return written;
}

type Json = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function toAnswer(body: unknown): Answer {
  if (!isObject(body) || body.status !== 'success' || !isObject(body.data)) {
    const error = isObject(body) ? String(body.error) : JSON.stringify(body);
    return { ok: false, error: error.replace(/^invalid parameter "query": /, '') };
  }
  const type = body.data.resultType;
  const { result } = body.data;
  if (type !== 'scalar' && type !== 'string' && type !== 'vector' && type !== 'matrix') {
    return { ok: false, error: `unknown result type ${String(type)}` };
  }
  const [time, value] = list(result);
  return {
    ok: true,
    type,
    series: type === 'vector' || type === 'matrix' ? list(result).map(toSeries) : [],
    scalars: type === 'scalar' ? [{ t: toMs(time), v: toNumber(value) }] : [],
    text: type === 'string' ? String(value) : '',
    warnings: list(body.warnings).map(String),
    infos: list(body.infos).map(String),
  };
}

function toSeries(value: unknown): AnswerSeries {
  if (!isObject(value)) return { labels: [], points: [] };
  const metric = isObject(value.metric) ? value.metric : {};
  const points: AnswerPoint[] = [];
  const floats = value.value === undefined ? list(value.values) : [value.value];
  for (const pair of floats) {
    const [time, text] = list(pair);
    points.push({ t: toMs(time), v: toNumber(text), h: null });
  }
  const histograms = value.histogram === undefined ? list(value.histograms) : [value.histogram];
  for (const pair of histograms) {
    const [time, histogram] = list(pair);
    points.push({ t: toMs(time), v: 0, h: toHistogram(histogram) });
  }
  points.sort((a, b) => a.t - b.t);
  return { labels: Object.entries(metric).flatMap(([name, text]) => [name, String(text)]), points };
}

function toHistogram(value: unknown): AnswerHistogram {
  const object = isObject(value) ? value : {};
  const buckets = list(object.buckets).map((bucket) => {
    const [rule, lower, upper, count] = list(bucket);
    return {
      rule: toNumber(rule),
      lower: toNumber(lower),
      upper: toNumber(upper),
      count: toNumber(count),
    };
  });
  return { shape: 'api', count: toNumber(object.count), sum: toNumber(object.sum), buckets };
}

function toMs(value: unknown): number {
  return Math.round(Number(value) * 1000);
}

/** A value as the API writes it: a string, with `+Inf` and `-Inf`. */
function toNumber(value: unknown): number {
  const text = String(value);
  if (text === '+Inf') return Number.POSITIVE_INFINITY;
  return text === '-Inf' ? Number.NEGATIVE_INFINITY : Number(text);
}
