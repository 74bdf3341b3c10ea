/** A payment service, as a shop calls one over HTTP. Some cards are declined, and now and then it fails. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';

const TAKES_MS = 20;
/** Every so many payments. */
const DECLINED = 25;
const FAILED = 90;

export function paymentRoutes(app: FastifyInstance): void {
  let payments = 0;
  app.post('/payments', async (_request, reply) => {
    payments++;
    await sleep(TAKES_MS);
    if (payments % FAILED === 0) return reply.code(503).send({ error: 'the bank does not answer' });
    if (payments % DECLINED === 0) return reply.code(402).send({ error: 'declined' });
    return { paid: true };
  });
}
