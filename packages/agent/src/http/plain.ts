/** Plain `node:http`. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { HttpMonitor } from './monitor.ts';
import { pathTemplate } from './path-template.ts';

export type Listener = (request: IncomingMessage, response: ServerResponse) => unknown;

export interface HandlerOptions {
  /** The route template of a request, asked at its end; '' for no route. Unless given, the path with its ids replaced, and no route for a 404. */
  readonly route?: (request: IncomingMessage) => string;
}

export function plainHandler(
  monitor: HttpMonitor,
  listener: Listener,
  { route }: HandlerOptions,
): Listener {
  return (request, response) => {
    // A listener may rewrite the URL on its way.
    const url = request.url ?? '/';
    const template = (): string => {
      if (route !== undefined) return route(request);
      return response.statusCode === 404 ? '' : pathTemplate(url);
    };
    return monitor.watch(request, response, template, () => listener(request, response));
  };
}
