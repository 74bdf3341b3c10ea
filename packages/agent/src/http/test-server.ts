/** A listening server of a test, and its end. */
import { type IncomingMessage, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import type { HttpMonitor } from './monitor.ts';

/** The base URL of a server that listens or will. */
export async function listening(t: TestContext, server: Server): Promise<string> {
  if (!server.listening) server.listen(0, '127.0.0.1');
  if (server.address() === null) await new Promise((resolve) => server.once('listening', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const address: AddressInfo | string | null = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return `http://127.0.0.1:${address.port}`;
}

export async function ask(
  url: string,
  init: RequestInit = {},
): Promise<{ status: number; text: string }> {
  const response = await fetch(url, init);
  return { status: response.status, text: await response.text() };
}

/** Begins a request and destroys its connection when the answer has begun, or when `moment` has come. */
export async function abandon(url: string, moment?: Promise<unknown>): Promise<void> {
  const sent = request(url, { agent: false });
  const closed = new Promise((resolve) => sent.on('close', resolve));
  sent.on('error', () => {});
  sent.on('response', (response: IncomingMessage) => {
    response.on('error', () => {});
    response.once('data', () => sent.destroy());
  });
  sent.end();
  await moment;
  if (moment !== undefined) sent.destroy();
  await closed;
}

/** `METHOD endpoint status=count ...`, sorted. */
export function counted(monitor: HttpMonitor): string[] {
  return monitor
    .endpoints()
    .map(({ method, endpoint, byStatus }) =>
      [method, endpoint, ...Object.entries(byStatus).map((pair) => pair.join('='))].join(' '),
    )
    .sort();
}
