/**
 * `/loki/api/v1/patterns`: the patterns that were mined of the services whose streams a selector finds.
 *
 * Which services those are a query thread tells: selectors hold expressions of whoever asks. The patterns are on the main thread.
 */
import { floorMs } from '@sightline/wire';
import type { FastifyRequest } from 'fastify';
import { BUCKET_SECONDS } from '../../intake/patterns/time-counts.ts';
import { successAnswer } from '../../queries/answers.ts';
import type { QueryAnswer } from '../../queries/requests.ts';
import type { LokiDeps } from './deps.ts';
import { LokiParams } from './params.ts';
import { stepOf } from './query-requests.ts';

const SINCE_MS = 3_600_000;

/** `services`: an answer that lists their names. Throws ApiError. */
export function patternsAnswer(
  services: QueryAnswer,
  request: FastifyRequest,
  deps: LokiDeps,
): QueryAnswer {
  if (deps.patterns === undefined) return successAnswer([]);
  const params = LokiParams.of(request, deps.now());
  const { start, end } = params.range(SINCE_MS);
  const startMs = floorMs(start.hi, start.lo);
  const endMs = floorMs(end.hi, end.lo);
  const stepSeconds = stepOf(params, startMs, endMs) / 1000;
  const found = deps.patterns.query({
    tenant: request.tenant,
    services: new Set(namesOf(services)),
    fromSeconds: startMs / 1000,
    toSeconds: endMs / 1000,
    stepSeconds: Math.ceil(stepSeconds / BUCKET_SECONDS) * BUCKET_SECONDS,
  });
  return successAnswer(found);
}

function namesOf({ body }: QueryAnswer): string[] {
  const answer: unknown = JSON.parse(Buffer.concat(body).toString('utf8'));
  const data: unknown =
    typeof answer === 'object' && answer !== null && 'data' in answer ? answer.data : [];
  return Array.isArray(data) ? data.filter((name) => typeof name === 'string') : [];
}
