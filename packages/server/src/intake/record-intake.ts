/**
 * What every protocol of log records and spans shares on its way into the store.
 *
 * Model: as Intake has it for samples: a batch from the pool, decoded under the bounds of now (in the worker when the body is large),
 * appended, counted, shown to the observers, given back. Decoding and appending up to the journal are synchronous.
 *
 * Invariants: every item of a decoded batch is counted once; logs and spans are decoded with the same bounds of labels, because the form of a
 * resource is one for both; a request with a record that brought no time has no digest, because the same lines sent again are new lines.
 */
import type { RecordStore } from '@sightline/store';
import {
  DEFAULT_LOG_LIMITS,
  DEFAULT_SPAN_LIMITS,
  LogBatch,
  type LogLimits,
  SpanBatch,
  type SpanLimits,
} from '@sightline/wire';
import type { Protocol } from './counters.ts';
import { digestOfPart, type Intake, requestDigest } from './intake.ts';
import {
  decodeLogs,
  decodeSpans,
  type LogJob,
  recordThreshold,
  type SpanJob,
} from './record-job.ts';
import { RecordObservers } from './record-observers.ts';

/** A request's body and what it is. */
export interface RecordRequest<Job> {
  /** What it is counted under. */
  protocol: Protocol;
  tenant: string;
  job: Job;
  body: Uint8Array;
  /** Bytes of the body once it is uncompressed. */
  plainBytes: number;
}

/** What has become of a request. */
export interface RecordResult {
  /** A repeat of what is stored already counts as accepted. */
  accepted: number;
  rejected: number;
  /** Whether time can heal it: a limit of the store refused all of it. */
  isLimited: boolean;
  /** The first reasons of refusals and what was left out of items; '' when there is nothing to say. */
  message: string;
}

/** The range of times that 64 bits of nanoseconds have, which a JavaScript Date has too. */
const MIN_TIME_MS = 0;
const POOLED_BATCHES = 8;
/** A batch that has grown past this many rows or side bytes is not kept. */
const POOLED_ROWS = 65_536;
const POOLED_SIDE_BYTES = 1 << 20;
/** Characters of a message to the sender. */
const MAX_MESSAGE = 1000;

export class RecordIntake {
  readonly intake: Intake;
  readonly observers: RecordObservers;
  readonly #store: RecordStore;
  readonly #logs = new BatchPool(() => new LogBatch());
  readonly #spans = new BatchPool(() => new SpanBatch());

  constructor(intake: Intake, store: RecordStore) {
    this.intake = intake;
    this.#store = store;
    this.observers = new RecordObservers((tenant, stream) => store.streamLabels(tenant, stream));
  }

  /**
   * Stores the log records of a body. Rejects with DecodeError, RequestLimitError, SnappyTooLargeError, OffloadBusyError, TenantLimitError
   * and StoreUnavailableError.
   */
  async takeLogs(request: RecordRequest<LogJob>): Promise<RecordResult> {
    const { intake } = this;
    const { tenant, job, body, protocol } = request;
    const batch = this.#logs.take();
    try {
      const digest = digestOf(request);
      const limits = this.#logLimits();
      if (request.plainBytes <= recordThreshold(job, intake.limits.offloadBytes)) {
        decodeLogs(job, body, intake.resolver(tenant), limits, batch);
      } else {
        const resolver = () => intake.resolver(tenant);
        const task = { signal: 'logs', job, limits } as const;
        await intake.offload.decodeRecords(task, body, tenant, resolver, batch);
      }
      const rejected = this.#countRejected(protocol, 'records', batch);
      if (batch.n > 0) {
        const key = batch.untimed > 0 ? null : digestOfPart(digest, batch.n);
        const outcome = await this.#store.appendLogs(tenant, batch, key);
        this.#count(protocol, 'records', batch.n, outcome);
        if (outcome === 'stored') this.observers.logsStored(tenant, batch);
      }
      return resultOf(batch, rejected);
    } finally {
      this.#logs.give(batch);
    }
  }

  /** As `takeLogs`, for spans. */
  async takeSpans(request: RecordRequest<SpanJob>): Promise<RecordResult> {
    const { intake } = this;
    const { tenant, job, body, protocol } = request;
    const batch = this.#spans.take();
    try {
      const digest = digestOf(request);
      const limits = this.#spanLimits();
      if (request.plainBytes <= recordThreshold(job, intake.limits.offloadBytes)) {
        decodeSpans(job, body, intake.resolver(tenant), limits, batch);
      } else {
        const resolver = () => intake.resolver(tenant);
        const task = { signal: 'spans', job, limits } as const;
        await intake.offload.decodeRecords(task, body, tenant, resolver, batch);
      }
      const rejected = this.#countRejected(protocol, 'spans', batch);
      if (batch.n > 0) {
        const key = digestOfPart(digest, batch.n);
        const outcome = await this.#store.appendSpans(tenant, batch, key);
        this.#count(protocol, 'spans', batch.n, outcome);
        if (outcome === 'stored') this.observers.spansStored(tenant, batch);
      }
      return resultOf(batch, rejected);
    } finally {
      this.#spans.give(batch);
    }
  }

  #logLimits(): LogLimits {
    const { minLogTime } = this.#store;
    return { ...DEFAULT_LOG_LIMITS, ...this.#limits(minLogTime), now: this.intake.now() };
  }

  #spanLimits(): SpanLimits {
    return { ...DEFAULT_SPAN_LIMITS, ...this.#limits(this.#store.minSpanTime) };
  }

  #limits(minTime: number) {
    const { limits } = this.intake;
    return {
      minTime: Math.max(minTime, MIN_TIME_MS),
      maxTime: this.intake.now() + limits.maxFutureMs,
      maxLabelNameBytes: limits.maxLabelNameBytes,
      maxLabelValueBytes: limits.maxLabelValueBytes,
      maxPoints: limits.maxPointsPerRequest,
    };
  }

  #countRejected(
    protocol: Protocol,
    item: 'records' | 'spans',
    { rejected, explanations }: LogBatch | SpanBatch,
  ): number {
    let sum = 0;
    for (const [reason, items] of rejected) {
      // A reason without items explains what was left out of some that were taken.
      if (items === 0) continue;
      sum += items;
      this.intake.counters.rejected(protocol, reason, items, explanations.get(reason) ?? '', item);
    }
    return sum;
  }

  #count(
    protocol: Protocol,
    item: 'records' | 'spans',
    items: number,
    outcome: 'stored' | 'repeated',
  ): void {
    const { counters } = this.intake;
    if (outcome === 'repeated') counters.repeated(protocol, items, item);
    else counters.accepted(protocol, items, item);
  }
}

class BatchPool<Batch extends LogBatch | SpanBatch> {
  readonly #make: () => Batch;
  readonly #free: Batch[] = [];

  constructor(make: () => Batch) {
    this.#make = make;
  }

  /** An empty batch. */
  take(): Batch {
    const batch = this.#free.pop() ?? this.#make();
    batch.clear();
    return batch;
  }

  give(batch: Batch): void {
    const small = batch.stream.length <= POOLED_ROWS && batch.side.length <= POOLED_SIDE_BYTES;
    if (small && this.#free.length < POOLED_BATCHES) this.#free.push(batch);
  }
}

function digestOf({ tenant, job, body }: RecordRequest<LogJob | SpanJob>): Uint8Array {
  const route = 'labels' in job ? `${job.protocol} ${job.labels.join('\n')}` : job.protocol;
  return requestDigest(tenant, route, body);
}

function resultOf(batch: LogBatch | SpanBatch, rejected: number): RecordResult {
  const { n, rejections, rejected: reasons } = batch;
  const isLimited = n === 0 && rejected > 0 && reasons.get('series_limit') === rejected;
  return { accepted: n, rejected, isLimited, message: messageOf(rejections) };
}

/** The explanations of a decoder as one text for the sender. */
export function messageOf(rejections: readonly string[]): string {
  const message = rejections.filter((text) => text !== '').join('; ');
  return message.length <= MAX_MESSAGE ? message : `${message.slice(0, MAX_MESSAGE - 1)}…`;
}
