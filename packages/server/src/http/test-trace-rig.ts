/** For tests: an app with the trace APIs over spans in memory, in real query threads. */
import { after } from 'node:test';
import type { FastifyInstance } from 'fastify';
import { createLog } from '../log.ts';
import { QueryPool } from '../queries/pool.ts';
import type { MemoryTraces } from '../queries/testing/memory-traces.ts';
import { buildApp } from './app.ts';
import { BodyBudget } from './body.ts';
import { registerJaeger } from './jaeger/routes.ts';
import { ApiRoutes } from './openapi.ts';
import { registerTempo } from './tempo/routes.ts';
import type { TraceApiDeps } from './trace-runner.ts';
import { registerTraceRoutes } from './v1/traces.ts';

export interface TraceRig {
  app: FastifyInstance;
  queries: QueryPool;
}

/** Ended with the tests of the file. */
export function traceRig(
  requests: readonly object[],
  series: MemoryTraces['series'] = [],
  nowMs: number = Date.now(),
): TraceRig {
  const log = createLog('error', () => {});
  const store: MemoryTraces = {
    requests: requests.map((request) => JSON.stringify(request)),
    series,
    metadata: [],
  };
  const queries = new QueryPool({
    threads: 1,
    heapBytes: 256 * 1024 * 1024,
    idleMs: 60_000,
    limits: {
      queue: 100,
      maxSamples: 1e6,
      maxSamplesRead: 1e6,
      maxBytes: 64 * 1024 * 1024,
      maxResidentBytes: 1e12,
    },
    readerModule: new URL('../queries/testing/memory-traces.ts', import.meta.url).href,
    store,
    snapshots: { snapshot: (tenant) => ({ id: 1, tenant }), release: () => {} },
    log,
  });
  after(() => queries.close());
  const app = buildApp({
    log,
    token: undefined,
    allowedHosts: () => [],
    maxBodyBytes: 10_000_000,
    bodyBudget: new BodyBudget(1e7),
    pageFolder: '/nowhere',
  });
  const deps: TraceApiDeps = {
    queries,
    version: '1.2.3',
    limits: () => ({ timeoutMs: 10_000 }),
    now: () => nowMs,
  };
  registerJaeger(app, deps);
  registerTempo(app, deps);
  registerTraceRoutes(new ApiRoutes(app, '1.2.3'), deps);
  return { app, queries };
}

const START_MS = 1_700_000_000_000;

/** A trace of a shop: `GET /cart` of `shop` calls `SELECT` of `db`, which fails; and one of `cron`, a second later. */
export const SHOP_TRACE = '0af7651916cd43dd8448eb211c80319c';
export const CRON_TRACE = '000000000000000000000000000000c1';
export const shopRequest = {
  resourceSpans: [
    {
      resource: {
        attributes: [
          text('service.name', 'shop'),
          text('host.name', 'h1'),
          { key: 'pid', value: { intValue: '7' } },
        ],
      },
      scopeSpans: [
        {
          scope: { name: 'http', version: '1.0' },
          spans: [
            {
              traceId: SHOP_TRACE,
              spanId: '00f067aa0ba902b7',
              traceState: 'a=b',
              name: 'GET /cart',
              kind: 2,
              startTimeUnixNano: nanos(0, 1),
              endTimeUnixNano: nanos(250, 1501),
              attributes: [
                text('http.route', '/cart'),
                { key: 'http.status_code', value: { intValue: '200' } },
                { key: 'big', value: { intValue: '9223372036854775807' } },
                { key: 'ratio', value: { doubleValue: 0.5 } },
                { key: 'cached', value: { boolValue: true } },
                { key: 'raw', value: { bytesValue: 'AAEC' } },
                {
                  key: 'list',
                  value: { arrayValue: { values: [{ stringValue: 'x' }, { intValue: '5' }] } },
                },
              ],
              events: [
                {
                  timeUnixNano: nanos(10, 0),
                  name: 'cache miss',
                  attributes: [text('key', 'cart:1')],
                },
              ],
              links: [
                { traceId: CRON_TRACE, spanId: '00000000000000aa', attributes: [text('why', 'x')] },
              ],
              status: { code: 1 },
            },
          ],
        },
      ],
    },
    {
      resource: { attributes: [text('service.name', 'db')] },
      scopeSpans: [
        {
          scope: {},
          spans: [
            {
              traceId: SHOP_TRACE,
              spanId: 'b7ad6b7169203331',
              parentSpanId: '00f067aa0ba902b7',
              name: 'SELECT',
              kind: 3,
              startTimeUnixNano: nanos(20, 0),
              endTimeUnixNano: nanos(120, 0),
              attributes: [text('db.system', 'postgresql')],
              status: { code: 2, message: 'deadlock' },
            },
          ],
        },
      ],
    },
    {
      resource: { attributes: [text('service.name', 'cron')] },
      scopeSpans: [
        {
          spans: [
            {
              traceId: CRON_TRACE,
              spanId: '00000000000000aa',
              parentSpanId: '00000000000000bb',
              name: 'tick',
              startTimeUnixNano: nanos(1000, 0),
              endTimeUnixNano: nanos(1001, 0),
              attributes: [{ key: 'error', value: { boolValue: true } }, text('odd\n"\\', 'x')],
            },
          ],
        },
      ],
    },
  ],
};

function text(key: string, value: string) {
  return { key, value: { stringValue: value } };
}

function nanos(ms: number, ns: number): string {
  return String(BigInt(START_MS + ms) * 1_000_000n + BigInt(ns));
}
