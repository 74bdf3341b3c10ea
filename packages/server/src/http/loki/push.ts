/**
 * `POST /loki/api/v1/push`: log records as Promtail, Alloy and Grafana Agent send them, a snappy block of protobuf or JSON (Loki
 * pkg/loghttp/push/push.go); `/api/prom/push` is its old name.
 *
 * Answers: 204 when everything was stored; 400 with the reasons, as text, when something was refused (what was not is stored);
 * 429 when a limit refused all of it.
 */
import { SnappyTooLargeError, snappyLength } from '@sightline/wire';
import type { FastifyInstance } from 'fastify';
import type { RecordIntake } from '../../intake/record-intake.ts';
import { mediaType, partlyRefused, plainBody, registerRecordRoute } from '../record-route.ts';

const PROTOCOL = 'loki';

export function registerLokiPush(app: FastifyInstance, records: RecordIntake): void {
  registerRecordRoute(app, records, {
    paths: ['/loki/api/v1/push', '/api/prom/push'],
    protocol: PROTOCOL,
    item: 'records',
    take: async (request, raw) => {
      const { tenant } = request;
      const body = await plainBody(request, raw, records, 'snappy');
      const common = { protocol: PROTOCOL, tenant, body } as const;
      if (mediaType(request) === 'application/json') {
        const job = { protocol: 'loki_json' } as const;
        return records.takeLogs({ ...common, job, plainBytes: body.length });
      }
      const { maxDecompressedBytes } = records.intake.limits;
      const plainBytes = body.length === 0 ? 0 : snappyLength(body);
      if (plainBytes > maxDecompressedBytes) {
        throw new SnappyTooLargeError(
          `body of ${plainBytes} bytes when decompressed, at most ${maxDecompressedBytes} are allowed`,
        );
      }
      const job = { protocol: 'loki', maxBytes: maxDecompressedBytes } as const;
      return records.takeLogs({ ...common, job, plainBytes });
    },
    answer: (reply, result) => {
      if (result.rejected === 0) return reply.code(204).send();
      const text = partlyRefused(result, 'log records');
      return reply.code(400).type('text/plain; charset=utf-8').send(`${text}\n`);
    },
  });
}
