/** A query's result as an answer: `{"status":"success","data":{"resultType":...,"result":...},"warnings":[...],"infos":[...]}`. */
import { encodeQueryData, type QueryResult } from '@sightline/query';
import { bytesAnswer, notes } from './answers.ts';
import type { QueryAnswer } from './requests.ts';

const encoder = new TextEncoder();

/** `resultType` stands before `result`, as readers of the stream need it. */
export function resultAnswer(result: QueryResult, stats: object | undefined): QueryAnswer {
  const head = encoder.encode('{"status":"success","data":');
  const tail = encoder.encode(`${notes(result.warnings, result.infos)}}`);
  return bytesAnswer(200, [head, ...encodeQueryData(result, undefined, stats), tail]);
}
