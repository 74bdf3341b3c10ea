/** From a route of a trace API to the query pool and back: what Jaeger's, Tempo's and our own routes share. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ApiError, errorAnswer } from '../queries/answers.ts';
import type { QueryPool } from '../queries/pool.ts';
import type { QueryAnswer } from '../queries/requests.ts';
import type { TraceApiRequest } from '../queries/traces/requests.ts';
import { whileConnected } from './client-signal.ts';
import { gzipFromBytes, sendAnswer } from './compress.ts';

/** What the routes need. */
export interface TraceApiDeps {
  queries: Pick<QueryPool, 'run'>;
  version: string;
  /** Read on every request, so that a reload can change them. */
  limits(): { timeoutMs: number };
  /** Unix ms. */
  now(): number;
}

/** Reads a request. Throws ApiError. */
type Make = (params: URLSearchParams, request: FastifyRequest) => TraceApiRequest;
/** An error in the shape of an API. */
export type ErrorAnswer = (status: number, message: string) => QueryAnswer;

export function traceRoute(deps: TraceApiDeps, make: Make, shape: ErrorAnswer) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const answer = inShape(await run(deps, make, request, reply), shape);
    if (answer.status === 503) reply.header('retry-after', '1');
    return sendAnswer(request, reply, answer);
  };
}

async function run(
  deps: TraceApiDeps,
  make: Make,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<QueryAnswer> {
  try {
    const ask = make(queryOf(request), request);
    const options = {
      tenant: request.tenant,
      timeoutMs: deps.limits().timeoutMs,
      gzipFromBytes: gzipFromBytes(request),
    };
    return await whileConnected(reply, (signal) =>
      deps.queries.run({ kind: 'traces', ask }, { ...options, signal }),
    );
  } catch (error) {
    if (error instanceof ApiError) return errorAnswer(error.type, error.message);
    throw error;
  }
}

function queryOf({ url }: FastifyRequest): URLSearchParams {
  const question = url.indexOf('?');
  return new URLSearchParams(question < 0 ? '' : url.slice(question + 1));
}

/** The pool tells errors as Prometheus' API does. */
function inShape(answer: QueryAnswer, shape: ErrorAnswer): QueryAnswer {
  if (answer.status < 400) return answer;
  const body: unknown = JSON.parse(Buffer.concat(answer.body).toString('utf8'));
  const isError = typeof body === 'object' && body !== null && 'error' in body;
  return shape(answer.status, isError ? String(body.error) : 'the query failed');
}

/** A parameter of the path; '' when absent. */
export function pathParam({ params }: FastifyRequest, name: string): string {
  if (typeof params !== 'object' || params === null) return '';
  const value: unknown = Object.entries(params).find(([key]) => key === name)?.[1];
  return typeof value === 'string' ? value : '';
}

/** 32 lower-case hex digits of an id that may be shorter. Throws ApiError. */
export function traceIdOf(text: string): string {
  if (/^[0-9a-f]{1,32}$/i.test(text)) return text.toLowerCase().padStart(32, '0');
  const shown = JSON.stringify(text.slice(0, 64));
  throw new ApiError('bad_data', `trace id must be 1 to 32 hex digits, not ${shown}`);
}

const GO_UNITS: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  μs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
};
const GO_DURATION = /^(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h)/;
const MAX_DURATION_NS = 2 ** 63;

/** Nanoseconds of Go's `1h2m3.5s`; undefined when it is none. Negative ones are none here. */
export function goDurationNs(text: string): number | undefined {
  let rest = text.replace(/^\+/, '');
  if (rest === '0') return 0;
  if (rest === '') return undefined;
  let total = 0;
  while (rest !== '') {
    const [part] = GO_DURATION.exec(rest) ?? [''];
    if (part === '') return undefined;
    const unit = part.replace(/^[\d.]+/, '');
    total += Number.parseFloat(part) * (GO_UNITS[unit] ?? 0);
    rest = rest.slice(part.length);
  }
  return total <= MAX_DURATION_NS ? Math.round(total) : undefined;
}
