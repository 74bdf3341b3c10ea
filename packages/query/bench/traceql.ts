/**
 * `node --conditions=development packages/query/bench/traceql.ts [spans] [flushes]`
 *
 * Searches and TraceQL over spans of a real store in files: milliseconds, median of several runs in one thread. 0 flushes leaves all in
 * the head.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  parseTraceql,
  queryMetrics,
  StoreTraceSource,
  searchTraces,
  timeOfMs,
} from '@sightline/query';
import {
  type EmbeddedStore,
  embeddedDefaults,
  loadReader,
  openEmbeddedStore,
  type RecordQuerier,
  type TraceFilter,
} from '@sightline/store';
import {
  type FieldWriter,
  hashBytes,
  labelsFromPairs,
  SpanBatch,
  taggedSeed,
} from '@sightline/wire';
import { freeBudget } from '../src/promql/testing/memory-querier.ts';

const SPANS = Number(process.argv[2] ?? 500_000);
const FLUSHES = Number(process.argv[3] ?? 12);
const BATCH = 1000;
const SPANS_OF_TRACE = 8;
const SPAN_MS = 0.1;
const RUNS = 11;
const START_MS = Date.now() - Math.ceil(SPANS * SPAN_MS) - 1000;
const METHODS = ['GET', 'GET', 'GET', 'POST', 'PUT'];
const ROUTES = ['/api/users', '/api/orders', '/api/cart', '/api/products', '/health'];
const KEYS = {
  status: Buffer.from('http.response.status_code'),
  port: Buffer.from('server.port'),
  thread: Buffer.from('thread.id'),
};

let state = 42;
function random(below: number): number {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return Math.floor((state / 2 ** 32) * below);
}

function pick<T>(of: readonly T[]): T {
  return of[random(of.length)];
}

function randomBytes(count: number): Uint8Array {
  return new Uint8Array(count).map(() => random(256));
}

function putFields(writer: FieldWriter, route: string): void {
  const start = writer.begin();
  writer.text('http.request.method', pick(METHODS));
  writer.text('http.route', route);
  writer.int(KEYS.status, 0, KEYS.status.length, pick([200, 200, 200, 404, 500]), 0);
  writer.text('server.address', `svc-${random(10)}.internal`);
  writer.int(KEYS.port, 0, KEYS.port.length, 8080, 0);
  writer.text('user.id', `user-${random(50_000)}`);
  writer.text('db.system', pick(['postgresql', 'redis']));
  writer.int(KEYS.thread, 0, KEYS.thread.length, random(64), 0);
  writer.end(start);
}

const ids: string[] = [];
let trace: Uint8Array = new Uint8Array(16);
let spanIds: Uint8Array[] = [];

function addSpan(batch: SpanBatch, n: number, stream: number): void {
  if (n % SPANS_OF_TRACE === 0) {
    trace = randomBytes(16);
    spanIds = [];
    if (n % 10_000 === 0) ids.push(Buffer.from(trace).toString('hex'));
  }
  const { writer } = batch;
  const at = batch.sideLength;
  const own = randomBytes(8);
  writer.copy(trace, 0, 16);
  writer.copy(own, 0, 8);
  writer.copy(spanIds.length === 0 ? new Uint8Array(8) : pick(spanIds), 0, 8);
  spanIds.push(own);
  const route = pick(ROUTES);
  writer.prefixedText(`${pick(METHODS)} ${route}`);
  putFields(writer, route);
  writer.varint(0);
  writer.varint(0);
  const row = batch.push(stream, at);
  const startMs = START_MS + Math.floor(n * SPAN_MS);
  const start = timeOfMs(startMs, random(1_000_000));
  const end = timeOfMs(startMs + random(200), 999_999);
  batch.startLo[row] = start.lo;
  batch.startHi[row] = start.hi;
  batch.endLo[row] = end.lo;
  batch.endHi[row] = end.hi;
  batch.kind[row] = 2;
  batch.status[row] = random(100) === 0 ? 2 : 0;
}

async function fill(store: EmbeddedStore): Promise<void> {
  const resolver = store.resolver('bench');
  const seed = taggedSeed('bench');
  const streams = Array.from({ length: 10 }, (_, i) => {
    const labels = labelsFromPairs(['host.name', `h${i}`, 'service.name', `service-${i}`]);
    hashBytes(labels, 0, labels.length, seed);
    return resolver.lookup() || resolver.register(labels, labels.length);
  });
  const batch = new SpanBatch();
  for (let n = 0; n < SPANS; ) {
    batch.clear();
    for (; batch.n < BATCH && n < SPANS; n++) addSpan(batch, n, pick(streams));
    await store.appendSpans('bench', batch, null);
    const before = Math.floor(((n - BATCH) * FLUSHES) / SPANS);
    if (Math.floor((n * FLUSHES) / SPANS) > before) await store.flushNow();
  }
}

function first(of: Iterable<unknown>, most: number): number {
  let n = 0;
  for (const _ of of) if (++n === most) break;
  return n;
}

const range = { startMs: START_MS - 1000, endMs: START_MS + Math.ceil(SPANS * SPAN_MS) + 1000 };

function filter(conditions: Partial<TraceFilter>): TraceFilter {
  return {
    wants: () => true,
    from: timeOfMs(range.startMs),
    to: timeOfMs(range.endMs),
    names: [],
    fields: [],
    errors: false,
    minDuration: 0,
    maxDuration: Number.POSITIVE_INFINITY,
    budget: freeBudget,
    ...conditions,
  };
}

type Ask = (querier: RecordQuerier, run: number) => number;

const newest =
  (conditions: Partial<TraceFilter>): Ask =>
  (querier) =>
    first(querier.traces(filter(conditions)), 20);

const search =
  (text: string): Ask =>
  (querier) => {
    const query = parseTraceql(text);
    if (query.kind !== 'spans') throw new Error(`${text} is no search`);
    const options = { ...range, limit: 20, spansPerSpanset: 3 };
    return searchTraces(query, new StoreTraceSource(querier, freeBudget), options).length;
  };

const metrics =
  (text: string): Ask =>
  (querier) => {
    const source = new StoreTraceSource(querier, freeBudget);
    return queryMetrics(parseTraceql(text), source, { ...range, stepMs: 5000 }).series.length;
  };

const field = (name: string, value: string): Ask => newest({ fields: [{ names: [name], value }] });

const ASKS: readonly (readonly [string, Ask])[] = [
  ['trace by id', (querier, run) => querier.trace(ids[(run * 7) % ids.length], freeBudget).length],
  ['newest 20 traces', newest({})],
  ['newest 20 with errors', newest({ errors: true })],
  ['newest 20, status_code=500', field('http.response.status_code', '500')],
  ['newest 20, user.id=user-777', field('user.id', 'user-777')],
  ['newest 20, user.id that is nowhere', field('user.id', 'surely-nobody')],
  [
    'newest 20 of service and name',
    newest({
      names: ['PUT /health'],
      wants: (stream) => stream.get('service.name') === 'service-3',
    }),
  ],
  ['newest 20, duration > 198 ms', newest({ minDuration: 198e6 })],
  ['summaries of all traces', (querier) => first(querier.traceSummaries(filter({})), Infinity)],
  ['{status=error}', search('{status=error}')],
  [
    '{resource.service.name="service-3" && duration>100ms}',
    search('{resource.service.name="service-3" && duration>100ms}'),
  ],
  ['{span.user.id="user-777"}', search('{span.user.id="user-777"}')],
  ['{} | rate() by (resource.service.name)', metrics('{} | rate() by (resource.service.name)')],
  ['{status=error} | rate()', metrics('{status=error} | rate()')],
  [
    '{} | quantile_over_time(duration, .95) by (name)',
    metrics('{} | quantile_over_time(duration, .95) by (name)'),
  ],
];

const dir = mkdtempSync(join(tmpdir(), 'sightline-traceql-'));
const store = await openEmbeddedStore({
  ...embeddedDefaults,
  dir,
  log: () => {},
  onFatal: (error) => {
    throw error;
  },
});
try {
  await fill(store);
  const reader = await loadReader(store.readerHandle(), { cacheBytes: 2 ** 24, openFiles: 32 });
  for (const [what, ask] of ASKS) {
    const times: number[] = [];
    let found = 0;
    for (let run = 0; run < RUNS; run++) {
      const snapshot = store.snapshot('bench');
      if (snapshot === null) throw new Error('no tenant');
      const start = performance.now();
      const querier = reader.records(snapshot, freeBudget);
      found = ask(querier, run);
      querier.close();
      times.push(performance.now() - start);
      store.release(snapshot);
    }
    times.sort((a, b) => a - b);
    console.log(`${what}: ${times[RUNS >> 1].toFixed(1)} ms (${found} found)`);
  }
  reader.close();
} finally {
  await store.close();
  rmSync(dir, { recursive: true });
}
