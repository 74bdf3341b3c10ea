/** A whole server for tests of Loki's API. Not for use outside tests. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseCommandLine } from '../../config/flags.ts';
import { loadConfig } from '../../config/load.ts';
import { createLog } from '../../log.ts';
import { startServer } from '../../serve.ts';

/** `[ms, line, metadata]` */
export type Entry = [number, string, Record<string, string>?];

export interface LokiServer {
  url: string;
  /** Pushes as Loki's clients do. */
  push(stream: Record<string, string>, entries: readonly Entry[], tenant?: string): Promise<void>;
  get(
    path: string,
    params?: Record<string, string>,
    headers?: Record<string, string>,
  ): Promise<Answer>;
  post(path: string, params: Record<string, string>): Promise<Answer>;
  stop(): Promise<void>;
}

export interface Answer {
  status: number;
  /** JSON that was parsed, or text. */
  body: ReturnType<typeof JSON.parse>;
}

export async function startLoki(args: readonly string[] = []): Promise<LokiServer> {
  const data = mkdtempSync(join(tmpdir(), 'sightline-loki-'));
  const flags = ['--http', '127.0.0.1:0', '--data', data, '--otlp-http', 'off'];
  const loaded = await loadConfig({
    flags: parseCommandLine([...flags, '--otlp-grpc', 'off', '--self-enabled', 'false', ...args])
      .flags,
    env: {},
    file: undefined,
  });
  const log = createLog('error', (line) => console.error(line));
  const server = await startServer({ loaded, log, reload: async () => loaded });
  const base = `${server.url}/loki/api/v1/`;
  const read = async (response: Response): Promise<Answer> => {
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json') === true;
    return { status: response.status, body: isJson ? JSON.parse(text) : text };
  };
  return {
    url: server.url,
    push: async (stream, entries, tenant) => {
      const values = entries.map(([ms, line, metadata]) =>
        metadata === undefined ? [`${ms}000000`, line] : [`${ms}000000`, line, metadata],
      );
      const response = await fetch(`${base}push`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...(tenant === undefined ? {} : { 'x-scope-orgid': tenant }),
        },
        body: JSON.stringify({ streams: [{ stream, values }] }),
      });
      if (response.status !== 204) throw new Error(await response.text());
    },
    get: async (path, params = {}, headers = {}) => {
      const query = new URLSearchParams(params).toString();
      return read(await fetch(`${base}${path}${query === '' ? '' : `?${query}`}`, { headers }));
    },
    post: async (path, params) =>
      read(await fetch(base + path, { method: 'POST', body: new URLSearchParams(params) })),
    stop: async () => {
      await server.stop();
      rmSync(data, { recursive: true, force: true });
    },
  };
}
