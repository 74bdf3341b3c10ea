/** Serves the Prometheus page over plain HTTP; never keeps the process alive. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CONTENT_TYPES, preferredFormat } from '@sightline/wire/encode';
import { errorText } from '../error-text.ts';

export type PageText = (format: 'text' | 'openmetrics') => string;

const MAX_CONNECTIONS = 20;
const REQUEST_TIMEOUT_MS = 10_000;

export interface Page {
  /** The port that was given, or the free one that was found for 0. */
  readonly port: number;
  close(): void;
}

/** `GET /metrics`. Rejects when the address cannot be listened on. */
export function servePage(host: string, port: number, text: PageText): Promise<Page> {
  const server = createServer((request, response) => {
    const path = request.url?.split('?')[0];
    request.resume();
    if (path !== '/metrics' || (request.method !== 'GET' && request.method !== 'HEAD')) {
      response.writeHead(path === '/metrics' ? 405 : 404, { 'content-type': 'text/plain' });
      response.end('the metrics are at GET /metrics\n');
      return;
    }
    const format = preferredFormat(request.headers.accept);
    let body: string;
    try {
      body = text(format);
    } catch (error) {
      response.writeHead(500, { 'content-type': 'text/plain' });
      response.end(`${errorText(error)}\n`);
      return;
    }
    response.writeHead(200, { 'content-type': CONTENT_TYPES[format], 'cache-control': 'no-store' });
    response.end(request.method === 'HEAD' ? undefined : body);
  });
  server.maxConnections = MAX_CONNECTIONS;
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  server.on('connection', (socket) => socket.unref());
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      // What fails from now on concerns one connection.
      server.on('error', () => {});
      server.unref();
      resolve({ port: portOf(server, port), close: () => closeAll(server) });
    });
  });
}

function portOf(server: Server, port: number): number {
  const address: string | AddressInfo | null = server.address();
  return typeof address === 'object' && address !== null ? address.port : port;
}

function closeAll(server: Server): void {
  server.close();
  server.closeAllConnections();
}
