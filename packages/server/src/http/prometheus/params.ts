/**
 * Parameters of the Prometheus API: the query string, and the form of a POST, as Go's `FormValue` reads them (the form first).
 * Times, durations and texts of errors follow web/api/v1/api.go.
 */
import type { FastifyRequest } from 'fastify';
import { parseDurationMs } from '../../config/duration.ts';
import { ApiError, invalidParameter } from '../../queries/answers.ts';

export class Params {
  readonly #form: URLSearchParams;
  readonly #query: URLSearchParams;

  constructor(query: string, form = '') {
    this.#query = new URLSearchParams(query);
    this.#form = new URLSearchParams(form);
  }

  static of(request: FastifyRequest): Params {
    const question = request.url.indexOf('?');
    const query = question < 0 ? '' : request.url.slice(question + 1);
    const isForm = request.headers['content-type']
      ?.toLowerCase()
      .startsWith('application/x-www-form-urlencoded');
    const { body } = request;
    return new Params(query, isForm === true && Buffer.isBuffer(body) ? body.toString('utf8') : '');
  }

  /** '' when absent. */
  get(name: string): string {
    return this.#form.get(name) ?? this.#query.get(name) ?? '';
  }

  all(name: string): string[] {
    return [...this.#form.getAll(name), ...this.#query.getAll(name)];
  }

  /** Unix ms; `fallback` when absent. Throws ApiError. */
  time(name: string, fallback: number): number {
    const text = this.get(name);
    if (text === '') return fallback;
    const message = `Invalid time value for '${name}': cannot parse ${quote(text)} to a valid timestamp`;
    return orRefuse(parseTimeMs(text), name, message);
  }

  /** As `time`, where the API takes no default and words its error shorter. */
  requiredTime(name: string): number {
    const text = this.get(name);
    return orRefuse(parseTimeMs(text), name, `cannot parse ${quote(text)} to a valid timestamp`);
  }

  /** Milliseconds, maybe a fraction. Throws ApiError. */
  duration(name: string): number {
    const text = this.get(name);
    const ms = parseDurationParameter(text);
    if (typeof ms === 'number') return ms;
    throw invalidParameter(name, ms.problem);
  }

  /** 0 when absent: no limit. Throws ApiError. */
  limit(): number {
    const text = this.get('limit');
    if (text === '') return 0;
    if (!/^[+-]?\d+$/.test(text)) {
      throw invalidParameter('limit', `strconv.Atoi: parsing ${quote(text)}: invalid syntax`);
    }
    const limit = Number(text);
    if (limit < 0) throw invalidParameter('limit', 'limit must be non-negative');
    return limit;
  }

  /** `lookback_delta` in ms; undefined when absent or not positive. Throws ApiError. */
  lookback(): number | undefined {
    const text = this.get('lookback_delta');
    if (text === '') return undefined;
    const ms = parseDurationParameter(text);
    if (typeof ms === 'number') return ms > 0 ? ms : undefined;
    throw new ApiError('bad_data', `error parsing lookback delta duration: ${ms.problem}`);
  }
}

/** The furthest times that a JavaScript date can be; further ones mean the same to a store. */
export const MIN_TIME_MS = -8.64e15;
export const MAX_TIME_MS = 8.64e15;

/** Prometheus' own bounds, as clients send them for "everything" (client_golang#614). */
const MIN_TIME_TEXT = '-292273086-05-16T16:47:06Z';
const MAX_TIME_TEXT = '292277025-08-18T07:12:54.999999999Z';

const FLOAT = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;
const RFC3339 = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/;

/** Float seconds or RFC 3339 to Unix ms; undefined for anything else. */
export function parseTimeMs(text: string): number | undefined {
  if (FLOAT.test(text)) {
    const seconds = Number(text);
    const whole = Math.trunc(seconds);
    const ms = whole * 1000 + Math.round((seconds - whole) * 1000);
    return Math.min(MAX_TIME_MS, Math.max(MIN_TIME_MS, ms));
  }
  if (text === MIN_TIME_TEXT) return MIN_TIME_MS;
  if (text === MAX_TIME_TEXT) return MAX_TIME_MS;
  if (!RFC3339.test(text)) return undefined;
  const ms = Date.parse(text.toUpperCase());
  return Number.isNaN(ms) ? undefined : ms;
}

/** Bounds of Go's time.Duration, in seconds. */
const MAX_DURATION_SECONDS = 2 ** 63 / 1e9;

function parseDurationParameter(text: string): number | { problem: string } {
  if (FLOAT.test(text)) {
    const seconds = Number(text);
    if (Math.abs(seconds) <= MAX_DURATION_SECONDS) return seconds * 1000;
    return { problem: `cannot parse ${quote(text)} to a valid duration. It overflows int64` };
  }
  const ms = parseDurationMs(text);
  return ms ?? { problem: `cannot parse ${quote(text)} to a valid duration` };
}

function orRefuse(value: number | undefined, name: string, message: string): number {
  if (value === undefined) throw invalidParameter(name, message);
  return value;
}

/** Go's `%q`, for what people type. */
export function quote(text: string): string {
  return JSON.stringify(text);
}
