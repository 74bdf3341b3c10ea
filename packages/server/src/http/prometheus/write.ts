/**
 * The routes of remote write: Prometheus' `/api/v1/write`, and `/api/v1/push` as Mimir has it.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Intake } from '../../intake/intake.ts';
import { receiveRemoteWrite } from '../../intake/remote-write/receive.ts';

export interface WriteDeps {
  intake: Intake;
}

const PATHS = ['/api/v1/write', '/prometheus/api/v1/write', '/api/v1/push'];
const NO_BODY = new Uint8Array(0);

export function registerWrite(app: FastifyInstance, deps: WriteDeps): void {
  const { intake } = deps;
  for (const path of PATHS) {
    app.route({
      method: 'POST',
      url: path,
      handler: async (request, reply) => {
        const answer = await receiveRemoteWrite(intake, {
          tenant: request.tenant,
          route: 'remote_write',
          contentType: request.headers['content-type'],
          contentEncoding: request.headers['content-encoding'],
          body: Buffer.isBuffer(request.body) ? request.body : NO_BODY,
        });
        reply.code(answer.status).headers(answer.headers);
        if (answer.text === '') return reply.send();
        return reply.type('text/plain; charset=utf-8').send(`${answer.text}\n`);
      },
      errorHandler: (error, request, reply) => {
        // What went wrong before the handler (a body over the cap, a broken connection) is counted too.
        if (request.body === undefined) {
          intake.counters.request('remote_write', 0);
          intake.counters.failed('remote_write', error.message);
        }
        if (isV2(request)) reply.headers(NOTHING_WRITTEN);
        throw error;
      },
    });
  }
}

const NOTHING_WRITTEN = {
  'x-prometheus-remote-write-samples-written': '0',
  'x-prometheus-remote-write-histograms-written': '0',
  'x-prometheus-remote-write-exemplars-written': '0',
};

function isV2(request: FastifyRequest): boolean {
  return request.headers['content-type']?.includes('io.prometheus.write.v2.Request') === true;
}
