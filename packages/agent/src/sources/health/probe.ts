/**
 * One probe of one URL: resolve, connect, shake hands, ask, read what is needed.
 *
 * The phases are made one by one, on a connection of their own, so that each has its time and the certificate is seen with every probe. A certificate
 * that is not trusted ends the probe before anything is sent over it, and its days are told all the same.
 *
 * Invariants: nothing outlives the deadline; redirects are not followed; at most MAX_BODY bytes of the body are read, and none unless
 * a text is expected.
 */
import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { type IncomingMessage, request } from 'node:http';
import { isIP, type LookupFunction, type Socket, connect as tcpConnect } from 'node:net';
import { type TLSSocket, connect as tlsConnect } from 'node:tls';
import { errorText } from '../../error-text.ts';

export interface ProbeTarget {
  readonly url: URL;
  readonly timeoutMs: number;
  /** Of the answer; any from 200 to 399 when empty. */
  readonly expectStatus: readonly number[];
  /** Must be in the first MAX_BODY bytes of the body. */
  readonly expectText: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Certificates to trust besides the usual ones, PEM. */
  readonly ca: string;
}

export type Phase = 'dns' | 'connect' | 'tls' | 'first_byte';

export interface ProbeResult {
  readonly up: boolean;
  /** Why it is down. */
  readonly reason: string;
  /** 0 without an answer. */
  readonly status: number;
  readonly totalMs: number;
  readonly phasesMs: Readonly<Partial<Record<Phase, number>>>;
  /** NaN without a certificate. */
  readonly certificateDays: number;
}

const MAX_BODY = 65_536;
const DAY_MS = 24 * 3600_000;

/** Never rejects: what fails is the result. */
export async function probe(target: ProbeTarget, outer: AbortSignal): Promise<ProbeResult> {
  const run = new Probe(target);
  const abort = (): void => run.end('the collection was ended');
  const timer = setTimeout(() => run.end(`no answer in ${target.timeoutMs} ms`), target.timeoutMs);
  timer.unref();
  outer.addEventListener('abort', abort, { once: true });
  if (outer.aborted) abort();
  try {
    return await run.result();
  } finally {
    clearTimeout(timer);
    outer.removeEventListener('abort', abort);
    run.end('');
  }
}

class Probe {
  readonly #target: ProbeTarget;
  readonly #startMs = performance.now();
  readonly #phasesMs: Partial<Record<Phase, number>> = {};
  readonly #ended: Promise<never>;
  #fail: (error: Error) => void = () => {};
  #socket: Socket | undefined;
  #over = false;
  #status = 0;
  #certificateDays = Number.NaN;

  constructor(target: ProbeTarget) {
    this.#target = target;
    this.#ended = new Promise((_, reject) => {
      this.#fail = reject;
    });
    this.#ended.catch(() => {});
  }

  /** Ends the probe, if it still runs, and closes what it has opened. */
  end(reason: string): void {
    this.#over = true;
    this.#fail(new Error(reason));
    this.#socket?.destroy();
  }

  async result(): Promise<ProbeResult> {
    let reason = '';
    try {
      reason = await Promise.race([this.#run(), this.#ended]);
    } catch (error) {
      reason = errorText(error);
    }
    return {
      up: reason === '',
      reason,
      status: this.#status,
      totalMs: performance.now() - this.#startMs,
      phasesMs: this.#phasesMs,
      certificateDays: this.#certificateDays,
    };
  }

  /** Resolves to why the answer is wrong; empty when it is right. */
  async #run(): Promise<string> {
    const { url } = this.#target;
    const host = url.hostname.replace(/^\[|\]$/g, '');
    const secure = url.protocol === 'https:';
    const port = Number(url.port || (secure ? 443 : 80));
    const addresses = isIP(host) > 0 ? [] : await this.#timed('dns', () => addressesOf(host));
    const socket = await this.#timed('connect', () => this.#connect(port, host, addresses));
    const stream = secure ? await this.#timed('tls', () => this.#shakeHands(socket, host)) : socket;
    const response = await this.#timed('first_byte', () => this.#ask(stream));
    this.#status = response.statusCode ?? 0;
    return this.#judge(response);
  }

  async #timed<T>(phase: Phase, run: () => Promise<T>): Promise<T> {
    if (this.#over) throw new Error('the probe is over');
    const startMs = performance.now();
    const value = await run();
    this.#phasesMs[phase] = performance.now() - startMs;
    return value;
  }

  /** Tries the addresses as any client does (RFC 8305), so that one family that leads nowhere is no failure. */
  #connect(port: number, host: string, addresses: LookupAddress[]): Promise<Socket> {
    return new Promise((resolve, reject) => {
      const known: LookupFunction = (_host, _options, done) => done(null, addresses);
      const lookupOption = addresses.length === 0 ? {} : { lookup: known };
      const socket = tcpConnect({ port, host, autoSelectFamily: true, ...lookupOption });
      this.#socket = socket;
      socket.on('error', reject);
      socket.once('connect', () => resolve(socket));
    });
  }

  #shakeHands(socket: Socket, host: string): Promise<TLSSocket> {
    const { ca } = this.#target;
    return new Promise((resolve, reject) => {
      const secure = tlsConnect({
        socket,
        // Judged below, when the certificate has been seen.
        rejectUnauthorized: false,
        ALPNProtocols: ['http/1.1'],
        host,
        ...(isIP(host) > 0 ? {} : { servername: host }),
        ...(ca === '' ? {} : { ca }),
      });
      this.#socket = secure;
      secure.on('error', reject);
      secure.once('secureConnect', () => {
        const until = Date.parse(secure.getPeerCertificate().valid_to);
        this.#certificateDays = (until - Date.now()) / DAY_MS;
        if (secure.authorized) resolve(secure);
        else reject(new Error(`certificate: ${secure.authorizationError}`));
      });
    });
  }

  #ask(socket: Socket): Promise<IncomingMessage> {
    const { url, headers } = this.#target;
    return new Promise((resolve, reject) => {
      const asking = request(
        {
          createConnection: () => socket,
          path: url.pathname + url.search,
          headers: {
            host: url.host,
            'user-agent': 'sightline-agent',
            accept: '*/*',
            connection: 'close',
            ...(url.username === '' ? {} : { authorization: basic(url) }),
            ...headers,
          },
        },
        resolve,
      );
      asking.on('error', reject);
      asking.end();
    });
  }

  async #judge(response: IncomingMessage): Promise<string> {
    response.on('error', () => {});
    const { expectStatus, expectText } = this.#target;
    const status = this.#status;
    const wanted =
      expectStatus.length === 0 ? status >= 200 && status < 400 : expectStatus.includes(status);
    if (!wanted) return `status ${status}`;
    if (expectText === '') return '';
    const body = await bodyStart(response);
    return body.includes(expectText) ? '' : 'the expected text is not in the body';
  }
}

function addressesOf(host: string): Promise<LookupAddress[]> {
  return lookup(host, { all: true });
}

async function bodyStart(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response) {
    chunks.push(Buffer.from(chunk));
    bytes += chunk.length;
    if (bytes >= MAX_BODY) break;
  }
  return Buffer.concat(chunks).toString('utf8', 0, MAX_BODY);
}

function basic(url: URL): string {
  const user = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  return `Basic ${Buffer.from(user).toString('base64')}`;
}
