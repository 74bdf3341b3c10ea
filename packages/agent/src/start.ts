/** Puts the parts of the agent together and starts them. */
import type { Agent, AgentHealth } from './agent.ts';
import { atMost } from './at-most.ts';
import { intervalOf } from './collect/schedule.ts';
import type { AgentOptions } from './config/options.ts';
import { type Config, resolveConfig } from './config/resolve.ts';
import { Core, VERSION } from './core.ts';
import { errorText } from './error-text.ts';
import { flushBeforeExit } from './exit.ts';
import { type Page, servePage } from './export/page.ts';
import { HttpMonitor } from './http/monitor.ts';
import { Optimizer } from './optimizer/optimizer.ts';
import { DatabaseProfiler } from './profiler/profiler.ts';
import { replaceRegistered } from './registered.ts';
import type { AgentEvent } from './source.ts';
import { BusinessMetrics } from './sources/business/source.ts';
import { BlockingSource } from './sources/process/blocking.ts';
import { ProcessSource } from './sources/process/source.ts';
import { SystemSource } from './sources/system/source.ts';
import { startTelemetry, type Telemetry } from './tracing/telemetry.ts';
import type { Tracing } from './tracing/tracing.ts';
import { useTracker } from './tracking/tracked.ts';
import { Tracker } from './tracking/tracker.ts';

/** Under strain the rules are asked at most this often. */
const STRAIN_INTERVAL_MS = 10_000;

/**
 * Starts monitoring this process. Options win over environment variables (docs/agent.md).
 * Rejects with a ConfigError when an option cannot be used; nothing that happens later is thrown into the application.
 */
export async function start(options: AgentOptions = {}): Promise<Agent> {
  const config = resolveConfig(options, process.env);
  await replaceRegistered();
  const core = new Core(config);
  for (const warning of config.warnings) core.log.warn(warning);
  const emit = (event: AgentEvent): void => core.emit('agent', event);
  const http = new HttpMonitor(options.http);
  const business = new BusinessMetrics();
  const database = new DatabaseProfiler({ ...options.database, emit });
  http.enabled = config.enabled;
  database.enabled = config.enabled && config.detailedMonitoring;
  const optimizer = new Optimizer({
    ...options.optimizer,
    statements: () => database.statements(),
    emit: (event) => {
      emit(event);
      core.listeners.tell('optimization', event);
    },
  });
  const evaluate = (): void => {
    const latest = (name: string) => core.pipeline.latest.of(name);
    void optimizer.evaluate({ ...core.vitals.latest, latest });
  };
  const tracker = new Tracker({
    thresholds: { redisMemoryBytes: config.redisMemoryBytes, ...options.thresholds },
    emit,
    exposition: () => core.exposition(),
    vitals: () => {
      const vitals = core.vitals.refresh();
      evaluate();
      return vitals;
    },
  });
  tracker.onThreshold((change) => core.listeners.tell('threshold', change));
  core.onStrain = atMostEvery(
    STRAIN_INTERVAL_MS,
    () => core.timers.now(),
    () => {
      core.vitals.refresh();
      evaluate();
    },
  );
  let page: Page | undefined;
  let telemetry: Telemetry | undefined;
  let removeExit = (): void => {};
  if (config.enabled) {
    const system = new SystemSource({ intervalMs: config.systemIntervalMs });
    const ownProcess = new ProcessSource({ intervalMs: config.processIntervalMs });
    for (const part of [
      system,
      ownProcess,
      http,
      business,
      database,
      tracker,
      optimizer,
      core.own,
    ]) {
      core.add(part, { atEnd: true });
    }
    if (config.detailedMonitoring) {
      core.add(
        new BlockingSource({ takeLongestDelayMs: () => ownProcess.takeLongestDelayMs(), emit }),
      );
    }
    for (const source of options.sources ?? []) core.add(source);
    core.start();
    tracker.startMonitoring();
    useTracker(tracker);
    page = await pageOf(config, core);
    telemetry = await startTelemetry(config, {
      version: VERSION,
      http,
      database,
      timers: core.timers,
      log: core.log,
      add: (chunk) => core.exporter.add(chunk),
      addRecord: (record) => core.exporter.addRecord(record),
    });
    registerTraceRatio(optimizer, telemetry.tracing);
    if (config.flushOnExit) {
      const flush = (): void => {
        telemetry?.tracing?.pack();
        core.flush();
      };
      removeExit = flushBeforeExit({ flush, stop: () => stop() });
    }
  }
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    stopped ??= (async () => {
      removeExit();
      tracker.stopMonitoring();
      useTracker(undefined);
      page?.close();
      const endMs = core.timers.now() + config.flushTimeoutMs;
      if (telemetry !== undefined) await atMost(config.flushTimeoutMs, telemetry.stop());
      await core.stop(Math.max(0, endMs - core.timers.now()));
    })().catch((error: unknown) => core.guard.failed('stopping', error));
    return stopped;
  };
  return {
    registerSource: (source) => core.add(source),
    addOptimizationRule: (rule) => optimizer.addRule(rule),
    track: (name, fn) => tracker.track(name, fn),
    trackStart: (name) => tracker.trackStart(name),
    trackEnd: (id, outcome) => tracker.trackEnd(id, outcome),
    tracked: (name) => tracker.tracked(name),
    summary: () => tracker.summary(),
    exportMetrics: (file, how) => tracker.exportMetrics(file, how),
    startMonitoring: (intervalMs) => tracker.startMonitoring(intervalMs),
    stopMonitoring: () => tracker.stopMonitoring(),
    exposition: (format) => core.exposition(format),
    prometheusPort: page?.port,
    vitals: () => core.vitals.latest,
    health: () => healthOf(core),
    http,
    business,
    database,
    optimizer,
    on: (name, listener) => core.listeners.on(name, listener),
    stop,
  };
}

/** Rules may lower the share of traces that are kept, to a hundredth at the least. */
function registerTraceRatio(optimizer: Optimizer, tracing: Tracing | undefined): void {
  if (tracing === undefined) return;
  optimizer.registerSampling({
    name: 'traces',
    min: 0.01,
    max: 1,
    get: () => tracing.ratio,
    set: (ratio) => {
      tracing.ratio = ratio;
    },
  });
}

/** A page that cannot be served is told of; the application goes on without. */
async function pageOf({ prometheus }: Config, core: Core): Promise<Page | undefined> {
  if (prometheus === undefined) return undefined;
  const { host, port } = prometheus;
  try {
    return await servePage(host, port, (format) => core.exposition(format));
  } catch (error) {
    core.log.warn(`the Prometheus page is not served on ${host}:${port}: ${errorText(error)}`);
    return undefined;
  }
}

function healthOf(core: Core): AgentHealth {
  const { zone, utilizationPct } = core.zones;
  const sources = core.coordinator.states.map((state) => {
    const { source, collections, failures, failuresInRow, lastError } = state;
    const { lastSuccessMs, lastDurationMs, overlaps, running } = state;
    return {
      id: source.id,
      intervalMs: intervalOf(source) * core.pace.stretch(source),
      refused: core.pipeline.intakeOf(source).refused,
      collections,
      failures,
      failuresInRow,
      lastError,
      lastSuccessMs,
      lastDurationMs,
      overlaps,
      running,
    };
  });
  return { score: core.own.healthScore(), zone, utilizationPct, sources };
}

function atMostEvery(intervalMs: number, nowMs: () => number, run: () => void): () => void {
  let lastMs = Number.NEGATIVE_INFINITY;
  return () => {
    if (nowMs() - lastMs < intervalMs) return;
    lastMs = nowMs();
    run();
  };
}
