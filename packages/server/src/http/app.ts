/**
 * The HTTP application: what holds for every route. Routes themselves are registered by the folders beside this file.
 *
 * Model: a request passes the host or token check, then the tenant check, then its body is read into one Buffer (whatever its content
 * type) and its route runs. Errors before the route are told in the shape of the API that was asked (error-shape.ts).
 *
 * Invariants: no route sees a request without a valid `request.tenant`; bodies are bounded one by one and in sum; what a foreign page can
 * make a browser send never changes anything.
 */
import type { IncomingMessage } from 'node:http';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Log } from '../log.ts';
import { isTrustedHost, OPEN_PATHS, TokenGuard } from './auth.ts';
import { type BodyBudget, type BodyHold, BodyRefused, readBody } from './body.ts';
import { pathOf, sendError } from './error-shape.ts';
import { fastify } from './fastify.ts';
import { loginPage } from './login.ts';
import { pageHandler } from './static.ts';
import { DEFAULT_TENANT, TENANT_HEADER, tenantFromHeader } from './tenant.ts';
import { asksForWebSocket } from './websocket.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Checked name of the tenant, `default` without the header. */
    tenant: string;
    /** Bytes of the body budget that the request holds. */
    bodyHold: BodyHold | null;
  }
}

export interface AppDeps {
  log: Log;
  token: string | undefined;
  /** Read on every request, so that a reload can change it. */
  allowedHosts(): readonly string[];
  maxBodyBytes: number;
  bodyBudget: BodyBudget;
  /** Where the build of the page lies. */
  pageFolder: string;
  /** Unix ms. */
  now?: () => number;
}

/** Room for long `GET` queries; Node's default of 16 KiB is too small for them. */
const MAX_HEADER_BYTES = 65_536;
/** Longest time in which a request must have arrived; ends senders that trickle. */
const REQUEST_TIMEOUT_MS = 120_000;
const MAX_CONNECTIONS = 10_000;

/** The app without routes. */
export function buildApp(deps: AppDeps): FastifyInstance {
  const app = fastify({
    logger: false,
    http: { maxHeaderSize: MAX_HEADER_BYTES, shouldUpgradeCallback: asksForWebSocket },
    forceCloseConnections: 'idle',
    requestTimeout: REQUEST_TIMEOUT_MS,
    bodyLimit: deps.maxBodyBytes,
    schemaController: {
      compilersFactory: { buildValidator: noSchemas, buildSerializer: noSchemas },
    },
    routerOptions: { maxParamLength: MAX_HEADER_BYTES },
    frameworkErrors: (error, request, reply) => answerError(deps.log, error, request, reply),
  });
  app.server.maxConnections = MAX_CONNECTIONS;
  app.decorateRequest('tenant', DEFAULT_TENANT);
  app.decorateRequest('bodyHold', null);

  const now = deps.now ?? Date.now;
  const guard = deps.token === undefined ? undefined : new TokenGuard(deps.token);
  app.addHook('onRequest', async (request, reply) => {
    setSecurityHeaders(request, reply);
    if (isForeignWrite(request)) {
      return sendError(
        request,
        reply,
        403,
        'requests from other sites may not change anything here',
      );
    }
    if (guard !== undefined) {
      const admitted = guard.admits(request.headers.authorization, request.headers.cookie, now());
      if (!admitted && !OPEN_PATHS.has(pathOf(request.url))) {
        return refuseStranger(request, reply, guard, now());
      }
    } else if (!isTrustedHost(request.headers.host, deps.allowedHosts())) {
      const text = `this process does not answer as '${request.headers.host}': add the name to allowed_hosts, or set a token`;
      return sendError(request, reply, 421, text);
    }
    const result = tenantFromHeader(request.headers[TENANT_HEADER]);
    if ('problem' in result) return sendError(request, reply, 400, result.problem);
    request.tenant = result.tenant;
    return undefined;
  });

  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (request: FastifyRequest, payload: IncomingMessage) => {
    const hold: BodyHold = { bytes: 0, buffer: null };
    request.bodyHold = hold;
    // A route may set a lower bound of its own.
    return readBody(payload, request.routeOptions.bodyLimit, deps.bodyBudget, hold);
  });
  const releaseBody = (request: FastifyRequest): void => {
    if (request.bodyHold !== null) deps.bodyBudget.release(request.bodyHold.bytes);
    request.bodyHold = null;
  };
  app.addHook('onResponse', async (request, reply) => {
    const buffer = request.bodyHold?.buffer ?? null;
    releaseBody(request);
    // Of a request that broke off, the route may still be reading the body.
    if (buffer !== null && reply.raw.writableFinished) deps.bodyBudget.reuse(buffer);
  });
  app.addHook('onRequestAbort', async (request) => releaseBody(request));

  app.setErrorHandler<FastifyError>((error, request, reply) =>
    answerError(deps.log, error, request, reply),
  );
  app.setNotFoundHandler(pageHandler(deps.pageFolder));
  if (guard !== undefined) registerLogin(app, guard, now);
  return app;
}

/** Routes check and write by themselves; Fastify's own compilers would cost 9 MB of memory unused. */
function noSchemas(): never {
  throw new Error('routes have no Fastify schemas');
}

function answerError(
  log: Log,
  error: FastifyError | BodyRefused,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  if (error instanceof BodyRefused) {
    if (error.status === 413) reply.header('connection', 'close');
    if (error.status === 503) reply.header('retry-after', '1');
    return sendError(request, reply, error.status, error.message);
  }
  const status = error.statusCode ?? 500;
  if (status < 500) return sendError(request, reply, status, error.message);
  log.error(`${request.method} ${pathOf(request.url)}: ${error.stack ?? error.message}`);
  return sendError(request, reply, status, 'an internal error occurred; the log says more');
}

/** The page loads nothing from elsewhere; CodeMirror and uPlot write style attributes and elements. */
const CONTENT_SECURITY_POLICY =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; " +
  "base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

function setSecurityHeaders(request: FastifyRequest, reply: FastifyReply): void {
  reply.header('x-content-type-options', 'nosniff');
  // Answers to writes are never shown; they are spared the rest.
  if (request.method === 'POST') return;
  reply.header('content-security-policy', CONTENT_SECURITY_POLICY);
  reply.header('referrer-policy', 'no-referrer');
  reply.header('cross-origin-resource-policy', 'same-origin');
}

/** A write that a browser sends for a page of another site: nothing of ours asks for that. */
function isForeignWrite(request: FastifyRequest): boolean {
  if (request.method === 'GET' || request.method === 'HEAD' || request.method === 'OPTIONS') {
    return false;
  }
  const site = request.headers['sec-fetch-site'];
  if (site !== undefined) return site !== 'same-origin' && site !== 'none';
  const origin = request.headers.origin;
  return (
    origin !== undefined &&
    origin !== `http://${request.headers.host}` &&
    origin !== `https://${request.headers.host}`
  );
}

function refuseStranger(
  request: FastifyRequest,
  reply: FastifyReply,
  guard: TokenGuard,
  nowMs: number,
): FastifyReply {
  const isNavigation =
    request.method === 'GET' && request.headers.accept?.includes('text/html') === true;
  const url = new URL(request.url, 'http://here');
  const given = url.searchParams.get('token');
  if (request.method === 'GET' && given !== null && guard.isToken(given)) {
    url.searchParams.delete('token');
    // `//host` at the start of a path would lead elsewhere.
    const back = url.pathname.replace(/^\/+/, '/') + url.search;
    return openSession(request, reply, guard, nowMs, back);
  }
  reply.header('www-authenticate', 'Bearer realm="sightline"');
  if (isNavigation) return reply.code(401).type('text/html; charset=utf-8').send(loginPage(false));
  return sendError(
    request,
    reply,
    401,
    'the token is missing or wrong: send Authorization: Bearer TOKEN',
  );
}

function openSession(
  request: FastifyRequest,
  reply: FastifyReply,
  guard: TokenGuard,
  nowMs: number,
  back: string,
): FastifyReply {
  const secure = request.headers['x-forwarded-proto'] === 'https';
  reply.header('set-cookie', guard.sessionCookie(nowMs, secure));
  return reply.header('cache-control', 'no-store').redirect(back, 303);
}

function registerLogin(app: FastifyInstance, guard: TokenGuard, now: () => number): void {
  app.post('/login', { bodyLimit: 4096 }, (request, reply) => {
    const form = new URLSearchParams(Buffer.isBuffer(request.body) ? request.body.toString() : '');
    if (guard.isToken(form.get('token') ?? '')) {
      return openSession(request, reply, guard, now(), '/');
    }
    return reply.code(401).type('text/html; charset=utf-8').send(loginPage(true));
  });
}
