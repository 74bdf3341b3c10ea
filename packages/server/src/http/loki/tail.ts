/** `/loki/api/v1/tail`: live tail over a WebSocket, as Grafana and logcli read it. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { TailRefused } from '../../intake/tail/live-tails.ts';
import { ApiError } from '../../queries/answers.ts';
import { sendError } from '../error-shape.ts';
import {
  acceptWebSocket,
  CLOSE_GOING_AWAY,
  serveUpgrades,
  type WebSocketConnection,
} from '../websocket.ts';
import { wantsCategories } from './query-requests.ts';
import {
  lastLines,
  statusOf,
  type TailDeps,
  type TailRequest,
  tailRequest,
} from './tail-session.ts';

const DEFAULT_LINES = 100;
const encoder = new TextEncoder();

export function registerLokiTail(app: FastifyInstance, deps: TailDeps): void {
  serveUpgrades(app);
  app.addHook('preClose', () => deps.tails.close());
  app.get('/loki/api/v1/tail', { exposeHeadRoute: false }, async (request, reply) => {
    try {
      if (isForeign(request)) {
        return sendError(request, reply, 403, 'pages of other sites may not read here');
      }
      const ask = tailRequest(request, deps, wantsCategories(request), DEFAULT_LINES);
      return await serve(ask, request, reply, deps);
    } catch (error) {
      if (error instanceof ApiError) return sendError(request, reply, 400, error.message);
      if (!(error instanceof TailRefused)) throw error;
      return sendError(request, reply, statusOf(error), error.message);
    }
  });
}

/** Browsers let any page open a WebSocket to anywhere, with cookies; they tell whose page it is. */
function isForeign({ headers }: FastifyRequest): boolean {
  const { origin, host } = headers;
  return origin !== undefined && origin !== `http://${host}` && origin !== `https://${host}`;
}

async function serve(
  ask: TailRequest,
  request: FastifyRequest,
  reply: FastifyReply,
  deps: TailDeps,
): Promise<FastifyReply> {
  let connection: WebSocketConnection | undefined;
  const client = new AbortController();
  const tail = await deps.tails.open(ask, {
    lines: (streams, dropped) => {
      connection?.send(message(streams, dropped, ask, deps.now()), () => tail.ready());
    },
    ended: (reason) => connection?.close(CLOSE_GOING_AWAY, reason),
  });
  connection = acceptWebSocket(request.raw);
  if (connection === undefined) {
    tail.close();
    return sendError(
      request,
      reply,
      400,
      'this is a WebSocket (version 13): ask with Upgrade: websocket',
    );
  }
  reply.hijack();
  connection.onClose = () => {
    client.abort();
    tail.close();
  };
  tail.begin(await lastLines(ask, deps, client.signal));
  return reply;
}

/** A message of Loki's: `{"streams":[...],"dropped_entries":[...],"encodingFlags":[...]}`; `dropped` is how many lines are missing. */
function message(
  streams: Uint8Array,
  dropped: number,
  { categorize }: TailRequest,
  nowMs: number,
): Uint8Array[] {
  const flags = categorize ? '"encodingFlags":["categorize-labels"],' : '';
  // Loki lists each line that is missing; one stands for all of them here.
  const entry = { timestamp: `${nowMs}000000`, labels: {} };
  const rest =
    dropped === 0 ? '' : `,"dropped_entries":[${JSON.stringify(entry)}],"dropped":${dropped}`;
  return [encoder.encode(`{${flags}"streams":[`), streams, encoder.encode(`]${rest}}`)];
}
