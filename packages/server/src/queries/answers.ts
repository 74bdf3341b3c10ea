/** Answers of the Prometheus API as bytes (web/api/v1/api.go): `{"status":"success","data":...}` and its errors. */
import type { QueryAnswer } from './requests.ts';

/** Status by error type; anything else is 500. */
const STATUS: Readonly<Record<ApiErrorType, number>> = {
  bad_data: 400,
  execution: 422,
  timeout: 503,
  canceled: 499,
  internal: 500,
  unavailable: 503,
  not_found: 404,
  not_acceptable: 406,
};

export type ApiErrorType =
  | 'bad_data'
  | 'execution'
  | 'timeout'
  | 'canceled'
  | 'internal'
  | 'unavailable'
  | 'not_found'
  | 'not_acceptable';

/** An expected failure of a request. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly type: ApiErrorType;
  constructor(type: ApiErrorType, message: string) {
    super(message);
    this.type = type;
  }
}

/** `invalid parameter "step": ...` */
export function invalidParameter(name: string, message: string): ApiError {
  return new ApiError('bad_data', `invalid parameter "${name}": ${message}`);
}

export const JSON_TYPE = 'application/json';
const encoder = new TextEncoder();
/** No more of either is told. */
const MAX_NOTES = 10;

export function errorAnswer(type: ApiErrorType, message: string): QueryAnswer {
  const body = { status: 'error', errorType: type, error: message };
  return jsonAnswer(STATUS[type], JSON.stringify(body));
}

/** `data` is JSON-able. */
export function successAnswer(data: unknown, warnings: readonly string[] = []): QueryAnswer {
  return jsonAnswer(
    200,
    `{"status":"success","data":${JSON.stringify(data)}${notes(warnings, [])}}`,
  );
}

/** What follows `data` in the envelope: warnings and infos, those that there are. */
export function notes(warnings: readonly string[], infos: readonly string[]): string {
  let text = '';
  if (warnings.length > 0) text += `,"warnings":${JSON.stringify(cut(warnings, 'warning'))}`;
  if (infos.length > 0) text += `,"infos":${JSON.stringify(cut(infos, 'info'))}`;
  return text;
}

function cut(list: readonly string[], what: string): string[] {
  if (list.length <= MAX_NOTES) return [...list];
  const more = list.length - MAX_NOTES;
  return [...list.slice(0, MAX_NOTES), `${more} more ${what} annotations omitted`];
}

export function textAnswer(status: number, contentType: string, text: string): QueryAnswer {
  return { status, contentType, body: [encoder.encode(text)] };
}

export function jsonAnswer(status: number, text: string): QueryAnswer {
  return textAnswer(status, JSON_TYPE, text);
}

/** Prometheus' answer to "nothing to say": 204. */
export const emptyAnswer = (): QueryAnswer => jsonAnswer(204, '');
