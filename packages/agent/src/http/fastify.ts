/** Fastify 5: a plugin whose hooks hold for all routes, wherever it is registered before them. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { HttpMonitor } from './monitor.ts';

interface FastifyRequestLike {
  readonly raw: IncomingMessage;
  readonly is404: boolean;
  readonly routeOptions: { readonly url?: string | undefined };
}

interface FastifyReplyLike {
  readonly raw: ServerResponse;
}

type Hook = (request: FastifyRequestLike, reply: FastifyReplyLike, done: () => void) => void;

interface FastifyLike {
  addHook(name: 'onRequest', hook: Hook): unknown;
  addHook(name: 'preValidation', hook: Hook): unknown;
}

export type FastifyPlugin = (app: FastifyLike, options: unknown, done: () => void) => void;

export function fastifyPlugin(monitor: HttpMonitor): FastifyPlugin {
  const plugin: FastifyPlugin = (app, _options, done) => {
    app.addHook('onRequest', (request, reply, next) => {
      const route = (): string => (request.is404 ? '' : (request.routeOptions.url ?? ''));
      monitor.watch(request.raw, reply.raw, route, next);
    });
    // Bodies are parsed in between, in the context of the connection.
    app.addHook('preValidation', (request, _reply, next) => monitor.resume(request.raw, next));
    done();
  };
  // As fastify-plugin marks them: hooks are added to the application itself, not to a scope of the plugin's own.
  return Object.assign(plugin, {
    [Symbol.for('skip-override')]: true,
    [Symbol.for('fastify.display-name')]: 'sightline-agent',
  });
}
