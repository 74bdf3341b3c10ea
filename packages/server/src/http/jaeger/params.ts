/** Parameters of Jaeger's classic API (query_parser.go of its query service). Every function throws ApiError. */
import { type TimeNs, timeOfMs } from '@sightline/wire';
import { ApiError } from '../../queries/answers.ts';
import type { SpanSearch } from '../../queries/traces/requests.ts';
import { goDurationNs } from '../trace-runner.ts';

const DEFAULT_LIMIT = 100;
export const MAX_TRACES = 10_000;
/** What Jaeger looks back on when no start is given. */
const DEFAULT_LOOKBACK_MS = 2 * 86_400_000;
const MAX_TAGS = 64;

/** Without `limit` 100 traces, without `start` the last two days. */
export function searchOf(params: URLSearchParams, nowMs: number): SpanSearch {
  const service = params.get('service') ?? '';
  if (service === '') throw new ApiError('bad_data', "parameter 'service' is required");
  const to = microseconds(params, 'end') ?? timeOfMs(nowMs, 999_999);
  const from = microseconds(params, 'start') ?? lookback(params, nowMs);
  if (from.hi > to.hi || (from.hi === to.hi && from.lo > to.lo)) {
    throw new ApiError('bad_data', 'invalid parameter: start time must be before end time');
  }
  const minDuration = duration(params, 'minDuration');
  const maxDuration = duration(params, 'maxDuration');
  if (maxDuration > 0 && maxDuration < minDuration) {
    throw new ApiError('bad_data', "'maxDuration' should be greater than 'minDuration'");
  }
  return {
    service,
    operation: params.get('operation') ?? '',
    tags: tagsOf(params),
    from,
    to,
    minDuration,
    maxDuration: maxDuration === 0 ? Number.POSITIVE_INFINITY : maxDuration,
    limit: limitOf(params.get('limit') ?? '', DEFAULT_LIMIT, 'limit'),
  };
}

export function limitOf(text: string, fallback: number, name: string): number {
  if (text === '') return fallback;
  if (!/^[+-]?\d{1,10}$/.test(text)) throw unparsable(name, text, 'not a whole number');
  const limit = Number(text);
  if (limit <= 0) {
    throw new ApiError('bad_data', `invalid parameter: ${name} must be greater than 0`);
  }
  return Math.min(limit, MAX_TRACES);
}

function unparsable(name: string, text: string, why: string): ApiError {
  const shown = JSON.stringify(text.slice(0, 100));
  return new ApiError('bad_data', `unable to parse param '${name}': ${shown} is ${why}`);
}

/** Unix microseconds; undefined when absent. */
function microseconds(params: URLSearchParams, name: string): TimeNs | undefined {
  const text = params.get(name) ?? '';
  if (text === '') return undefined;
  if (!/^-?\d{1,19}$/.test(text)) throw unparsable(name, text, 'not a whole number');
  const micros = BigInt(text);
  if (micros < 0n) return { hi: 0, lo: 0 };
  return wordsOf(micros * 1000n);
}

/** Unsigned nanoseconds as words; what does not fit is the last time there is. */
export function wordsOf(nanos: bigint): TimeNs {
  if (nanos >= 2n ** 64n) return { hi: 0xffff_ffff, lo: 0xffff_ffff };
  return { hi: Number(nanos >> 32n), lo: Number(nanos & 0xffff_ffffn) };
}

/** Jaeger's page sends `lookback=2h` beside `start` and `end`; alone it stands for them. */
function lookback(params: URLSearchParams, nowMs: number): TimeNs {
  const match = /^(\d{1,6})([smhdw])$/.exec(params.get('lookback') ?? '');
  const unit = { s: 1e3, m: 60e3, h: 3600e3, d: 86_400e3, w: 604_800e3 }[match?.[2] ?? ''];
  return timeOfMs(nowMs - (unit === undefined ? DEFAULT_LOOKBACK_MS : Number(match?.[1]) * unit));
}

function duration(params: URLSearchParams, name: string): number {
  const text = params.get(name) ?? '';
  if (text === '') return 0;
  const ns = goDurationNs(text);
  if (ns === undefined) throw unparsable(name, text, 'no duration such as 1.5ms');
  return ns;
}

/** `tag=key:value`, repeated, and `tags={"key":"value"}`; the later ones win. */
function tagsOf(params: URLSearchParams): [string, string][] {
  const tags = new Map<string, string>();
  for (const tag of params.getAll('tag')) {
    const colon = tag.indexOf(':');
    if (colon < 0) {
      const text = `malformed 'tag' parameter, expecting key:value, received: ${tag}`;
      throw new ApiError('bad_data', text);
    }
    tags.set(tag.slice(0, colon), tag.slice(colon + 1));
  }
  for (const json of params.getAll('tags')) {
    if (json !== '') for (const [key, value] of entriesOf(json, 'tags')) tags.set(key, value);
  }
  if (tags.size > MAX_TAGS) throw new ApiError('bad_data', `more than ${MAX_TAGS} tags`);
  return [...tags];
}

/** The members of a flat JSON object as texts; numbers and booleans may stand without quotes. */
export function entriesOf(json: string, name: string): [string, string][] {
  const refuse = (why: string): never => {
    throw new ApiError('bad_data', `malformed '${name}' parameter, cannot unmarshal JSON: ${why}`);
  };
  let parsed: unknown;
  try {
    parsed = JSON.parse(json, (_key, value: unknown, ...rest: unknown[]) =>
      typeof value === 'number' ? digitsOf(value, rest[0]) : value,
    );
  } catch {
    refuse('not JSON');
  }
  if (parsed === null) return [];
  if (typeof parsed !== 'object' || Array.isArray(parsed)) refuse('not an object');
  return Object.entries(parsed ?? {}).map(([key, value]): [string, string] => {
    const isText = typeof value === 'string' || typeof value === 'boolean';
    return [key, isText ? String(value) : refuse(`the value of ${JSON.stringify(key)} is no text`)];
  });
}

/** Integers keep the digits that a double would lose. */
function digitsOf(value: number, context: unknown): string {
  const hasSource = typeof context === 'object' && context !== null && 'source' in context;
  const source = hasSource ? String(context.source) : '';
  return /^-?\d+$/.test(source) ? source : String(value);
}
