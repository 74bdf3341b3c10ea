/**
 * The HTTP side of a scrape: one request, its body under a limit, errors told in one line.
 *
 * Invariants: at most one connection a target, kept open between scrapes of up to KEEP_ALIVE_MS; nothing outlives the target's
 * timeout; secrets in files are read for every request, so that they can be rotated, and never appear in an error.
 */
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { SecureVersion } from 'node:tls';
import { formatOfContentType } from '@sightline/wire';
import { Agent, type Dispatcher, interceptors, request } from 'undici';
import { formatDurationMs } from '../../config/duration.ts';
import type { ScrapeConfig, ScrapeProtocol, Secret, TlsOptions } from '../../config/scrape.ts';
import { STATUS_CODES } from '../../http/node-http.ts';
import { BodyError, decompressBody } from '../body.ts';
import type { ScrapedText } from './appender.ts';
import type { ScrapeTarget } from './target.ts';

/** Why a scrape gave no text. */
export class ScrapeError extends Error {
  override readonly name = 'ScrapeError';
}

const KEEP_ALIVE_MS = 90_000;
const MAX_REDIRECTS = 10;
const MAX_SECRET_BYTES = 65_536;

/** Media types of Prometheus' scrape protocols (config.ScrapeProtocolsHeaders). */
const MEDIA_TYPES: Readonly<Record<ScrapeProtocol, string>> = {
  'OpenMetricsText1.0.0': 'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8',
  'OpenMetricsText0.0.1': 'application/openmetrics-text;version=0.0.1',
  'PrometheusText1.0.0': 'text/plain;version=1.0.0;escaping=allow-utf-8',
  'PrometheusText0.0.4': 'text/plain;version=0.0.4',
};

const TLS_VERSIONS: Readonly<Record<string, SecureVersion>> = {
  TLS10: 'TLSv1',
  TLS11: 'TLSv1.1',
  TLS12: 'TLSv1.2',
  TLS13: 'TLSv1.3',
};

/** The client of one job. */
export class ScrapeClient {
  readonly #config: ScrapeConfig;
  readonly #folder: string;
  readonly #maxBytes: number;
  readonly #agent: Agent;
  readonly #dispatcher: Dispatcher;
  readonly #headers: Readonly<Record<string, string>>;

  /** `folder` is what relative file names are relative to. Throws ScrapeError where a TLS file cannot be read. */
  constructor(config: ScrapeConfig, folder: string, version: string, maxBytes: number) {
    this.#config = config;
    this.#folder = folder;
    this.#maxBytes = config.bodySizeLimitBytes === 0 ? maxBytes : config.bodySizeLimitBytes;
    this.#agent = new Agent({
      connections: 1,
      pipelining: 1,
      keepAliveTimeout: Math.min(KEEP_ALIVE_MS, config.scrapeIntervalMs * 2),
      keepAliveMaxTimeout: KEEP_ALIVE_MS,
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: this.#tls(config.http.tls),
    });
    this.#dispatcher = config.followRedirects
      ? this.#agent.compose(interceptors.redirect({ maxRedirections: MAX_REDIRECTS }))
      : this.#agent;
    this.#headers = {
      accept: acceptHeader(config.scrapeProtocols),
      'accept-encoding': config.enableCompression ? 'gzip' : 'identity',
      'user-agent': `Sightline/${version}`,
    };
  }

  /** Asks the target for its text. Throws ScrapeError. */
  async fetch(target: ScrapeTarget, stop: AbortSignal): Promise<ScrapedText> {
    const request = new AbortController();
    const abort = () => request.abort();
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      abort();
    }, target.timeoutMs);
    stop.addEventListener('abort', abort, { once: true });
    try {
      return await this.#fetch(target, request.signal);
    } catch (error) {
      if (error instanceof ScrapeError) throw error;
      if (late) {
        throw new ScrapeError(`no complete answer within ${formatDurationMs(target.timeoutMs)}`);
      }
      throw new ScrapeError(reasonOf(error));
    } finally {
      clearTimeout(timer);
      stop.removeEventListener('abort', abort);
    }
  }

  async #fetch(target: ScrapeTarget, signal: AbortSignal): Promise<ScrapedText> {
    const authorization = await this.#authorization();
    const answer = await request(target.url, {
      dispatcher: this.#dispatcher,
      signal,
      headers: {
        ...this.#headers,
        'x-prometheus-scrape-timeout-seconds': String(target.timeoutMs / 1000),
        ...(authorization === undefined ? {} : { authorization }),
      },
    });
    if (answer.statusCode !== 200) {
      await discard(answer.body, signal);
      const name = STATUS_CODES[answer.statusCode] ?? '';
      throw new ScrapeError(`server returned HTTP status ${answer.statusCode} ${name}`.trim());
    }
    const type = headerText(answer.headers['content-type']);
    const format = formatOfContentType(type) ?? this.#config.fallbackFormat;
    if (format === undefined) {
      await discard(answer.body, signal);
      const what = type === undefined ? 'no Content-Type' : `unsupported Content-Type "${type}"`;
      throw new ScrapeError(`received ${what}, and the job has no fallback_scrape_protocol`);
    }
    const bytes = await this.#body(answer.body, headerText(answer.headers['content-encoding']));
    return { bytes, format };
  }

  async #body(body: AsyncIterable<Buffer>, encoding: string | undefined): Promise<Uint8Array> {
    const chunks: Buffer[] = [];
    let length = 0;
    for await (const chunk of body) {
      length += chunk.length;
      if (length > this.#maxBytes) throw this.#tooLarge();
      chunks.push(chunk);
    }
    const [only] = chunks;
    const whole = chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks, length);
    try {
      return await decompressBody(whole, encoding, this.#maxBytes);
    } catch (error) {
      if (error instanceof BodyError && error.status === 413) throw this.#tooLarge();
      throw error;
    }
  }

  #tooLarge(): ScrapeError {
    return new ScrapeError(`body size limit exceeded (limit: ${this.#maxBytes} bytes)`);
  }

  async #authorization(): Promise<string | undefined> {
    const { basicAuth, authorization } = this.#config.http;
    if (basicAuth !== undefined) {
      const user = await this.#secret(basicAuth.username);
      const password = await this.#secret(basicAuth.password);
      return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
    }
    if (authorization === undefined) return undefined;
    return `${authorization.type} ${await this.#secret(authorization.credentials)}`;
  }

  async #secret({ text, file }: Secret): Promise<string> {
    if (file === undefined) return text ?? '';
    let content: string;
    try {
      content = await readFile(resolve(this.#folder, file), 'utf8');
    } catch (error) {
      throw new ScrapeError(`cannot read "${file}": ${reasonOf(error)}`);
    }
    if (content.length > MAX_SECRET_BYTES) throw new ScrapeError(`"${file}" is too large`);
    return content.trim();
  }

  #tls(tls: TlsOptions) {
    const read = ({ text, file }: Secret) => {
      if (file === undefined) return text;
      try {
        return readFileSync(resolve(this.#folder, file), 'utf8');
      } catch (error) {
        throw new ScrapeError(`cannot read "${file}": ${reasonOf(error)}`);
      }
    };
    const options = {
      ca: read(tls.ca),
      cert: read(tls.cert),
      key: read(tls.key),
      servername: tls.serverName,
      minVersion: TLS_VERSIONS[tls.minVersion ?? ''],
      maxVersion: TLS_VERSIONS[tls.maxVersion ?? ''],
    };
    const given = Object.entries(options).filter(([, value]) => value !== undefined);
    return { rejectUnauthorized: !tls.insecureSkipVerify, ...Object.fromEntries(given) };
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }
}

/** As Prometheus 3 writes it: falling weights, `* / *` last. */
function acceptHeader(protocols: readonly ScrapeProtocol[]): string {
  let weight = protocols.length + 2;
  const parts = protocols.map((name) => `${MEDIA_TYPES[name]};q=0.${weight--}`);
  return [...parts, `*/*;q=0.${weight}`].join(',');
}

/** Reads what is left of a body, if little, so that the connection can be kept. */
async function discard(body: Dispatcher.ResponseData['body'], signal: AbortSignal): Promise<void> {
  // A body that breaks off here is of no interest: the answer is refused already.
  await body.dump({ limit: 16_384, signal }).catch(() => undefined);
}

function headerText(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // Several addresses were tried: the last failure tells as much as all of them.
  const inner = error instanceof AggregateError ? error.errors.at(-1) : error.cause;
  if (inner instanceof Error && inner.message !== '') return inner.message;
  return error.message;
}
