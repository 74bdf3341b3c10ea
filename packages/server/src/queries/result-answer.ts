/** A query's result as an answer: `{"status":"success","data":{"resultType":...,"result":...},"warnings":[...],"infos":[...]}`. */
import { encodeQueryData, type QueryResult } from '@sightline/query';
import type { QueryBudget } from '@sightline/store';
import { JSON_TYPE, notes } from './answers.ts';
import type { QueryAnswer } from './requests.ts';

/** Bytes of JSON that a point comes to, about. */
const POINT_BYTES = 32;
const SERIES_BYTES = 200;
const encoder = new TextEncoder();

/** Throws QueryLimitError where the text would be larger than the query's memory. */
export function resultAnswer(
  result: QueryResult,
  stats: object | undefined,
  budget: QueryBudget,
): QueryAnswer {
  budget.addBytes(sizeOf(result));
  const head = encoder.encode('{"status":"success","data":');
  const tail = encoder.encode(`${notes(result.warnings, result.infos)}}`);
  const body = [head, ...encodeQueryData(result, budget, stats), tail];
  return { status: 200, contentType: JSON_TYPE, body };
}

function sizeOf(result: QueryResult): number {
  if (!('series' in result)) return 0;
  let points = 0;
  for (const { t } of result.series) points += t.length;
  return points * POINT_BYTES + result.series.length * SERIES_BYTES;
}
