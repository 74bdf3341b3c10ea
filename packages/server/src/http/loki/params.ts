/**
 * Parameters of Loki's API (pkg/loghttp/params.go): times are Unix nanoseconds, Unix seconds (at most ten digits, or with a point) or
 * RFC 3339; durations are float seconds or `1h30m`, `500ms`.
 *
 * Every reader throws ApiError.
 */
import { compareTimes, floorMs, type TimeNs, timeOfMs } from '@sightline/wire';
import type { FastifyRequest } from 'fastify';
import { parseDurationMs } from '../../config/duration.ts';
import { ApiError } from '../../queries/answers.ts';
import type { LokiRange } from '../../queries/loki/requests.ts';
import { Params, quote } from '../prometheus/params.ts';

const WHOLE = /^[+-]?\d+$/;
const FLOAT = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;
const RFC3339 = /^(\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d)(?:\.(\d{1,9})\d*)?([Zz]|[+-]\d\d:\d\d)$/;
/** Longer numbers are nanoseconds. */
const MAX_SECONDS_DIGITS = 10;
const MAX_INT64 = '9223372036854775807';
/** Of Go's time.Duration, in ms; far more than any range. */
const MAX_DURATION_MS = 2 ** 63 / 1e6;

export class LokiParams {
  readonly #params: Params;
  readonly #nowMs: number;

  constructor(params: Params, nowMs: number) {
    this.#params = params;
    this.#nowMs = nowMs;
  }

  static of(request: FastifyRequest, nowMs: number): LokiParams {
    return new LokiParams(Params.of(request), nowMs);
  }

  /** '' when absent. */
  get(name: string): string {
    return this.#params.get(name);
  }

  all(name: string): string[] {
    return this.#params.all(name);
  }

  time(name: string): TimeNs | undefined {
    const text = this.get(name);
    if (text === '') return undefined;
    const time = parseTime(text);
    if (time !== undefined) return time;
    throw invalid(
      `invalid parameter ${quote(name)}: cannot parse ${quote(text)}: neither Unix nanoseconds, float seconds nor RFC 3339`,
    );
  }

  /** Milliseconds, maybe a fraction. */
  durationMs(name: string): number | undefined {
    const text = this.get(name);
    if (text === '') return undefined;
    const ms = FLOAT.test(text) ? Number(text) * 1000 : parseDurationMs(text);
    if (ms !== undefined && Math.abs(ms) <= MAX_DURATION_MS) return ms;
    const why = ms === undefined ? '' : '. It overflows int64';
    throw invalid(`cannot parse ${quote(text)} to a valid duration${why} (parameter ${name})`);
  }

  whole(name: string, fallback: number): number {
    const text = this.get(name);
    if (text === '') return fallback;
    if (WHOLE.test(text) && Number.isSafeInteger(Number(text))) return Number(text);
    throw invalid(`strconv.Atoi: parsing ${quote(text)}: invalid syntax (parameter ${name})`);
  }

  /** A number of at least 1. */
  limit(fallback: number): number {
    const limit = this.whole('limit', fallback);
    if (limit <= 0) throw invalid('limit must be a positive value');
    return limit;
  }

  direction(): 'forward' | 'backward' {
    const text = this.get('direction').toLowerCase();
    if (text === '' || text === 'backward') return 'backward';
    if (text === 'forward') return 'forward';
    throw invalid(`invalid direction '${this.get('direction')}'`);
  }

  /** `start` and `end`; without `start`, `since` (or `sinceMs`) before the end or now, whichever is earlier. */
  range(sinceMs: number): LokiRange {
    const now = timeOfMs(this.#nowMs);
    const end = this.time('end') ?? now;
    const start = this.time('start');
    if (start !== undefined) return { start, end };
    const before = compareTimes(end, now) < 0 ? end : now;
    const since = this.durationMs('since') ?? sinceMs;
    const beforeMs = floorMs(before.hi, before.lo);
    return { start: timeOfMs(Math.max(0, Math.floor(beforeMs - since))), end };
  }
}

export function invalid(message: string): ApiError {
  return new ApiError('bad_data', message);
}

/** undefined for what is no time; before 1970 is 1970. */
export function parseTime(text: string): TimeNs | undefined {
  if (WHOLE.test(text)) return wholeTime(text);
  if (text.includes('.') && FLOAT.test(text)) return floatTime(Number(text));
  const found = RFC3339.exec(text);
  if (found === null) return undefined;
  const [, date = '', fraction = '', zone = ''] = found;
  const ms = Date.parse((date + zone).toUpperCase());
  if (Number.isNaN(ms)) return undefined;
  const ns = Number(fraction.padEnd(9, '0'));
  return timeOfMs(ms + Math.floor(ns / 1e6), ns % 1e6);
}

function wholeTime(text: string): TimeNs | undefined {
  if (text.startsWith('-')) return { hi: 0, lo: 0 };
  const digits = text.replace(/^\+?0*(?=\d)/, '');
  // The length counts as it was written, as Loki does it.
  if (text.length <= MAX_SECONDS_DIGITS) return timeOfMs(Number(digits) * 1000);
  if (
    digits.length > MAX_INT64.length ||
    (digits.length === MAX_INT64.length && digits > MAX_INT64)
  ) {
    return undefined;
  }
  return timeOfMs(Number(digits.slice(0, -6)), Number(digits.slice(-6)));
}

function floatTime(seconds: number): TimeNs | undefined {
  if (seconds > Number(MAX_INT64) / 1e9) return undefined;
  const whole = Math.trunc(seconds);
  // To the millisecond, as Loki reads it.
  return timeOfMs(whole * 1000 + Math.round((seconds - whole) * 1000));
}
