/** Errors of the process's own API: RFC 9457. */
import type { FastifyReply } from 'fastify';

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not found',
  405: 'Method not allowed',
  408: 'Request timeout',
  413: 'Content too large',
  415: 'Unsupported media type',
  421: 'Misdirected request',
  429: 'Too many requests',
  500: 'Internal error',
  503: 'Service unavailable',
};

/** `detail` says what happened and what to do. */
export function sendProblem(reply: FastifyReply, status: number, detail: string): FastifyReply {
  return reply.code(status).type('application/problem+json').send(problemBody(status, detail));
}

/** The JSON text of a problem. */
export function problemBody(status: number, detail: string): string {
  const title = TITLES[status] ?? 'Error';
  return JSON.stringify({ type: 'about:blank', title, status, detail });
}
