/**
 * Errors as Loki's clients read them. Grafana shows `message`; `errorType` and `error` are those of the Prometheus API.
 */

import type { ApiError } from '../../queries/answers.ts';
import { errorAnswer, jsonAnswer } from '../../queries/answers.ts';
import type { QueryAnswer } from '../../queries/requests.ts';

/** What was wrong with a query is 400 in Loki, a timeout 504. */
const STATUS: Readonly<Record<string, number>> = { execution: 400, timeout: 504 };

/** The JSON text of an error. */
export function lokiError(status: number, errorType: string, message: string): string {
  return JSON.stringify({ code: status, status: 'error', message, errorType, error: message });
}

export function lokiErrorAnswer({ type, message }: ApiError): QueryAnswer {
  return inLokiShape(errorAnswer(type, message));
}

/** An answer of the query pool: errors are reworded, everything else stays. */
export function inLokiShape(answer: QueryAnswer): QueryAnswer {
  if (answer.status < 400) return answer;
  const body: unknown = JSON.parse(Buffer.concat(answer.body).toString('utf8'));
  const errorType = textOf(body, 'errorType');
  const status = STATUS[errorType] ?? answer.status;
  return jsonAnswer(status, lokiError(status, errorType, textOf(body, 'error')));
}

function textOf(body: unknown, name: 'error' | 'errorType'): string {
  if (typeof body !== 'object' || body === null || !(name in body)) return '';
  const value: unknown = Object.entries(body).find(([key]) => key === name)?.[1];
  return typeof value === 'string' ? value : '';
}
