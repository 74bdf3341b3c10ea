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
import { errorText } from './error-text.ts';
import type { Exporter } from './export/exporter.ts';
import type { AgentLog } from './log.ts';
import type { AgentEvent, MonitoringSource, Severity } from './source.ts';

/** Severity numbers of the logs data model. */
const SEVERITY_NUMBERS: Readonly<Record<Severity, number>> = { info: 9, warn: 13, error: 17 };

export interface PipelineOptions {
  exporter: Exporter;
  timers: Timers;
  log: AgentLog;
}

export class Pipeline {
  readonly latest = new Latest();
  /** Events by what became of them. */
  events = 0;
  eventsRefused = 0;
  readonly #options: PipelineOptions;
  readonly #intakes = new Map<string, SourceIntake>();

  constructor(options: PipelineOptions) {
    this.#options = options;
  }

  /** What of a source's answer is of use; throws a TypeError when nothing can be. */
  check(source: MonitoringSource, returned: unknown): Sample[] {
    const intake = this.intakeOf(source);
    const before = intake.refused;
    const samples = intake.take(returned);
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
    for (const { source, metrics } of collected) {
      const samples = metrics.filter(isSample);
      this.latest.set(source.id, samples);
      this.#options.exporter.addPoints(
        samples.map((sample) => ({ ...sample, timeMs, startMs: 0 })),
      );
    }
  }

  /** Takes an event of a source or a part. */
  event(origin: string, event: AgentEvent): void {
    let checked: AgentEvent;
    try {
      checked = checkedEvent(event);
    } catch (error) {
      this.eventsRefused++;
      this.#options.log.warnOnce(`event ${origin}`, `${origin}: an event ${errorText(error)}`);
      return;
    }
    this.events++;
    this.#options.exporter.addRecord(recordOf(checked, this.#options.timers.unixMs()));
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
