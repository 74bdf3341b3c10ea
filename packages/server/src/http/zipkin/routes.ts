/**
 * `POST /api/v2/spans`: Zipkin's v2 spans in JSON, also under `/zipkin` as its own server has them. 202 when everything was stored; 400
 * with the reasons, as text, when something was refused (what was not is stored).
 */
import type { FastifyInstance } from 'fastify';
import { BodyError } from '../../intake/body.ts';
import type { RecordIntake } from '../../intake/record-intake.ts';
import { mediaType, partlyRefused, plainBody, registerRecordRoute } from '../record-route.ts';

const PROTOCOL = 'zipkin';

export function registerZipkin(app: FastifyInstance, records: RecordIntake): void {
  registerRecordRoute(app, records, {
    paths: ['/api/v2/spans', '/zipkin/api/v2/spans'],
    protocol: PROTOCOL,
    item: 'spans',
    take: async (request, raw) => {
      const type = mediaType(request);
      if (type !== '' && type !== 'application/json') {
        throw new BodyError(415, `Content-Type ${type} is not supported: send application/json`);
      }
      const body = await plainBody(request, raw, records);
      const job = { protocol: PROTOCOL } as const;
      const { tenant } = request;
      return records.takeSpans({ protocol: PROTOCOL, tenant, job, body, plainBytes: body.length });
    },
    answer: (reply, result) => {
      if (result.rejected === 0) return reply.code(202).send();
      const text = partlyRefused(result, 'spans');
      return reply.code(400).type('text/plain; charset=utf-8').send(`${text}\n`);
    },
  });
}
