/** For tests: a core whose clock, meter and back end are the test's. */

import type { AgentOptions } from './config/options.ts';
import { resolveConfig } from './config/resolve.ts';
import { Core } from './core.ts';
import { Exporter } from './export/exporter.ts';
import type { Answer, Post } from './export/post.ts';
import { AgentLog } from './log.ts';
import type { Metric, MonitoringSource, Priority } from './source.ts';
import { ManualTimers } from './test-timers.ts';
import type { Reading } from './zones/meter.ts';

type Points = Parameters<Exporter['addPoints']>[0];
type Record = Parameters<Exporter['addRecord']>[0];

export const ACCEPTED: Answer = { status: 200, retryAfter: undefined, body: Buffer.alloc(0) };

/** Notes what goes out. */
export class NotingExporter extends Exporter {
  readonly points: Points[number][] = [];
  readonly records: Record[] = [];

  override addPoints(points: Points): void {
    this.points.push(...points);
    super.addPoints(points);
  }

  override addRecord(record: Record): void {
    this.records.push(record);
    super.addRecord(record);
  }
}

export interface CoreRig {
  core: Core;
  timers: ManualTimers;
  exporter: NotingExporter;
  /** What the meter reads. */
  load: { cpuPct: number; memoryPct: number };
  /** Lines of the log. */
  lines: string[];
}

export function coreRig(options: AgentOptions = {}, post: Post = async () => ACCEPTED): CoreRig {
  const config = resolveConfig({ logLevel: 'debug', compression: 'none', ...options }, {});
  const timers = new ManualTimers();
  const lines: string[] = [];
  const load = { cpuPct: 10, memoryPct: 10 };
  const log = new AgentLog(config.logLevel, (line) => lines.push(line));
  const exporter = new NotingExporter({
    sender: { resource: config.resource, scope: 'test', scopeVersion: '' },
    urls: config.urls,
    headers: config.headers,
    timeoutMs: config.timeoutMs,
    gzip: config.gzip,
    batchSize: config.batchSize,
    intervalMs: config.flushIntervalMs,
    bufferBytes: config.bufferBytes,
    userAgent: 'test',
    timers,
    log,
    post,
  });
  const meter = { read: (): Reading => load, close: () => {} };
  const core = new Core(config, { timers, meter, log, exporter: () => exporter });
  return { core, timers, exporter, load, lines };
}

/** A source that counts up; `collected` has the times. */
export class CountingSource implements MonitoringSource {
  readonly id: string;
  readonly name = 'counting';
  readonly priority: Priority;
  readonly intervalMs: number;
  enabled = true;
  readonly collected: number[] = [];
  readonly #timers: ManualTimers;
  readonly #metrics: number;

  constructor(timers: ManualTimers, priority: Priority, intervalMs: number, metrics = 1) {
    this.id = priority;
    this.priority = priority;
    this.intervalMs = intervalMs;
    this.#timers = timers;
    this.#metrics = metrics;
  }

  collect(): Metric[] {
    const count = this.collected.push(this.#timers.now());
    return Array.from({ length: this.#metrics }, (_, i) => ({
      name: `${this.id}_${i}`,
      value: count,
    }));
  }
}
