/**
 * Who looks at log records and spans as they are taken in: live tail, patterns, metrics from spans.
 *
 * Model: an observer is told of every batch once it was stored, on the main thread, while the batch is still filled. A repeat of a
 * request is not shown again.
 *
 * Invariants: an observer keeps nothing of a batch (its buffers are used again) and does not wait; where nobody looks, nothing is
 * made for anybody.
 */
import type { LogBatch, SpanBatch } from '@sightline/wire';

/** Names and values in turn of a stream of the batch, with the names that its sender gave. Valid during the call only. */
export type LabelsOf = (stream: number) => readonly string[];

export interface LogObserver {
  onLogs(tenant: string, batch: LogBatch, labelsOf: LabelsOf): void;
}

export interface SpanObserver {
  onSpans(tenant: string, batch: SpanBatch, labelsOf: LabelsOf): void;
}

export class RecordObservers {
  readonly #logs = new Set<LogObserver>();
  readonly #spans = new Set<SpanObserver>();
  readonly #streamLabels: (tenant: string, stream: number) => string[];

  constructor(streamLabels: (tenant: string, stream: number) => string[]) {
    this.#streamLabels = streamLabels;
  }

  /** Shows batches of log records to `observer` until the function that is returned is called. */
  watchLogs(observer: LogObserver): () => void {
    this.#logs.add(observer);
    return () => this.#logs.delete(observer);
  }

  /** As `watchLogs`, for spans. */
  watchSpans(observer: SpanObserver): () => void {
    this.#spans.add(observer);
    return () => this.#spans.delete(observer);
  }

  logsStored(tenant: string, batch: LogBatch): void {
    if (this.#logs.size === 0 || batch.n === 0) return;
    const labelsOf = this.#labelsOf(tenant);
    for (const observer of this.#logs) observer.onLogs(tenant, batch, labelsOf);
  }

  spansStored(tenant: string, batch: SpanBatch): void {
    if (this.#spans.size === 0 || batch.n === 0) return;
    const labelsOf = this.#labelsOf(tenant);
    for (const observer of this.#spans) observer.onSpans(tenant, batch, labelsOf);
  }

  /** Reads the labels of each stream once a batch. */
  #labelsOf(tenant: string): LabelsOf {
    const known = new Map<number, readonly string[]>();
    return (stream) => {
      const labels = known.get(stream) ?? this.#streamLabels(tenant, stream);
      known.set(stream, labels);
      return labels;
    };
  }
}
