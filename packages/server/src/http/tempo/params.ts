/** Parameters of Tempo's API (pkg/api of Tempo). Every function throws ApiError. */
import { ApiError } from '../../queries/answers.ts';
import type { TimeRangeMs } from '../../queries/traces/requests.ts';
import { MAX_TIME_MS } from '../prometheus/params.ts';
import { goDurationNs } from '../trace-runner.ts';

const HOUR_MS = 3_600_000;
const RFC3339 = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/;

function bad(message: string): ApiError {
  return new ApiError('bad_data', message);
}

function shown(text: string): string {
  return JSON.stringify(text.slice(0, 100));
}

/** `start` and `end` in Unix seconds; everything that is kept when both are absent. */
export function rangeOf(params: URLSearchParams): TimeRangeMs {
  const start = seconds(params, 'start');
  const end = seconds(params, 'end');
  if (start === 0 && end === 0) return { startMs: 0, endMs: MAX_TIME_MS };
  if (end !== 0 && end <= start) {
    const text = `http parameter start must be before end. received start=${start} end=${end}`;
    throw bad(text);
  }
  return { startMs: start * 1000, endMs: end === 0 ? MAX_TIME_MS : end * 1000 };
}

function seconds(params: URLSearchParams, name: string): number {
  const text = params.get(name) ?? '';
  if (text === '') return 0;
  if (!/^\d{1,10}$/.test(text))
    throw bad(`invalid ${name}: ${shown(text)} is no Unix time in seconds`);
  return Number(text);
}

/** A positive whole number up to `most`. */
export function countOf(
  params: URLSearchParams,
  name: string,
  fallback: number,
  most: number,
): number {
  const text = params.get(name) ?? '';
  if (text === '') return fallback;
  if (!/^[+-]?\d{1,10}$/.test(text)) throw bad(`invalid ${name}: ${shown(text)} is no number`);
  const count = Number(text);
  if (count <= 0) throw bad(`invalid ${name}: must be a positive number`);
  if (count > most) throw bad(`invalid ${name}: must be at most ${most}`);
  return count;
}

/** As `countOf`; 0 means as many as there may be. */
export function countOrAll(
  params: URLSearchParams,
  name: string,
  fallback: number,
  most: number,
): number {
  return params.get(name) === '0' ? most : countOf(params, name, fallback, most);
}

/** `start` and `end` (seconds, nanoseconds or RFC 3339), else `since` before now, else the last hour. */
export function metricsRangeOf(params: URLSearchParams, nowMs: number): TimeRangeMs {
  const endMs = timeOf(params, 'end') ?? nowMs;
  const since = durationOf(params, 'since');
  const startMs = timeOf(params, 'start') ?? endMs - (since ?? HOUR_MS);
  if (startMs >= endMs) {
    throw bad(`http parameter start must be before end. received start=${startMs} end=${endMs}`);
  }
  return { startMs: Math.max(0, startMs), endMs };
}

function timeOf(params: URLSearchParams, name: string): number | undefined {
  const text = params.get(name) ?? '';
  if (text === '') return undefined;
  if (/^\d{11,19}$/.test(text)) return Number(BigInt(text) / 1_000_000n);
  if (/^\d{1,10}(\.\d+)?$/.test(text)) return Math.round(Number(text) * 1000);
  const ms = RFC3339.test(text) ? Date.parse(text.toUpperCase()) : Number.NaN;
  if (Number.isNaN(ms)) throw bad(`invalid ${name}: ${shown(text)} is no time`);
  return ms;
}

const DAY_UNITS = { d: 86_400_000, w: 604_800_000 };

/** Milliseconds of Go's or Prometheus' durations. */
function durationOf(params: URLSearchParams, name: string): number | undefined {
  const text = params.get(name) ?? '';
  if (text === '') return undefined;
  const [, count, unit, rest = ''] = /^(\d{1,6})([dw])(.*)$/.exec(text) ?? ['', '0', '', text];
  const days = unit === 'd' || unit === 'w' ? Number(count) * DAY_UNITS[unit] : 0;
  const ns = rest === '' && days > 0 ? 0 : goDurationNs(rest);
  if (ns === undefined) throw bad(`invalid ${name}: ${shown(text)} is no duration`);
  return days + ns / 1e6;
}

/** Float seconds or a duration; what suits the range when absent. */
export function stepOf(params: URLSearchParams, { startMs, endMs }: TimeRangeMs): number {
  const text = params.get('step') ?? '';
  if (text === '') return defaultStep(endMs - startMs);
  const ms = /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : durationOf(params, 'step');
  if (ms === undefined || ms <= 0) throw bad(`invalid step: ${shown(text)}`);
  return Math.max(1, Math.round(ms));
}

const NICE_STEPS = [3_600_000, 300_000, 60_000, 15_000, 5000, 1000];

/** About 240 points, a multiple of a round step; as Tempo's DefaultQueryRangeStep. */
function defaultStep(rangeMs: number): number {
  const baseline = rangeMs / 240;
  if (rangeMs < 60_000) return Math.max(50, Math.floor(baseline / 50) * 50);
  const nice = NICE_STEPS.find((step) => step < baseline) ?? 1000;
  return Math.max(1000, Math.floor(baseline / nice) * nice);
}

/** The query of a search: `q`, or one made of `tags`, `minDuration` and `maxDuration`. */
export function searchQueryOf(params: URLSearchParams): string {
  const query = params.get('q') ?? '';
  const tags = params.get('tags') ?? '';
  if (query !== '' && tags !== '') throw bad("can't specify tags and q in the same query");
  if (query !== '') return query;
  const conditions = [...logfmt(tags)].map(([key, value]) => tagCondition(key, value));
  const least = nanosecondsOf(params, 'minDuration');
  const most = nanosecondsOf(params, 'maxDuration');
  if (least > 0 && most > 0 && most < least) {
    throw bad('invalid maxDuration: must be greater than minDuration');
  }
  if (least > 0) conditions.push(`traceDuration >= ${least}ns`);
  if (most > 0) conditions.push(`traceDuration <= ${most}ns`);
  return `{ ${conditions.join(' && ')} }`;
}

function nanosecondsOf(params: URLSearchParams, name: string): number {
  const text = params.get(name) ?? '';
  if (text === '') return 0;
  const ns = goDurationNs(text);
  if (ns === undefined) throw bad(`invalid ${name}: time: invalid duration ${shown(text)}`);
  return ns;
}

/** `key=value key="a value"`. */
function logfmt(text: string): Map<string, string> {
  const tags = new Map<string, string>();
  const pair = /\s*([^\s="]+)(?:=(?:"((?:[^"\\]|\\.)*)"|([^\s"]*)))?(?=\s|$)/y;
  while (pair.lastIndex < text.trimEnd().length) {
    const at = pair.lastIndex;
    const match = pair.exec(text);
    if (match === null) throw bad(`invalid tags: unexpected character at pos ${at + 1}`);
    const [, key = '', inQuotes, plain = ''] = match;
    if (tags.has(key)) throw bad(`invalid tags: tag ${key} has been set twice`);
    tags.set(key, inQuotes === undefined ? plain : inQuotes.replace(/\\(.)/gs, '$1'));
  }
  return tags;
}

/** Texts match when they contain the value, whatever its case; numbers and booleans when they are equal. */
function tagCondition(key: string, value: string): string {
  if (key === 'error' && (value === 'true' || value === 'false')) {
    return `status ${value === 'true' ? '=' : '!='} error`;
  }
  const field = INTRINSIC_TAGS.get(key) ?? `.${JSON.stringify(key)}`;
  if (key === 'status' || key === 'status.code') return `status = ${statusOf(value)}`;
  const pattern = `(?is).*${value.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')}.*`;
  const alternatives = [`${field} =~ ${JSON.stringify(pattern)}`];
  const isScalar = /^-?\d{1,15}(\.\d{1,15})?$/.test(value) || value === 'true' || value === 'false';
  if (isScalar && !INTRINSIC_TAGS.has(key)) alternatives.push(`${field} = ${value}`);
  return `(${alternatives.join(' || ')})`;
}

const INTRINSIC_TAGS: ReadonlyMap<string, string> = new Map([
  ['name', 'name'],
  ['root.name', 'rootName'],
  ['root.service.name', 'rootServiceName'],
]);

function statusOf(value: string): string {
  if (value === 'error' || value === 'ok' || value === 'unset') return value;
  throw bad(`invalid tags: status must be error, ok or unset, not ${shown(value)}`);
}
