/**
 * The addresses on which the process answers: the app's own, and a second one for OTLP over HTTP at the default port of the SDKs.
 *
 * Invariants: an address that was asked for is listened on, or the start fails; a default OTLP port that is taken is only told, because
 * another collector on this machine is no reason not to run.
 */
import type { Server } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { type Address, formatAddress } from '../config/setting.ts';
import { createServer } from './node-http.ts';

/** An address that cannot be listened on; the message says what to do. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
}

/** Listens; resolves with the URL, the real port in it. Throws ListenError. */
export async function listenApp(app: FastifyInstance, address: Address): Promise<string> {
  try {
    await app.listen({ host: address.host, port: address.port });
  } catch (error) {
    throw listenError('http', address, error);
  }
  return urlOf(app.server, address);
}

/** A server that passes OTLP's paths to the app and knows nothing else. Throws ListenError. */
export async function listenOtlpHttp(app: FastifyInstance, address: Address) {
  await app.ready();
  const server = createServer((request, response) => {
    if (request.url?.startsWith('/v1/') === true) {
      app.routing(request, response);
      return;
    }
    response.writeHead(404, { 'content-type': 'text/plain; charset=utf-8' });
    response.end('this port takes OTLP at /v1/metrics only\n');
  });
  server.requestTimeout = app.server.requestTimeout;
  server.maxConnections = app.server.maxConnections;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(listenError('otlp_http', address, error)));
    server.listen(address.port, address.host, resolve);
  });
  return { server, url: urlOf(server, address) };
}

/** Open requests get this long to be answered when the process ends. */
const DRAIN_MS = 6000;

/** Stops accepting; resolves when open requests have been answered, or cut off after a grace period. */
export async function closeApp(app: FastifyInstance): Promise<void> {
  const timer = setTimeout(() => app.server.closeAllConnections(), DRAIN_MS);
  await app.close();
  clearTimeout(timer);
}

/** As `closeApp`. */
export function closeServer(server: Server): Promise<void> {
  const timer = setTimeout(() => server.closeAllConnections(), DRAIN_MS);
  return new Promise((resolve) => {
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
    server.closeIdleConnections();
  });
}

export function listenError(key: string, address: Address, error: unknown): ListenError {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const shown = formatAddress(address);
  const flag = `--${key.replaceAll('_', '-')}`;
  const other = key === 'http' ? 'HOST:PORT' : 'HOST:PORT or off';
  const advice = `choose another with ${flag} ${other}`;
  if (code === 'EADDRINUSE') {
    return new ListenError(`${key}: ${shown} is taken by another process; ${advice}`);
  }
  if (code === 'EACCES') {
    return new ListenError(`${key}: no permission to listen on ${shown}; ${advice}`);
  }
  const reason = error instanceof Error ? error.message : String(error);
  return new ListenError(`${key}: cannot listen on ${shown}: ${reason}; ${advice}`);
}

function urlOf(server: Server, address: Address): string {
  const bound = server.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : address.port;
  return `http://${formatAddress({ host: address.host, port })}`;
}
