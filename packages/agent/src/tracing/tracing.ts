/**
 * Traces: our provider of OpenTelemetry's API, and what makes spans with it.
 *
 * This module is loaded only when traces are switched on: OpenTelemetry costs memory. Spans and sampling are those of OpenTelemetry's SDK; we begin
 * them in our own hooks, which cost a third of what its instrumentations do (docs/agent.md), and encode them ourselves. The provider is
 * registered globally, so that the application and any instrumentation that it brings make spans with it, too.
 */
import * as ownApi from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  CompositePropagator,
  W3CBaggagePropagator,
  W3CTraceContextPropagator,
} from '@opentelemetry/core';
import { TracerProvider } from '@opentelemetry/sdk-trace';
import type { TraceSampler } from '../config/options.ts';
import type { HttpMonitor } from '../http/monitor.ts';
import type { AgentLog } from '../log.ts';
import type { DatabaseProfiler } from '../profiler/profiler.ts';
import { type Api, newestApi } from './api-copy.ts';
import { clientSpans } from './client-spans.ts';
import { parentBased, RatioSampler } from './sampler.ts';
import { serverSpans } from './server-spans.ts';
import { SpansOut, type SpansOutOptions } from './spans-out.ts';
import { statementSpans } from './statement-spans.ts';

export interface TracingOptions extends SpansOutOptions {
  /** What registers the provider; the agent's own copy unless given. */
  readonly api?: Api;
  readonly version: string;
  readonly sampler: TraceSampler;
  readonly ratio: number;
  readonly http: HttpMonitor;
  readonly database: DatabaseProfiler;
  readonly log: AgentLog;
}

export interface Tracing {
  /** Share of traces that are kept, 0 to 1; may be set. */
  ratio: number;
  /** Hands over the spans that wait. */
  pack(): void;
  stop(): void;
}

/** Spans with more or longer attributes are cut: a span is not the place for a body. */
const SPAN_LIMITS = {
  attributeCountLimit: 64,
  attributeValueLengthLimit: 4096,
  eventCountLimit: 32,
  linkCountLimit: 32,
};

/** Starts by the newer copy of the API, the agent's or the application's. */
export async function startApplicationTracing(options: TracingOptions): Promise<Tracing> {
  return startTracing({ ...options, api: await newestApi(ownApi) });
}

export function startTracing(options: TracingOptions): Tracing {
  const { http, database, log, version } = options;
  const out = new SpansOut(options);
  const ratio = new RatioSampler(options.ratio);
  const provider = new TracerProvider({
    spanProcessors: [out],
    sampler: options.sampler === 'parentbased' ? parentBased(ratio) : ratio,
    spanLimits: SPAN_LIMITS,
  });
  const unregister = register(options.api ?? ownApi, provider, log);
  const tracer = ownApi.trace.getTracer('@sightline/agent', version);
  http.beginSpan = serverSpans(tracer);
  database.spans = statementSpans(tracer);
  const endClientSpans = clientSpans(tracer);
  return {
    get ratio() {
      return ratio.ratio;
    },
    set ratio(share) {
      ratio.ratio = share;
    },
    pack: () => out.pack(),
    stop: () => {
      http.beginSpan = undefined;
      database.spans = undefined;
      endClientSpans();
      unregister();
      out.pack();
    },
  };
}

/** Makes the provider the global one; where another is already, spans go to that one. */
function register(
  { context, propagation, trace }: Api,
  provider: TracerProvider,
  log: AgentLog,
): () => void {
  const contexts = new AsyncLocalStorageContextManager();
  contexts.enable();
  const propagators = [new W3CTraceContextPropagator(), new W3CBaggagePropagator()];
  const hasTrace = trace.setGlobalTracerProvider(provider);
  const hasContext = context.setGlobalContextManager(contexts);
  const hasPropagation = propagation.setGlobalPropagator(new CompositePropagator({ propagators }));
  if (!hasTrace) {
    log.warn(
      'another OpenTelemetry SDK is registered in this process: spans go where it sends them',
    );
  }
  return () => {
    if (hasTrace) trace.disable();
    if (hasContext) context.disable();
    if (hasPropagation) propagation.disable();
  };
}
