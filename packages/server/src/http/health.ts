/** `/healthz`: the process runs. `/readyz`: it takes in data (store writable, queue below its limit). */
import type { FastifyInstance } from 'fastify';
import { sendProblem } from './problem.ts';

export interface Readiness {
  ready: boolean;
  /** Why not; '' when ready. */
  reason: string;
}

export function registerHealth(app: FastifyInstance, readiness: () => Readiness): void {
  app.get('/healthz', (_request, reply) => reply.type('text/plain; charset=utf-8').send('ok\n'));
  app.get('/readyz', (_request, reply) => {
    const now = readiness();
    if (now.ready) return reply.type('text/plain; charset=utf-8').send('ready\n');
    return sendProblem(reply.header('retry-after', '1'), 503, now.reason);
  });
}
