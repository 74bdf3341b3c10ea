/**
 * From sources to the way out: what sources return is checked, kept as the latest, compressed as the zone wants it, and exported.
 * Events go the same way.
 */
import type { OtlpLogRecord } from '@sightline/wire/encode';
import type { Timers } from './clock.ts';
import { type Sample, SourceIntake } from './collect/check.ts';
import { checkedEvent } from './collect/checked.ts';
import { Latest } from './collect/latest.ts';
import type { Collected } from './collect/round.ts';
import { EventSampling } from './compress/event-sampling.ts';
import { MetricCompression, type SampleGroup } from './compress/metric-compression.ts';
import { errorText } from './error-text.ts';
import type { Exporter } from './export/exporter.ts';
import type { AgentLog } from './log.ts';
import type { AgentEvent, Attributes, MonitoringSource, Severity } from './source.ts';
import { BEHAVIOURS, type Zone } from './zones/zone.ts';

/** Severity numbers of the logs data model. */
const SEVERITY_NUMBERS: Readonly<Record<Severity, number>> = { info: 9, warn: 13, error: 17 };

/** Attribute of a log record that stands for more than one event: the sum of the weights estimates how many there were. */
const WEIGHT = 'sampling.weight';
/** Most events of a second; past it even errors are only counted. */
const MAX_EVENTS = 1000;

export interface PipelineOptions {
  exporter: Exporter;
  timers: Timers;
  log: AgentLog;
  zone: () => { zone: Zone; utilizationPct: number };
  /** Metrics are sent; else they are only kept as the latest. */
  metrics: boolean;
  compression: boolean;
  /** What warnings and errors carry along; nothing when they are not to. */
  context: () => Attributes;
  random?: () => number;
}

export class Pipeline {
  readonly latest = new Latest();
  readonly compression = new MetricCompression();
  readonly sampling: EventSampling;
  events = 0;
  eventsRefused = 0;
  /** Time spent checking and compressing, ms. */
  busyMs = 0;
  readonly #options: PipelineOptions;
  readonly #intakes = new Map<string, SourceIntake>();
  #eventsSinceMs = 0;
  #eventsOfSecond = 0;

  constructor(options: PipelineOptions) {
    this.#options = options;
    this.sampling = new EventSampling(options.random);
  }

  /** What of a source's answer is of use; throws a TypeError when nothing can be. */
  check(source: MonitoringSource, returned: unknown): Sample[] {
    const intake = this.intakeOf(source);
    const before = intake.refused;
    const startMs = this.#options.timers.now();
    const samples = intake.take(returned);
    this.busyMs += this.#options.timers.now() - startMs;
    if (intake.refused > before) {
      this.#options.log.warnOnce(
        `refused ${source.id}`,
        `source ${source.id}: ${intake.refused - before} values are refused: ${intake.offence}`,
      );
    }
    return samples;
  }

  intakeOf(source: MonitoringSource): SourceIntake {
    let intake = this.#intakes.get(source.id);
    if (intake === undefined) {
      intake = new SourceIntake();
      this.#intakes.set(source.id, intake);
    }
    return intake;
  }

  forget(source: MonitoringSource): void {
    this.#intakes.delete(source.id);
    this.latest.delete(source.id);
  }

  /** Takes what was collected at `timeMs`. */
  collected(collected: readonly Collected<MonitoringSource>[], timeMs: number): void {
    const { timers, exporter, metrics: sends, compression } = this.#options;
    const startMs = timers.now();
    const { zone, utilizationPct } = this.#options.zone();
    const behaviour = BEHAVIOURS[zone];
    const groups: SampleGroup[] = [];
    for (const { source, metrics } of collected) {
      const samples = metrics.filter(isSample);
      this.latest.set(source.id, samples);
      // One that began before the zone changed may end after.
      if (!sends || behaviour.stretch[source.priority] === undefined) continue;
      groups.push({ priority: source.priority, samples });
    }
    const mode = compression ? behaviour.compression : 'off';
    const points = this.compression.compress(groups, timeMs, mode, utilizationPct);
    this.busyMs += timers.now() - startMs;
    exporter.addPoints(points);
  }

  /** Takes an event of a source or a part. */
  event(origin: string, event: AgentEvent): void {
    const { timers, exporter, log, zone, context } = this.#options;
    if (!this.#hasRoom(timers.now())) {
      this.eventsRefused++;
      return;
    }
    let checked: AgentEvent;
    try {
      checked = checkedEvent(event);
    } catch (error) {
      this.eventsRefused++;
      log.warnOnce(`event ${origin}`, `${origin}: an event ${errorText(error)}`);
      return;
    }
    this.events++;
    const weight = this.sampling.weigh(checked, BEHAVIOURS[zone().zone].events, timers.now());
    if (weight === 0) return;
    const attributes = {
      'agent.source': origin,
      ...(checked.severity === 'info' ? {} : context()),
      ...checked.attributes,
      ...(weight === 1 ? {} : { [WEIGHT]: weight }),
    };
    exporter.addRecord(recordOf({ ...checked, attributes }, timers.unixMs()));
  }

  #hasRoom(nowMs: number): boolean {
    if (nowMs - this.#eventsSinceMs >= 1000) {
      this.#eventsSinceMs = nowMs;
      this.#eventsOfSecond = 0;
    }
    return ++this.#eventsOfSecond <= MAX_EVENTS;
  }
}

/** What the check has let through is nothing else. */
function isSample(metric: object): metric is Sample {
  return 'series' in metric;
}

/** An event as a log record; `trace_id` and `span_id` among its attributes become those of the record. */
function recordOf(event: AgentEvent, timeMs: number): OtlpLogRecord {
  const { trace_id: traceId = '', span_id: spanId = '', ...attributes } = event.attributes ?? {};
  return {
    timeMs,
    severityNumber: SEVERITY_NUMBERS[event.severity],
    severityText: event.severity.toUpperCase(),
    body: event.message,
    eventName: event.name,
    attributes,
    traceId: String(traceId),
    spanId: String(spanId),
  };
}
