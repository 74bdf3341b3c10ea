/**
 * Watches the requests that an application's HTTP server answers, by route template.
 *
 * Model: a middleware hands over request and answer with a function that tells the route template once it is known; the request is counted
 * when the answer's `close` comes, which it does exactly once: after the answer is written, or when the connection has gone.
 *
 * Invariants: a request is counted once, however many middlewares see it; nothing here throws into the application; endpoints,
 * methods and status codes are bounded.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Clock, systemClock } from '../clock.ts';
import type { Metric, MonitoringSource } from '../source.ts';
import type { Vitals } from '../vitals.ts';
import { ActiveRequest, type RequestSpan } from './active-request.ts';
import type { EndpointSummary } from './endpoint.ts';
import { Endpoints, knownMethod } from './endpoints.ts';
import { ErrorRate } from './error-rate.ts';
import { type ExpressMiddleware, expressMiddleware } from './express.ts';
import { type FastifyPlugin, fastifyPlugin } from './fastify.ts';
import { type HonoMiddleware, honoMiddleware } from './hono.ts';
import { DEFAULT_BUCKETS, HttpInstruments } from './instruments.ts';
import { type HandlerOptions, type Listener, plainHandler } from './plain.ts';
import { bindEvents, isContextUsed, runInRequest } from './request-context.ts';
import { RuntimeNumbers } from './runtime-numbers.ts';

export interface HttpMonitorOptions {
  /** Bounds of http_request_duration_seconds, ascending. */
  readonly buckets?: readonly number[];
  /** Methods of routes that are counted apart; 200 unless said otherwise. */
  readonly maxEndpoints?: number;
  readonly clock?: Clock;
}

/** Begins the span of a request; undefined where it is not to have one. */
export type SpanBegin = (request: IncomingMessage, method: string) => RequestSpan | undefined;

/** Where a request carries what is known of it. In a WeakMap, 50,000 requests a second took 120 MB more and a quarter more CPU. */
const ACTIVE: unique symbol = Symbol('sightline.active');

interface Watched {
  [ACTIVE]?: MonitoredRequest;
}

/** A request and the monitor that watches it: there may be several. */
class MonitoredRequest extends ActiveRequest {
  monitor: HttpMonitor | undefined;
}

const SOURCE_INTERVAL_MS = 15_000;
/** What nginx logs when the client has closed the connection before it was answered. */
const CLIENT_CLOSED = 499;
const SWITCHING_PROTOCOLS = 101;

export class HttpMonitor implements MonitoringSource {
  readonly id = 'http';
  readonly name = 'HTTP endpoints of this application';
  /** What an application is judged by is the last to be given up, and costs nothing to hand out. */
  readonly priority = 'critical';
  readonly intervalMs = SOURCE_INTERVAL_MS;
  /** While false, middlewares let requests pass unwatched. */
  enabled = true;
  /** Set while requests are traced. */
  beginSpan: SpanBegin | undefined;
  readonly #clock: Clock;
  readonly #instruments: HttpInstruments;
  readonly #endpoints: Endpoints;
  #runtime: RuntimeNumbers | undefined;
  #active = 0;
  readonly #errorRate = new ErrorRate();
  #windowTimed = 0;
  #windowSumMs = 0;

  /** Throws a RangeError for buckets that are not ascending. */
  constructor(options: HttpMonitorOptions = {}) {
    this.#clock = options.clock ?? systemClock;
    this.#instruments = new HttpInstruments(ascending(options.buckets ?? DEFAULT_BUCKETS));
    this.#endpoints = new Endpoints(options.maxEndpoints ?? 200, this.#instruments);
  }

  /** A plugin: `await app.register(monitor.fastify())`, before the routes. */
  fastify(): FastifyPlugin {
    return fastifyPlugin(this);
  }

  /** `app.use(monitor.express())`, before the routes. */
  express(): ExpressMiddleware {
    return expressMiddleware(this);
  }

  /** `app.use(monitor.hono())`, before the routes; for @hono/node-server. */
  hono(): HonoMiddleware {
    return honoMiddleware(this);
  }

  /** Wraps a listener of `http.createServer`. */
  handler(listener: Listener, options: HandlerOptions = {}): Listener {
    return plainHandler(this, listener, options);
  }

  /** What is known of every endpoint, in no order; plain JSON. */
  endpoints(): EndpointSummary[] {
    return this.#endpoints.list(this.#clock.now());
  }

  /** The endpoints with the highest p95 of the last minutes. */
  slowest(count = 10): EndpointSummary[] {
    return this.endpoints()
      .filter(({ p50Ms, maxMs }) => p50Ms > 0 || maxMs > 0)
      .sort((a, b) => b.p95Ms - a.p95Ms)
      .slice(0, count);
  }

  /** Since the last call; error-rate.ts says when there is an error rate. */
  vitals(): Vitals {
    const timed = this.#windowTimed;
    const responseTimeMs = this.#windowSumMs / timed;
    this.#windowTimed = 0;
    this.#windowSumMs = 0;
    return {
      ...(timed === 0 ? {} : { responseTimeMs }),
      ...this.#errorRate.take(this.#clock.now()),
    };
  }

  collect(): readonly Metric[] {
    // An agent that is switched off does not observe anything.
    this.#runtime ??= new RuntimeNumbers(this.#instruments.set);
    this.#runtime.collect();
    this.#instruments.active.set(this.#active);
    return this.#instruments.set.metrics();
  }

  close(): void {
    this.#runtime?.close();
  }

  /**
   * For middlewares: begins to watch a request and runs `next` within its context. `route` tells the route template when it is asked at the
   * end, '' where no route took the request.
   */
  watch<Result>(
    request: IncomingMessage,
    response: ServerResponse,
    route: () => string,
    next: () => Result,
  ): Result {
    if (!this.enabled || this.#activeOf(request) !== undefined) return next();
    let active: ActiveRequest;
    try {
      active = this.#begin(request, response, route);
    } catch {
      this.#failed();
      return next();
    }
    return this.#run(active, request, next);
  }

  /** For frameworks that leave the request's context on their way: runs `next` in it again. */
  resume<Result>(request: IncomingMessage, next: () => Result): Result {
    const active = this.#activeOf(request);
    if (active === undefined) return next();
    return this.#within(active, next);
  }

  #activeOf(request: IncomingMessage & Watched): ActiveRequest | undefined {
    const active = request[ACTIVE];
    return active?.monitor === this ? active : undefined;
  }

  #begin(
    request: IncomingMessage & Watched,
    response: ServerResponse,
    route: () => string,
  ): ActiveRequest {
    const method = knownMethod(request.method);
    const written = request.socket?.bytesWritten ?? 0;
    const active = new MonitoredRequest(method, this.#clock.now(), written, route);
    active.monitor = this;
    request[ACTIVE] = active;
    this.#active++;
    response.on('close', () => {
      this.#active--;
      try {
        this.#end(active, request, response);
      } catch {
        this.#failed();
      }
    });
    active.span = this.beginSpan?.(request, method);
    return active;
  }

  #run<Result>(active: ActiveRequest, request: IncomingMessage, next: () => Result): Result {
    if (!isContextUsed() && active.span === undefined) return next();
    return this.#within(active, () => {
      if (hasBody(request)) bindEvents(request);
      return next();
    });
  }

  #within<Result>(active: ActiveRequest, next: () => Result): Result {
    const { span } = active;
    return span === undefined
      ? runInRequest(active, next)
      : span.run(() => runInRequest(active, next));
  }

  /** A mistake of ours, or something that calls itself a request and is none: the application goes on. */
  #failed(): void {
    const { failures } = this.#instruments;
    failures.set(failures.value + 1);
  }

  #end(active: ActiveRequest, request: IncomingMessage, response: ServerResponse): void {
    const nowMs = this.#clock.now();
    const aborted = !response.writableFinished;
    const status = aborted && !response.headersSent ? CLIENT_CLOSED : response.statusCode;
    const durationMs = nowMs - active.startMs;
    const long = status === SWITCHING_PROTOCOLS || isEventStream(response);
    const { endpoint } = active;
    this.#endpoints.of(active.method, endpoint, nowMs).record(
      {
        status: boundedStatus(status),
        durationMs,
        aborted,
        long,
        requestBytes: lengthOf(request.headers['content-length']),
        responseBytes: responseBytes(response, request, active.writtenBefore),
      },
      nowMs,
    );
    if (aborted) this.#instruments.aborted.set(this.#instruments.aborted.value + 1);
    this.#errorRate.add(status >= 500, nowMs);
    if (!long) {
      this.#windowTimed++;
      this.#windowSumMs += durationMs;
    }
    active.span?.end(endpoint, status, aborted);
    active.ended();
  }
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || lengthOf(headers['content-length']) > 0;
}

function isEventStream(response: ServerResponse): boolean {
  const type = headerOf(response, 'content-type', CONTENT_TYPE);
  return typeof type === 'string' && type.startsWith('text/event-stream');
}

/** The body's length where the answer tells it, else what the connection has written since, less the head. */
function responseBytes(
  response: ServerResponse,
  request: IncomingMessage,
  writtenBefore: number,
): number {
  const told = lengthOf(headerOf(response, 'content-length', CONTENT_LENGTH));
  if (told >= 0) return told;
  const written = request.socket?.bytesWritten ?? 0;
  return Math.max(-1, written - writtenBefore - headOf(response).length);
}

const CONTENT_TYPE = /\r\ncontent-type: *([^\r]*)/i;
const CONTENT_LENGTH = /\r\ncontent-length: *(\d+)/i;

/** What `writeHead` was given at once is not among the headers that can be asked for, but in the head that was written. */
function headerOf(response: ServerResponse, name: string, inHead: RegExp): unknown {
  return response.getHeader(name) ?? inHead.exec(headOf(response))?.[1];
}

function headOf(response: ServerResponse): string {
  const head: unknown = Reflect.get(response, '_header');
  return typeof head === 'string' ? head : '';
}

function lengthOf(header: unknown): number {
  if (typeof header === 'number') return header;
  if (typeof header !== 'string') return -1;
  const length = Number(header);
  return length >= 0 ? length : -1;
}

function boundedStatus(status: number): number {
  return Number.isInteger(status) && status >= 100 && status <= 599 ? status : 599;
}

function ascending(buckets: readonly number[]): readonly number[] {
  for (const [index, bound] of buckets.entries()) {
    if (!Number.isFinite(bound) || bound <= (buckets[index - 1] ?? 0)) {
      throw new RangeError(`buckets ${buckets.join(' ')}: not ascending numbers above 0`);
    }
  }
  return [...buckets];
}
