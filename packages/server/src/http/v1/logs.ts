/**
 * `POST /api/v1/logs`: lines from anywhere as log records, for those who have only curl. JSON objects (one a line, or in one list) give
 * their fields, every other line is text; the parameters of the query are the labels of the stream.
 */
import type { FastifyInstance } from 'fastify';
import type { RecordIntake } from '../../intake/record-intake.ts';
import * as z from '../../zod.ts';
import type { ApiRoutes } from '../openapi.ts';
import { plainBody, registerRecordRoute } from '../record-route.ts';

const PROTOCOL = 'logs';
const PATH = '/api/v1/logs';

const logsBody = z
  .string()
  .describe('JSON objects, one a line or in one list, or lines of text; may be compressed');

export const logsAnswer = z.object({
  accepted: z.int().nonnegative().describe('Log records that were stored'),
  rejected: z.int().nonnegative(),
  message: z.string().describe('Why records were refused, and what was left out of others'),
});

export function registerPlainLogs(
  app: FastifyInstance,
  records: RecordIntake,
  routes: ApiRoutes,
): void {
  routes.declare({
    path: PATH,
    operation: 'sendLogs',
    summary: 'Takes in lines as log records; parameters of the query are labels of their stream',
    body: logsBody,
    bodyType: 'text/plain',
    answer: logsAnswer,
  });
  registerRecordRoute(app, records, {
    paths: [PATH],
    protocol: PROTOCOL,
    item: 'records',
    take: async (request, raw) => {
      const { tenant, url } = request;
      const body = await plainBody(request, raw, records);
      const question = url.indexOf('?');
      const parameters = new URLSearchParams(question < 0 ? '' : url.slice(question));
      const job = { protocol: 'plain_logs', labels: [...parameters].flat() } as const;
      return records.takeLogs({ protocol: PROTOCOL, tenant, job, body, plainBytes: body.length });
    },
    answer: (reply, { accepted, rejected, message }) =>
      reply.type('application/json').send(JSON.stringify({ accepted, rejected, message })),
  });
}
