/** Hono on @hono/node-server, which hands Node's own request and answer through in `c.env`. */
import { IncomingMessage, ServerResponse } from 'node:http';
import type { HttpMonitor } from './monitor.ts';

interface HonoContextLike {
  readonly env: unknown;
  /** The template of the handler that is reached. */
  readonly req: { readonly routePath: string };
  readonly res: { readonly status: number };
}

export type HonoMiddleware = (context: HonoContextLike, next: () => Promise<void>) => Promise<void>;

export function honoMiddleware(monitor: HttpMonitor): HonoMiddleware {
  return (context, next) => {
    const node = nodeOf(context.env);
    if (node === undefined) return next();
    let template = '';
    return monitor.watch(
      node.incoming,
      node.outgoing,
      () => template,
      async () => {
        await next();
        const path = context.req.routePath;
        // What ends at a wildcard and is not found has met nothing but middlewares.
        template = path.endsWith('*') && context.res.status === 404 ? '' : path;
      },
    );
  };
}

interface NodePair {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
}

/** Elsewhere than on Node's own server there is no such pair, and nothing is counted. */
function nodeOf(env: unknown): NodePair | undefined {
  if (typeof env !== 'object' || env === null) return undefined;
  const incoming: unknown = Reflect.get(env, 'incoming');
  const outgoing: unknown = Reflect.get(env, 'outgoing');
  if (!(incoming instanceof IncomingMessage) || !(outgoing instanceof ServerResponse))
    return undefined;
  return { incoming, outgoing };
}
