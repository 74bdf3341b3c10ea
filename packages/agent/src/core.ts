/**
 * The core of the agent: coordinator, zones, compression and the way out, put together.
 *
 * Knows none of the parts that measure (HTTP, statements, operations): they are sources and contributors of vitals to it.
 */
import { systemTimers, type Timers } from './clock.ts';
import { Coordinator, type SourceState } from './collect/coordinator.ts';
import { HeldSource } from './collect/held-source.ts';
import type { Config } from './config/resolve.ts';
import { Exporter } from './export/exporter.ts';
import { expositionOf } from './export/exposition.ts';
import { Guard } from './guard.ts';
import { AgentListeners } from './listeners.ts';
import { AgentLog } from './log.ts';
import { OwnSource } from './own-source.ts';
import { Pipeline } from './pipeline.ts';
import type { AgentEvent, Attributes, MonitoringSource } from './source.ts';
import type { Vitals } from './vitals.ts';
import { VitalsBook } from './vitals-book.ts';
import { zoneEvent } from './zones/announce.ts';
import { type Meter, systemMeter } from './zones/meter.ts';
import { Pace } from './zones/pace.ts';
import { BEHAVIOURS, rankOfZone } from './zones/zone.ts';
import type { ZoneChange } from './zones/zone-state.ts';
import { ZoneWatch } from './zones/zone-watch.ts';

export const VERSION = '0.1.0';

/** What tests put in place of the real thing. */
export interface CoreParts {
  readonly timers?: Timers;
  readonly meter?: Meter;
  readonly log?: AgentLog;
  readonly exporter?: (timers: Timers, log: AgentLog) => Exporter;
}

export class Core {
  readonly log: AgentLog;
  readonly timers: Timers;
  readonly guard: Guard;
  readonly listeners = new AgentListeners();
  readonly vitals = new VitalsBook();
  readonly exporter: Exporter;
  readonly pipeline: Pipeline;
  readonly coordinator: Coordinator<MonitoringSource>;
  readonly zones: ZoneWatch;
  readonly own: OwnSource;
  readonly pace: Pace;
  /** Sources that are collected once more at the end. */
  readonly #last = new Set<MonitoringSource>();
  /** Called while the zone wants optimization rules to run, at every reading. */
  onStrain: (() => void) | undefined;

  constructor(config: Config, parts: CoreParts = {}) {
    this.log = parts.log ?? new AgentLog(config.logLevel);
    this.guard = new Guard(this.log);
    this.timers = this.guard.timers(parts.timers ?? systemTimers);
    const { timers, log } = this;
    this.exporter = parts.exporter?.(timers, log) ?? exporterOf(config, timers, log);
    this.zones = new ZoneWatch({
      meter: parts.meter ?? systemMeter(),
      timers,
      cpuThreshold: config.cpuThreshold,
      memoryThreshold: config.memoryThreshold,
      onChange: (change) => this.#zoneChanged(change),
      onReading: () => {
        if (BEHAVIOURS[this.zones.zone].runsRules) this.onStrain?.();
      },
    });
    this.pipeline = new Pipeline({
      exporter: this.exporter,
      timers,
      log,
      zone: () => this.zones,
      metrics: config.metrics,
      compression: config.metricCompression,
      context: () => (config.insightCorrelation ? this.#context() : {}),
    });
    this.pace = new Pace({
      zone: () => this.zones.zone,
      adaptive: config.adaptiveIntervals,
      detailed: config.detailedMonitoring,
    });
    this.coordinator = new Coordinator<MonitoringSource>({
      timers,
      plan: this.pace,
      deadlineMs: config.collectTimeoutMs,
      check: (source, returned) => this.pipeline.check(source, returned),
      sink: (collected, timeMs) => {
        this.guard.run('taking in metrics', () => this.pipeline.collected(collected, timeMs));
      },
      emit: (source, event) => this.emit(source.id, event),
      onHealth: (state) => this.#healthChanged(state),
    });
    this.own = new OwnSource({
      intervalMs: config.processIntervalMs,
      states: () => this.coordinator.states,
      stretch: (source) => this.pace.stretch(source),
      zone: () => this.zones,
      pipeline: this.pipeline,
      exporter: this.exporter,
    });
    this.vitals.add(() => this.#machineVitals());
  }

  /**
   * Adds a source, and what it contributes to the vitals when it has a method for that; the function returned takes both back. One that need not wait
   * may be collected once more at the end. Throws a TypeError when it cannot be used.
   */
  add(source: MonitoringSource, { atEnd = false } = {}): () => void {
    const held = new HeldSource(source);
    const removeSource = this.coordinator.add(held);
    if (atEnd) this.#last.add(held);
    const removeVitals = contributesVitals(source)
      ? this.vitals.add(() => source.vitals())
      : () => {};
    return () => {
      removeSource();
      removeVitals();
      this.#last.delete(held);
      this.pipeline.forget(held);
    };
  }

  start(): void {
    this.zones.start();
    this.coordinator.start();
  }

  emit(origin: string, event: AgentEvent): void {
    this.guard.run('taking in an event', () => this.pipeline.event(origin, event));
  }

  exposition(format?: 'text' | 'openmetrics'): string {
    return expositionOf(this.pipeline.latest.all(), format);
  }

  /** Begins to send what there is, and goes on. */
  flush(): void {
    this.guard.run('flushing', () => this.coordinator.collectNow(this.#last));
    this.exporter.sendNow().catch((error: unknown) => this.guard.failed('flushing', error));
  }

  /** Sends what there is within `timeoutMs` and ends everything. */
  async stop(timeoutMs: number): Promise<void> {
    this.zones.stop();
    this.coordinator.collectNow(this.#last);
    this.coordinator.stop();
    await this.exporter.flush(timeoutMs);
    this.exporter.close();
  }

  #zoneChanged(change: ZoneChange): void {
    const event = zoneEvent(change);
    this.emit('agent', event);
    if (rankOfZone(change.to) >= rankOfZone('orange')) this.log.warn(event.message);
    else this.log.info(event.message);
    this.coordinator.replan();
    this.listeners.tell('zone', change);
  }

  #healthChanged({ source, failuresInRow, lastError }: SourceState): void {
    const failed = failuresInRow > 0;
    const { id } = source;
    this.emit(id, {
      name: failed ? 'agent.source.failed' : 'agent.source.recovered',
      severity: failed ? 'warn' : 'info',
      message: failed ? `source ${id} has failed: ${lastError}` : `source ${id} collects again`,
      attributes: { source: id, ...(failed ? { error: lastError } : {}) },
    });
    if (failed) this.log.warnOnce(`source ${id}`, `source ${id} has failed: ${lastError}`);
    const state = failed ? 'failed' : 'recovered';
    this.listeners.tell('source', { source: id, state, error: failed ? lastError : '' });
  }

  #machineVitals(): Vitals {
    const { cpuPct, memoryPct } = this.zones.reading;
    let diskPct: number | undefined;
    for (const { value } of this.pipeline.latest.of('system.filesystem.utilization')) {
      diskPct = Math.max(diskPct ?? 0, value * 100);
    }
    return {
      ...(cpuPct === undefined ? {} : { cpuPct }),
      ...(memoryPct === undefined ? {} : { memoryPct }),
      ...(diskPct === undefined ? {} : { diskPct }),
    };
  }

  /** What is known of the moment, for warnings and errors. */
  #context(): Attributes {
    const context: Record<string, string | number> = { 'agent.zone': this.zones.zone };
    const { cpuPct, memoryPct } = this.zones.reading;
    const { responseTimeMs, errorRatePct } = this.vitals.latest;
    const vitals = { cpuPct, memoryPct, responseTimeMs, errorRatePct };
    for (const [name, value] of Object.entries(vitals)) {
      if (value !== undefined) context[`vitals.${VITAL_KEYS[name] ?? name}`] = round(value);
    }
    return context;
  }
}

const VITAL_KEYS: Readonly<Record<string, string>> = {
  cpuPct: 'cpu_pct',
  memoryPct: 'memory_pct',
  responseTimeMs: 'response_time_ms',
  errorRatePct: 'error_rate_pct',
};

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function contributesVitals(
  source: MonitoringSource,
): source is MonitoringSource & { vitals(): Vitals } {
  return 'vitals' in source && typeof source.vitals === 'function';
}

function exporterOf(config: Config, timers: Timers, log: AgentLog): Exporter {
  return new Exporter({
    sender: { resource: config.resource, scope: '@sightline/agent', scopeVersion: VERSION },
    urls: config.urls,
    headers: config.headers,
    timeoutMs: config.timeoutMs,
    gzip: config.gzip,
    batchSize: config.batchSize,
    intervalMs: config.flushIntervalMs,
    bufferBytes: config.bufferBytes,
    userAgent: `sightline-agent/${VERSION}`,
    timers,
    log,
  });
}
