/**
 * `POST /api/v1/logs`: lines from anywhere as log records, for those who have only curl. JSON objects (one a line, or in one list) give
 * their fields, every other line is text; the parameters of the query are the labels of the stream.
 */
import type { FastifyInstance } from 'fastify';
import type { RecordIntake } from '../../intake/record-intake.ts';
import { plainBody, registerRecordRoute } from '../record-route.ts';

const PROTOCOL = 'logs';

export function registerPlainLogs(app: FastifyInstance, records: RecordIntake): void {
  registerRecordRoute(app, records, {
    paths: ['/api/v1/logs'],
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
