/**
 * The files of the page, from the folder where its build lies.
 *
 * Model: the folder is listed at start into a map from URL path to file; only what is in the map is ever read, so no request can
 * leave the folder. It is listed anew when a file is not there (any more): a build may have come since. Paths under `/assets/` carry a hash of their content and may be kept for ever; everything else is checked by ETag.
 * A path without a file is a place inside the page: it gets `index.html`. Where a route has the path with another method, that is said.
 *
 * Invariants: a file is read and compressed on its first request and stays in memory; the whole folder is bounded.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { extname, join, relative, sep } from 'node:path';
import { constants, gzipSync } from 'node:zlib';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { errorShapeOf, pathOf, sendError } from './error-shape.ts';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
};
const COMPRESSIBLE = /^(text\/|application\/(json|manifest)|image\/svg)/;
const METHODS = ['GET', 'HEAD', 'POST'] as const;
const MAX_FILES = 2000;
const MAX_FILE_BYTES = 32 * 1024 * 1024;

/** Between two listings for a file that has not been there before. */
const LIST_AGAIN_MS = 1000;

interface FileContent {
  etag: string;
  plain: Buffer;
  gzip: Buffer | undefined;
}

interface StaticFile {
  path: string;
  type: string;
  immutable: boolean;
  content?: FileContent;
}

type LoadedFile = Pick<StaticFile, 'type' | 'immutable'> & FileContent;

/** Answers what no route does from the files of `folder`; says so where the page has not been built. */
export function pageHandler(folder: string) {
  const files = new PageFiles(folder);
  return (request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const path = pathOf(request.url);
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    // A path with these would be read as a pattern, maybe a wrong one.
    const methods = /[*:]/.test(path)
      ? []
      : METHODS.filter((method) => request.server.hasRoute({ method, url: path }));
    if (methods.length > 0) {
      reply.header('allow', methods.join(', '));
      const text = `${path} takes ${methods[0]}, not ${request.method}`;
      return sendError(request, reply, 405, text);
    }
    if (!isRead || errorShapeOf(path) !== 'problem' || path.startsWith('/api/')) {
      return sendError(request, reply, 404, `there is nothing at ${path}`);
    }
    const isPlace = extname(path) === '' && !path.startsWith('/assets/');
    const file = files.find(isPlace ? '/index.html' : path);
    if (file !== undefined) return sendFile(request, reply, file);
    if (isPlace) return sendMissingPage(reply);
    reply.header('cache-control', 'no-store');
    return sendError(request, reply, 404, `there is nothing at ${path}`);
  };
}

class PageFiles {
  readonly #folder: string;
  #files: Map<string, StaticFile>;
  #listedMs: number;

  constructor(folder: string) {
    this.#folder = folder;
    this.#files = listFiles(folder);
    this.#listedMs = performance.now();
  }

  /** The file at a path of the page, with its content; undefined when there is none. */
  find(path: string): LoadedFile | undefined {
    const file = this.#files.get(path);
    const known = file === undefined ? undefined : loaded(file);
    if (known !== undefined) return known;
    const isDue = performance.now() - this.#listedMs >= LIST_AGAIN_MS;
    if (file === undefined && !isDue) return undefined;
    this.#files = listFiles(this.#folder);
    this.#listedMs = performance.now();
    const now = this.#files.get(path);
    return now === undefined ? undefined : loaded(now);
  }
}

function listFiles(folder: string): Map<string, StaticFile> {
  const files = new Map<string, StaticFile>();
  let names: string[];
  try {
    names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  } catch {
    return files;
  }
  for (const name of names.slice(0, MAX_FILES)) {
    const path = join(folder, name);
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat?.isFile() !== true || stat.size > MAX_FILE_BYTES) continue;
    const url = `/${relative(folder, path).split(sep).join('/')}`;
    const type = TYPES[extname(name)] ?? 'application/octet-stream';
    files.set(url, { path, type, immutable: url.startsWith('/assets/') });
  }
  return files;
}

function sendFile(request: FastifyRequest, reply: FastifyReply, file: LoadedFile): FastifyReply {
  const { etag, plain, gzip } = file;
  const keep = file.immutable ? 'public, max-age=31536000, immutable' : 'no-cache';
  reply.code(200).header('cache-control', keep).header('etag', etag);
  reply.header('vary', 'accept-encoding').type(file.type);
  if (request.headers['if-none-match'] === etag) return reply.code(304).send();
  const takesGzip = /\bgzip\b/.test(request.headers['accept-encoding']?.toString() ?? '');
  if (!takesGzip || gzip === undefined) return reply.send(plain);
  return reply.header('content-encoding', 'gzip').send(gzip);
}

/** With its content; undefined when it is gone. */
function loaded(file: StaticFile): LoadedFile | undefined {
  try {
    file.content ??= load(file);
  } catch {
    return undefined;
  }
  return { ...file, ...file.content };
}

function load(file: StaticFile): FileContent {
  const plain = readFileSync(file.path);
  const etag = `"${createHash('sha256').update(plain).digest('base64url').slice(0, 22)}"`;
  const level = constants.Z_BEST_COMPRESSION;
  const gzip = COMPRESSIBLE.test(file.type) ? gzipSync(plain, { level }) : undefined;
  return { etag, plain, gzip };
}

function sendMissingPage(reply: FastifyReply): FastifyReply {
  const text = 'The page has not been built: run `npm run build`. The APIs work without it.\n';
  return reply.code(404).type('text/plain; charset=utf-8').send(text);
}
