/** `POST /api/v1/import/prometheus`: a pushed text body, as VictoriaMetrics takes it. */
import { StoreUnavailableError, TenantLimitError } from '@sightline/store';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { BodyError } from '../../intake/body.ts';
import { ImportError, ImportIntake } from '../../intake/import/import-intake.ts';
import type { Intake } from '../../intake/intake.ts';

export interface ImportDeps {
  intake: Intake;
}

const PATHS = ['/api/v1/import/prometheus', '/prometheus/api/v1/import/prometheus'];
const NO_BODY = new Uint8Array(0);

export function registerImport(app: FastifyInstance, { intake }: ImportDeps): void {
  const receiver = new ImportIntake(intake);
  for (const path of PATHS) {
    app.post(path, async (request, reply) => {
      const body = Buffer.isBuffer(request.body) ? request.body : NO_BODY;
      try {
        const query = request.url.includes('?') ? request.url.slice(request.url.indexOf('?')) : '';
        const result = await receiver.receive({
          tenant: request.tenant,
          contentType: request.headers['content-type'],
          contentEncoding: request.headers['content-encoding'],
          parameters: new URLSearchParams(query),
          body,
        });
        if (result.refused === 0) return reply.code(204).send();
        const counts = `${result.refused} lines were refused, ${result.accepted} stored`;
        return answer(reply, 400, [counts, ...result.explanations].join('\n'));
      } catch (error) {
        if (!(error instanceof Error)) throw error;
        intake.counters.failed('import', error);
        const status = statusOf(error);
        if (status === undefined) throw error;
        if (status === 503) reply.header('retry-after', '5');
        return answer(reply, status, error.message);
      }
    });
  }
}

function answer(reply: FastifyReply, status: number, text: string): FastifyReply {
  return reply.code(status).type('text/plain; charset=utf-8').send(`${text}\n`);
}

/** undefined for what is no fault of sender or store. */
function statusOf(error: Error): number | undefined {
  if (error instanceof BodyError) return error.status;
  if (error instanceof ImportError) return 400;
  if (error instanceof TenantLimitError) return 429;
  return error instanceof StoreUnavailableError ? 503 : undefined;
}
