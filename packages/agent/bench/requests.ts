/** What a middleware adds to a request: requests are handed to the server as its parser would, without a network. */
import { createServer, IncomingMessage, Server, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { DatabaseSync } from 'node:sqlite';
import { createAdaptorServer } from '@hono/node-server';
import express from 'express';
import fastify from 'fastify';
import { Hono } from 'hono';
import { HttpMonitor } from '../src/http/monitor.ts';
import { DatabaseProfiler } from '../src/profiler/profiler.ts';
import { differences, shown, tell } from './measure.ts';

const RUNS = 5000;
const BODY = JSON.stringify({ id: 7, name: 'Item 7' });

/** Takes what is written and forgets it. */
class NullSocket extends Socket {
  override _write(_chunk: unknown, _encoding: BufferEncoding, done: () => void): void {
    done();
  }

  override _writev(_chunks: readonly unknown[], done: () => void): void {
    done();
  }
}

const socket = new NullSocket();

/** Resolves when the request is answered and closed. */
export function ask(server: Server, url = '/items/7'): Promise<void> {
  const request = new IncomingMessage(socket);
  request.method = 'GET';
  request.url = url;
  request.headers = { host: '127.0.0.1' };
  request.rawHeaders = ['Host', '127.0.0.1'];
  request.httpVersionMajor = 1;
  request.httpVersionMinor = 1;
  request.push(null);
  const response = new ServerResponse(request);
  response.assignSocket(socket);
  return new Promise((resolve) => {
    response.on('finish', () => {
      response.detachSocket(socket);
      response.emit('close');
      resolve();
    });
    server.emit('request', request, response);
  });
}

/** `undefined` for an application without an agent. */
type Maybe = HttpMonitor | undefined;

export function plainServer(monitor: Maybe): Server {
  const listener = (_request: IncomingMessage, response: ServerResponse): void => {
    response.end(BODY);
  };
  return createServer(monitor?.handler(listener) ?? listener);
}

async function fastifyServer(monitor: Maybe): Promise<Server> {
  const app = fastify();
  if (monitor !== undefined) await app.register(monitor.fastify());
  app.get('/items/:id', (_request, reply) => reply.send(BODY));
  await app.ready();
  return app.server;
}

function expressServer(monitor: Maybe): Server {
  const app = express();
  if (monitor !== undefined) app.use(monitor.express());
  app.get('/items/:id', (_request, response) => {
    response.end(BODY);
  });
  return createServer(app);
}

function honoServer(monitor: Maybe): Server {
  const app = new Hono();
  if (monitor !== undefined) app.use(monitor.hono());
  app.get('/items/:id', (context) => context.body(BODY));
  const server = createAdaptorServer({ fetch: app.fetch });
  if (!(server instanceof Server)) throw new Error('Hono has not made a server of node:http');
  return server;
}

const SERVERS: Readonly<Record<string, (monitor: Maybe) => Server | Promise<Server>>> = {
  'node:http': plainServer,
  'Fastify 5': fastifyServer,
  'Express 5': expressServer,
  'Hono 4': honoServer,
};

export async function measureRequests(): Promise<void> {
  for (const [name, serverOf] of Object.entries(SERVERS)) {
    const bare = await serverOf(undefined);
    const watched = await serverOf(new HttpMonitor());
    const runs = [() => ask(bare), () => ask(watched)];
    const [alone = Number.NaN] = await differences(RUNS, runs);
    // A profiler wants to know the request.
    const profiler = new DatabaseProfiler();
    profiler.sqlite(new DatabaseSync(':memory:'));
    const [withContext = Number.NaN] = await differences(RUNS, runs);
    profiler.close();
    tell('CPU us that a middleware adds to a request', {
      server: name,
      middleware: shown(alone),
      'with a profiler': shown(withContext),
    });
  }
}
