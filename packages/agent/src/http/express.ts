/** Express 4 and 5. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { HttpMonitor } from './monitor.ts';
import { pathTemplate } from './path-template.ts';

export type ExpressMiddleware = (
  request: IncomingMessage,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => void;

export function expressMiddleware(monitor: HttpMonitor): ExpressMiddleware {
  return (request, response, next) => {
    monitor.watch(request, response, () => templateOf(request, response), next);
  };
}

/** `baseUrl` is where the router that took the request is mounted, `route.path` the template within it. */
function templateOf(request: IncomingMessage, { statusCode }: ServerResponse): string {
  const route: unknown = Reflect.get(request, 'route');
  const baseUrl = textOf(Reflect.get(request, 'baseUrl'));
  const path: unknown =
    typeof route === 'object' && route !== null && 'path' in route ? route.path : undefined;
  if (path === undefined) return statusCode === 404 ? '' : pathTemplate(baseUrl);
  const own = pathText(path);
  if (baseUrl !== '') return joined(pathTemplate(baseUrl), own);
  return joined(lostPrefix(textOf(Reflect.get(request, 'originalUrl')), own), own);
}

/**
 * A handler's error leaves all routers before it is answered, and `baseUrl` with them. What the template does not account for at the front of
 * the URL is where the routers are mounted.
 */
function lostPrefix(url: string, own: string): string {
  if (/[*{(]/.test(own)) return '';
  const path = url.split(/[?#]/, 1)[0] ?? '';
  const segments = path.split('/').filter((segment) => segment !== '');
  const owned = own.split('/').filter((segment) => segment !== '').length;
  const prefix = segments.slice(0, Math.max(0, segments.length - owned));
  return prefix.length === 0 ? '' : pathTemplate(`/${prefix.join('/')}`);
}

function joined(prefix: string, path: string): string {
  if (prefix === '' || prefix === '/') return path;
  return path === '/' ? prefix : `${prefix}${path}`;
}

/** A route's path may be an array or a regular expression. */
function pathText(path: unknown): string {
  return Array.isArray(path) ? path.map(String).join('|') : String(path);
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
