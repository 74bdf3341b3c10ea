/**
 * One live tail, whatever it speaks: reads the parameters, opens the tail, fetches the last lines before it, and hands on what comes.
 *
 * The tail is opened first and held until the last lines were told, so that nothing is missed between; what would come twice is left out
 * by the tail.
 */

import { floorMs, timeOfMs } from '@sightline/wire';
import type { FastifyRequest } from 'fastify';
import type { LiveTails, TailRefused } from '../../intake/tail/live-tails.ts';
import type { QueryPool } from '../../queries/pool.ts';
import type { LokiLimits } from './deps.ts';
import { invalid, LokiParams } from './params.ts';
import { queryOf } from './query-requests.ts';

const SINCE_MS = 3_600_000;
/** pkg/loghttp/tail.go. */
const MAX_DELAY_SECONDS = 5;
/** A tail's query runs over every line. */
const MAX_QUERY_LENGTH = 16_384;

export interface TailDeps {
  queries: Pick<QueryPool, 'run'>;
  tails: LiveTails;
  limits(): LokiLimits;
  /** Unix ms. */
  now(): number;
}

export interface TailRequest {
  tenant: string;
  query: string;
  categorize: boolean;
  delayMs: number;
  /** Lines from before to begin with. */
  limit: number;
  startMs: number;
}

/** Throws ApiError. `lines`: how many lines from before are told when the request does not say. */
export function tailRequest(
  request: FastifyRequest,
  deps: TailDeps,
  categorize: boolean,
  lines: number,
): TailRequest {
  const params = LokiParams.of(request, deps.now());
  const query = queryOf(params);
  if (query.length > MAX_QUERY_LENGTH) {
    throw invalid(`the query of a live tail has at most ${MAX_QUERY_LENGTH} characters`);
  }
  const delaySeconds = params.whole('delay_for', 0);
  if (delaySeconds < 0 || delaySeconds > MAX_DELAY_SECONDS) {
    throw invalid(`delay_for can't be greater than ${MAX_DELAY_SECONDS}`);
  }
  const limit = params.whole('limit', lines);
  const { maxEntries } = deps.limits();
  if (limit < 0 || limit > maxEntries) {
    throw invalid(`limit of a live tail is a number from 0 to ${maxEntries}`);
  }
  const { start } = params.range(SINCE_MS);
  return {
    tenant: request.tenant,
    query,
    categorize,
    delayMs: delaySeconds * 1000,
    limit,
    startMs: floorMs(start.hi, start.lo),
  };
}

/**
 * The answer of a query for the last lines before now, the newest first; null when there are none to be had: the tail goes on
 * without.
 */
export async function lastLines(
  ask: TailRequest,
  deps: TailDeps,
  signal: AbortSignal,
): Promise<Uint8Array | null> {
  const nowMs = deps.now();
  if (ask.limit === 0 || ask.startMs >= nowMs) return null;
  const { maxEntries, maxSeries, timeoutMs } = deps.limits();
  const answer = await deps.queries.run(
    {
      kind: 'loki',
      ask: {
        kind: 'range',
        query: ask.query,
        start: timeOfMs(ask.startMs),
        // Records of clocks that run ahead are there too.
        end: timeOfMs(nowMs + SINCE_MS),
        startMs: ask.startMs,
        endMs: nowMs,
        stepMs: 1000,
        intervalNs: 0,
        limit: ask.limit,
        direction: 'backward',
        categorize: ask.categorize,
        maxEntries,
        maxSeries,
      },
    },
    { tenant: ask.tenant, timeoutMs, signal },
  );
  return answer.status === 200 ? Buffer.concat(answer.body) : null;
}

/** The status of an answer to a tail that was refused. */
export function statusOf({ reason }: TailRefused): 400 | 429 | 503 {
  if (reason === 'query') return 400;
  return reason === 'limit' ? 429 : 503;
}
