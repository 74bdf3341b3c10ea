/**
 * `GET /api/v1/logs/tail`: live tail as server-sent events, for pages and for curl.
 *
 * An event is `data: {"streams":[...]}` with categorised labels, as Loki's tail has them; `event: dropped` tells how many lines are missing.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { TailRefused } from '../../intake/tail/live-tails.ts';
import { ApiError } from '../../queries/answers.ts';
import * as z from '../../zod.ts';
import { sendError } from '../error-shape.ts';
import {
  lastLines,
  statusOf,
  type TailDeps,
  type TailRequest,
  tailRequest,
} from '../loki/tail-session.ts';
import type { ApiRoutes } from '../openapi.ts';

const PATH = '/api/v1/logs/tail';
/** Pages fetch what was before by themselves. */
const DEFAULT_LINES = 0;
/** Keeps proxies from closing a connection on which nothing happens. */
const COMMENT_MS = 15_000;
/** A client that takes nothing for so long is gone. */
const MAX_STUCK_MS = 60_000;

export function registerLogsTail(app: FastifyInstance, deps: TailDeps, routes: ApiRoutes): void {
  routes.declare({
    path: PATH,
    operation: 'tailLogs',
    summary:
      'Lines that match a query, as they arrive, as server-sent events until the client leaves',
    query: {
      query: { description: 'A log query of LogQL', required: true },
      start: { description: 'Earliest time of the lines to begin with. Default: an hour ago' },
      limit: { description: 'How many lines from before to begin with. Default: 0' },
      delay_for: { description: 'Seconds to wait for lines that are late, 0 to 5. Default: 0' },
    },
    answerType: 'text/event-stream',
    answer: z
      .string()
      .describe(
        'Events `data: {"streams":[...]}` with categorised labels, as those of Loki, and `event: dropped` with the number of lines left out',
      ),
  });
  app.get(PATH, { exposeHeadRoute: false }, async (request, reply) => {
    try {
      return await serve(tailRequest(request, deps, true, DEFAULT_LINES), request, reply, deps);
    } catch (error) {
      if (error instanceof ApiError) return sendError(request, reply, 400, error.message);
      if (!(error instanceof TailRefused)) throw error;
      return sendError(request, reply, statusOf(error), error.message);
    }
  });
}

async function serve(
  ask: TailRequest,
  request: FastifyRequest,
  reply: FastifyReply,
  deps: TailDeps,
): Promise<FastifyReply> {
  const events = new EventStream(reply);
  const tail = await deps.tails.open(ask, {
    lines: (streams, dropped) => events.lines(streams, dropped, () => tail.ready()),
    ended: () => events.end(),
  });
  // The client may have gone while the tail was opened.
  if (request.raw.socket.destroyed) {
    tail.close();
    return reply;
  }
  reply.hijack();
  const client = new AbortController();
  events.begin(() => {
    client.abort();
    tail.close();
  });
  tail.begin(await lastLines(ask, deps, client.signal));
  return reply;
}

class EventStream {
  readonly #reply: FastifyReply;
  #timer: NodeJS.Timeout | undefined;
  #stuckMs = 0;

  constructor(reply: FastifyReply) {
    this.#reply = reply;
  }

  begin(closed: () => void): void {
    const { raw } = this.#reply;
    for (const [name, value] of Object.entries(this.#reply.getHeaders())) {
      if (value !== undefined) raw.setHeader(name, value);
    }
    raw.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      // Proxies of the nginx kind would gather events otherwise.
      'x-accel-buffering': 'no',
    });
    raw.write(': open\n\n');
    this.#timer = setInterval(() => this.#comment(), COMMENT_MS).unref();
    raw.once('close', () => {
      clearInterval(this.#timer);
      closed();
    });
  }

  #comment(): void {
    const { raw } = this.#reply;
    if (!raw.writableNeedDrain) {
      this.#stuckMs = 0;
      raw.write(': \n\n');
      return;
    }
    this.#stuckMs += COMMENT_MS;
    if (this.#stuckMs >= MAX_STUCK_MS) raw.destroy();
  }

  /** `written` is called once the client takes more. */
  lines(streams: Uint8Array, dropped: number, written: () => void): void {
    const { raw } = this.#reply;
    raw.cork();
    if (dropped > 0) raw.write(`event: dropped\ndata: {"dropped":${dropped}}\n\n`);
    if (streams.length > 0) {
      raw.write('data: {"streams":[');
      raw.write(streams);
      raw.write(']}\n\n');
    }
    raw.uncork();
    if (raw.writableNeedDrain) raw.once('drain', written);
    else written();
  }

  end(): void {
    this.#reply.raw.end();
  }
}
