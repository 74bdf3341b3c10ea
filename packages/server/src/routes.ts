/** Every route of the process, registered on the app. */
import { resolve } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { retentionPolicy, retentionText } from './config/retention.ts';
import { configYaml, visibleOrigins } from './config/show.ts';
import { type Readiness, registerHealth } from './http/health.ts';
import { registerJaeger } from './http/jaeger/routes.ts';
import { registerLokiPush } from './http/loki/push.ts';
import { registerLoki } from './http/loki/routes.ts';
import { registerLokiTail } from './http/loki/tail.ts';
import { registerMetrics } from './http/metrics.ts';
import { ApiRoutes } from './http/openapi.ts';
import { registerOtlp } from './http/otlp/routes.ts';
import { registerImport } from './http/prometheus/import.ts';
import { registerPrometheus } from './http/prometheus/routes.ts';
import { registerWrite } from './http/prometheus/write.ts';
import { registerTempo } from './http/tempo/routes.ts';
import { registerPlainLogs } from './http/v1/logs.ts';
import { registerLogsTail } from './http/v1/logs-tail.ts';
import { registerSearch } from './http/v1/search.ts';
import { registerStatusRoutes } from './http/v1/status.ts';
import { registerTraceRoutes } from './http/v1/traces.ts';
import { registerZipkin } from './http/zipkin/routes.ts';
import { lokiLimits } from './options.ts';
import type { Parts } from './parts.ts';
import { remotesOf } from './search/remotes.ts';
import { readVersion } from './version.ts';

export function registerRoutes(app: FastifyInstance, parts: Parts): void {
  const { live, store, queries, intake } = parts;
  const version = readVersion();
  registerHealth(app, () => readinessOf(parts));
  registerMetrics(app, { sources: () => parts.self.current() });
  registerWrite(app, { intake });
  registerImport(app, { intake });
  registerOtlp(app, { otlp: parts.otlp });
  registerLokiPush(app, parts.records);
  registerZipkin(app, parts.records);
  registerPrometheus(app, {
    queries,
    targets: {
      active: () => parts.scraping.view.active(),
      dropped: () => parts.scraping.view.dropped(),
      droppedCounts: () => parts.scraping.view.droppedCounts(),
      pools: () => parts.scraping.view.pools(),
    },
    limits: () => ({
      timeoutMs: live.loaded.config.query.timeout_ms,
      lookbackMs: live.loaded.config.query.lookback_ms,
    }),
    status: {
      version,
      startedMs: live.startedMs,
      flags: () => flagsOf(parts),
      configYaml: () => configYaml(live.loaded, false),
      retention: () => retentionOf(parts).metrics,
      reload: () => live.reloaded,
    },
    now: Date.now,
  });
  const tail = {
    queries,
    tails: parts.tails,
    limits: () => lokiLimits(live.loaded.config),
    now: Date.now,
  };
  registerLokiTail(app, tail);
  registerLoki(app, {
    queries,
    patterns: parts.patterns,
    version,
    limits: () => lokiLimits(live.loaded.config),
    now: Date.now,
  });
  const { preset, config } = live.loaded;
  const traces = {
    queries,
    version,
    limits: () => ({ timeoutMs: live.loaded.config.query.timeout_ms }),
    now: Date.now,
  };
  registerJaeger(app, traces);
  registerTempo(app, traces);
  const routes = new ApiRoutes(app, version);
  registerPlainLogs(app, parts.records, routes);
  registerLogsTail(app, tail, routes);
  registerTraceRoutes(routes, traces);
  registerSearch(routes, {
    queries,
    limits: () => {
      const { query, search } = live.loaded.config;
      const remotes = remotesOf(search.remotes);
      return { timeoutMs: query.timeout_ms, sideTimeoutMs: search.side_timeout_ms, remotes };
    },
    now: Date.now,
  });
  registerStatusRoutes(routes, {
    version,
    startedMs: live.startedMs,
    preset: { name: preset.name, reason: preset.reason, ...preset.machine },
    dataDir: resolve(config.data),
    durability: config.durability,
    listeners: () => live.listeners,
    tokenRequired: config.token !== undefined,
    retention: () => retentionOf(parts),
    retentionRules: () => parts.store.retention(),
    store,
    intake: () => intake.counters.snapshot(),
    queries,
    now: Date.now,
  });
}

function readinessOf({ store, queries }: Parts): Readiness {
  const stored = store.readiness();
  const { queued } = queries.stats();
  if (!stored.ready || queued === 0 || queued < queries.limits.queue) return stored;
  return { ready: false, reason: `${queued} queries are waiting, as many as may` };
}

function flagsOf(parts: Parts): Record<string, string> {
  const flags: Record<string, string> = {};
  for (const [key, { value }] of visibleOrigins(parts.live.loaded)) {
    if (typeof value === 'object') continue;
    flags[key.replaceAll(/[._]/g, '-')] = String(value);
  }
  return flags;
}

/** As people read it: `7d`. */
function retentionOf(parts: Parts) {
  const { metrics, logs, spans } = retentionPolicy(parts.live.loaded.config.retention);
  return {
    metrics: retentionText(metrics),
    logs: retentionText(logs),
    traces: retentionText(spans),
  };
}
