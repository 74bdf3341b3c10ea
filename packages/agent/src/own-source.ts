/** What the agent tells of itself: what it collects, compresses and sends, what that costs, and how well it does. */
import type { SourceState } from './collect/coordinator.ts';
import { isEnabled } from './collect/schedule.ts';
import { SIGNALS } from './export/buffer.ts';
import type { Exporter } from './export/exporter.ts';
import { healthScore } from './health-score.ts';
import { InstrumentSet } from './metrics.ts';
import type { Pipeline } from './pipeline.ts';
import type { Metric, MonitoringSource } from './source.ts';
import { ZONES, type Zone } from './zones/zone.ts';

export interface OwnSourceOptions {
  intervalMs: number;
  states: () => readonly SourceState[];
  stretch: (source: MonitoringSource) => number;
  zone: () => { zone: Zone; utilizationPct: number };
  pipeline: Pipeline;
  exporter: Exporter;
}

export class OwnSource implements MonitoringSource {
  readonly id = 'agent';
  readonly name = 'The agent itself';
  readonly priority = 'critical';
  readonly intervalMs: number;
  enabled = true;
  readonly #options: OwnSourceOptions;
  readonly #set = new InstrumentSet();
  readonly #bySource = ['source', 'priority'];
  readonly #metrics = this.#set.counter(
    'agent.metrics',
    '{metric}',
    'Values collected, by source and priority.',
    ...this.#bySource,
  );
  readonly #refused = this.#set.counter(
    'agent.metrics.refused',
    '{metric}',
    'Values that sources returned and that could not be used.',
    'source',
  );
  readonly #collections = this.#set.counter(
    'agent.collections',
    '{collection}',
    'Collections, by source and how they ended.',
    ...['source', 'outcome'],
  );
  readonly #collectTime = this.#set.counter(
    'agent.collection.time',
    's',
    'Time that collections took, waiting included.',
    'source',
  );
  readonly #interval = this.#set.gauge(
    'agent.collection.stretch',
    '1',
    'By how much the interval of a source is longer than it asked for.',
    'source',
  );
  readonly #events = this.#set.counter(
    'agent.events',
    '{event}',
    'Events by what became of them.',
    'outcome',
  );
  readonly #batchSize = this.#set
    .gauge('agent.batch.size', '{item}', 'Items of the last batch.')
    .point();
  readonly #batches = this.#set.counter('agent.batches', '{batch}', 'Batches made.').point();
  readonly #processing = this.#set
    .counter(
      'agent.processing.time',
      's',
      'Time spent checking, compressing, encoding and packing.',
    )
    .point();
  readonly #utilization = this.#set
    .gauge(
      'agent.resource.utilization',
      '1',
      'Utilisation of the machine or container that makes the zone.',
    )
    .point();
  readonly #zone = this.#set.gauge('agent.zone', '', '1 for the zone that holds, else 0.', 'zone');
  readonly #offered = this.#set
    .counter('agent.compression.offered', '{metric}', 'Values that came while compression was on.')
    .point();
  readonly #heldBack = this.#set
    .counter('agent.compression.held_back', '{metric}', 'Values of those that were not sent.')
    .point();
  readonly #items = this.#set.counter(
    'agent.export.items',
    '{item}',
    'Points and log records by what became of them.',
    ...['signal', 'outcome'],
  );
  readonly #sentBytes = this.#set.counter('agent.export', 'By', 'Bytes sent, packed.', 'signal');
  readonly #attempts = this.#set.counter(
    'agent.export.failures',
    '{request}',
    'Attempts to send that failed and are made again.',
    'signal',
  );
  readonly #buffer = this.#set
    .upDownCounter('agent.export.buffer', 'By', 'Bytes that wait to be sent.')
    .point();
  readonly #health = this.#set
    .gauge('agent.health_score', '', 'How well the agent does, 0 to 100.')
    .point();

  constructor(options: OwnSourceOptions) {
    this.#options = options;
    this.intervalMs = options.intervalMs;
  }

  collect(): readonly Metric[] {
    this.#set.begin();
    this.#collectSources();
    this.#collectExport();
    const { zone, utilizationPct } = this.#options.zone();
    this.#utilization.set(utilizationPct / 100);
    for (const other of ZONES) this.#zone.point(other).set(other === zone ? 1 : 0);
    this.#health.set(this.healthScore());
    return this.#set.present();
  }

  /** 0 to 100. */
  healthScore(): number {
    const { exporter, states, zone } = this.#options;
    const senders = Object.values(exporter.senders);
    const dropped = senders.reduce((sum, { droppedItems }) => sum + droppedItems, 0);
    const evicted = Object.values(exporter.buffer.evicted).reduce((sum, items) => sum + items, 0);
    return healthScore({
      zone: zone().zone,
      sources: states().filter(({ source }) => isEnabled(source)),
      exportFailing: senders.some(({ failuresInRow }) => failuresInRow > 0),
      bufferPart: exporter.buffer.bytes / exporter.buffer.maxBytes,
      lost: evicted + dropped,
    });
  }

  #collectSources(): void {
    const { pipeline, states, stretch } = this.#options;
    for (const { source, collections, failures, overlaps, metrics, totalDurationMs } of states()) {
      this.#metrics.point(source.id, source.priority).set(metrics);
      this.#refused.point(source.id).set(pipeline.intakeOf(source).refused);
      this.#collections.point(source.id, 'succeeded').set(collections - failures);
      this.#collections.point(source.id, 'failed').set(failures);
      this.#collections.point(source.id, 'overlapped').set(overlaps);
      this.#collectTime.point(source.id).set(totalDurationMs / 1000);
      this.#interval.point(source.id).set(stretch(source));
    }
    this.#events.point('taken').set(pipeline.events);
    this.#events.point('sampled_out').set(pipeline.sampling.dropped);
    this.#events.point('refused').set(pipeline.eventsRefused);
    this.#offered.set(pipeline.compression.offered);
    this.#heldBack.set(pipeline.compression.heldBack);
  }

  #collectExport(): void {
    const { exporter, pipeline } = this.#options;
    const { batcher, buffer, senders } = exporter;
    this.#batchSize.set(batcher.lastBatchSize);
    this.#batches.set(batcher.batches);
    this.#processing.set((batcher.busyMs + pipeline.busyMs) / 1000);
    this.#buffer.set(buffer.bytes);
    for (const signal of SIGNALS) {
      const sender = senders[signal];
      this.#items.point(signal, 'sent').set(sender.sentItems);
      this.#items.point(signal, 'refused').set(sender.refusedItems);
      this.#items.point(signal, 'dropped').set(sender.droppedItems);
      this.#items.point(signal, 'evicted').set(buffer.evicted[signal]);
      this.#sentBytes.point(signal).set(sender.sentBytes);
      this.#attempts.point(signal).set(sender.failedAttempts);
    }
  }
}
