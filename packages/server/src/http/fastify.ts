/**
 * Fastify, without Node's TLS and HTTP/2.
 *
 * Fastify requires `node:https` and `node:http2` whether it is to speak them or not; they take 4 MB of resident memory. While it is
 * loaded, both names lead to a module that has no servers, so that a use of them would fail at once. What loads them later (scraping, gRPC)
 * gets the real ones. Types may be imported from 'fastify' as ever.
 */
const { createRequire, registerHooks } = process.getBuiltinModule('node:module');

const UNUSED = new Set(['node:https', 'node:http2']);

const hooks = registerHooks({
  resolve: (specifier, context, next) =>
    UNUSED.has(specifier) ? { url: 'node:path', shortCircuit: true } : next(specifier, context),
});
const loaded: typeof import('fastify') = createRequire(import.meta.url)('fastify');
hooks.deregister();

export const { fastify } = loaded;
