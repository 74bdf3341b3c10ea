/** Parameters of the third version of Jaeger's API: camelCase names, and snake_case ones as before. Every function throws ApiError. */
import type { TimeNs } from '@sightline/wire';
import { ApiError } from '../../queries/answers.ts';
import type { SpanSearch } from '../../queries/traces/requests.ts';
import { goDurationNs } from '../trace-runner.ts';
import { entriesOf, limitOf, wordsOf } from './params.ts';

const DEFAULT_LIMIT = 100;

export function v3SearchOf(params: URLSearchParams): SpanSearch {
  const from = required(params, 'startTimeMin');
  const to = required(params, 'startTimeMax');
  if (from.hi > to.hi || (from.hi === to.hi && from.lo > to.lo)) {
    throw new ApiError('bad_data', 'query.startTimeMin must be before query.startTimeMax');
  }
  const maxDuration = duration(params, 'durationMax');
  const [limit, limitName] = [
    readParam(params, 'query.searchDepth'),
    readParam(params, 'query.numTraces'),
  ];
  const attributes = readParam(params, 'query.attributes');
  return {
    service: readParam(params, 'query.serviceName'),
    operation: readParam(params, 'query.operationName'),
    tags: attributes === '' ? [] : entriesOf(attributes, 'query.attributes'),
    from,
    to,
    minDuration: duration(params, 'durationMin'),
    maxDuration: maxDuration === 0 ? Number.POSITIVE_INFINITY : maxDuration,
    limit: limitOf(limit || limitName, DEFAULT_LIMIT, 'query.searchDepth'),
  };
}

/** The value under a camelCase name or its snake_case twin; '' when absent. */
export function readParam(params: URLSearchParams, name: string): string {
  const snake = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return params.get(name) || params.get(snake) || '';
}

function malformed(name: string, why: string): ApiError {
  return new ApiError('bad_data', `malformed parameter ${name}: ${why}`);
}

function required(params: URLSearchParams, name: string): TimeNs {
  const text = readParam(params, `query.${name}`);
  if (text === '') {
    throw new ApiError(
      'bad_data',
      'query.startTimeMin and query.startTimeMax are required, as RFC 3339 times',
    );
  }
  const time = rfc3339(text);
  if (time === undefined) throw malformed(`query.${name}`, 'not an RFC 3339 time');
  return time;
}

/** Checks an optional time that changes no answer. */
export function checkTime(params: URLSearchParams, name: string): void {
  const text = readParam(params, name);
  if (text !== '' && rfc3339(text) === undefined) throw malformed(name, 'not an RFC 3339 time');
}

const RFC3339 = /^(\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d)(?:\.(\d{1,9})\d*)?([Zz]|[+-]\d\d:\d\d)$/;

/** With nanoseconds; times before 1970 become 1970. */
function rfc3339(text: string): TimeNs | undefined {
  const match = RFC3339.exec(text);
  if (match === null) return undefined;
  const [, whole, fraction = '', zone] = match;
  const ms = Date.parse(`${whole}${zone}`.toUpperCase());
  if (Number.isNaN(ms)) return undefined;
  const nanos = BigInt(ms) * 1_000_000n + BigInt(fraction.padEnd(9, '0'));
  return wordsOf(nanos < 0n ? 0n : nanos);
}

function duration(params: URLSearchParams, name: string): number {
  const text = readParam(params, `query.${name}`);
  if (text === '') return 0;
  const ns = goDurationNs(text);
  if (ns === undefined) throw malformed(`query.${name}`, 'no duration such as 1.5ms');
  return ns;
}
