/** Tracing of a test: what would be sent, read back. */
import type { TestContext } from 'node:test';
import { DEFAULT_SPAN_LIMITS, decodeOtlpTraces, readSpan, SpanBatch } from '@sightline/wire';
import type { Chunk } from '../export/buffer.ts';
import { HttpMonitor } from '../http/monitor.ts';
import { AgentLog } from '../log.ts';
import { DatabaseProfiler } from '../profiler/profiler.ts';
import type { AgentEvent } from '../source.ts';
import { ManualTimers } from '../test-timers.ts';
import { startTracing, type Tracing, type TracingOptions } from './tracing.ts';

export interface ReadSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentId: string;
  readonly name: string;
  /** As on the wire: 1 internal, 2 server, 3 client. */
  readonly kind: number;
  readonly status: number;
  readonly attributes: Readonly<Record<string, string>>;
}

export interface Traced {
  readonly http: HttpMonitor;
  readonly database: DatabaseProfiler;
  readonly tracing: Tracing;
  readonly timers: ManualTimers;
  readonly chunks: Chunk[];
  readonly events: AgentEvent[];
  readonly warnings: string[];
  /** What has ended so far. */
  spans(): ReadSpan[];
}

export function traced(t: TestContext, options: Partial<TracingOptions> = {}): Traced {
  const http = new HttpMonitor();
  const events: AgentEvent[] = [];
  const database = new DatabaseProfiler({ emit: (event) => events.push(event) });
  const timers = new ManualTimers();
  const chunks: Chunk[] = [];
  const warnings: string[] = [];
  const tracing = startTracing({
    version: '1',
    resource: { 'service.name': 'shop' },
    gzip: false,
    timers,
    add: (chunk) => chunks.push(chunk),
    sampler: 'parentbased',
    ratio: 1,
    http,
    database,
    log: new AgentLog('warn', (line) => warnings.push(line)),
    ...options,
  });
  t.after(() => {
    tracing.stop();
    http.close();
    database.close();
  });
  const spans = (): ReadSpan[] => {
    tracing.pack();
    return chunks.flatMap(({ body }) => spansOf(body));
  };
  return { http, database, tracing, timers, chunks, events, warnings, spans };
}

export function spansOf(body: Uint8Array): ReadSpan[] {
  const batch = new SpanBatch(1);
  const resolver = { lookup: () => 0, register: () => 1, refusal: '' };
  decodeOtlpTraces(body, resolver, DEFAULT_SPAN_LIMITS, batch);
  return Array.from({ length: batch.n }, (_, row) => {
    const { traceId, spanId, parentId, name, fields } = readSpan(
      batch.side,
      batch.at[row] ?? 0,
      batch.length[row] ?? 0,
    );
    const own = fields.filter(({ key }) => !key.startsWith('otel.scope.'));
    const attributes = Object.fromEntries(own.map(({ key, value }) => [key, value]));
    const kind = batch.kind[row] ?? 0;
    const status = batch.status[row] ?? 0;
    return { traceId, spanId, parentId, name, kind, status, attributes };
  });
}
