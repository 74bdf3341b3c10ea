/**
 * `/healthz`: the process runs. `/readyz`: it takes in data (store writable, queue below its limit). Prometheus' own names for them,
 * `/-/healthy` and `/-/ready`, answer the same.
 */
import type { FastifyInstance } from 'fastify';
import { sendProblem } from './problem.ts';

export interface Readiness {
  ready: boolean;
  /** Why not; '' when ready. */
  reason: string;
}

const HEALTH_PATHS = ['/healthz', '/-/healthy'];
const READY_PATHS = ['/readyz', '/-/ready'];

export function registerHealth(app: FastifyInstance, readiness: () => Readiness): void {
  for (const path of HEALTH_PATHS) {
    app.get(path, (_request, reply) => reply.type('text/plain; charset=utf-8').send('ok\n'));
  }
  for (const path of READY_PATHS) {
    app.get(path, (_request, reply) => {
      const now = readiness();
      if (now.ready) return reply.type('text/plain; charset=utf-8').send('ready\n');
      return sendProblem(reply.header('retry-after', '1'), 503, now.reason);
    });
  }
}
