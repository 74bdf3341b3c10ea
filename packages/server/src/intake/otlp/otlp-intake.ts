/**
 * OTLP's way into the store, whatever carried it: metrics are decoded, their deltas accumulated and appended; log records and spans go
 * the way of all records.
 *
 * Invariants: deltas are added in the order in which batches reach the store: nothing else runs between the two; runs that a batch has changed end when it did not reach the store, or had reached it before.
 */
import { DEFAULT_OTLP_OPTIONS, type MetricBatch, type OtlpOptions } from '@sightline/wire';
import type { Protocol } from '../counters.ts';
import { type Intake, requestDigest } from '../intake.ts';
import { messageOf, type RecordIntake } from '../record-intake.ts';
import { DeltaAccumulator, type DeltaLimits, type DeltaStats } from './delta.ts';

export type OtlpEncoding = 'protobuf' | 'json';

export interface OtlpIntakeOptions {
  intake: Intake;
  records: RecordIntake;
  /** Read for every request; give the same object until something changes. */
  options?: () => OtlpOptions;
  deltaLimits?: DeltaLimits;
}

/** What a request brings, as in its path: `/v1/metrics`. */
export type OtlpSignal = 'metrics' | 'logs' | 'traces';

/** What a request has come to. */
export interface OtlpResult {
  /** Data points, log records or spans that were refused. */
  rejected: number;
  /** The first reasons, '' when there is nothing to say. */
  message: string;
}

export class OtlpIntake {
  readonly intake: Intake;
  readonly #records: RecordIntake;
  readonly #options: () => OtlpOptions;
  readonly #delta: DeltaAccumulator;

  constructor(options: OtlpIntakeOptions) {
    this.intake = options.intake;
    this.#records = options.records;
    this.#options = options.options ?? (() => DEFAULT_OTLP_OPTIONS);
    this.#delta = new DeltaAccumulator(options.deltaLimits);
    this.intake.store.onForget((handles) => this.#delta.forgetHandles(handles));
  }

  /** What the accumulation of deltas holds. */
  deltaStats(): DeltaStats {
    return this.#delta.stats();
  }

  /**
   * Takes in an Export...ServiceRequest (decompressed); `protocol` is what its items are counted under. Rejects with DecodeError,
   * RequestLimitError, OffloadBusyError, TenantLimitError and StoreUnavailableError.
   */
  async take(
    signal: OtlpSignal,
    protocol: Protocol,
    tenant: string,
    body: Uint8Array,
    encoding: OtlpEncoding,
  ): Promise<OtlpResult> {
    const request = { protocol, tenant, body, plainBytes: body.length };
    const json = encoding === 'json';
    switch (signal) {
      case 'metrics':
        return this.#takeMetrics(protocol, tenant, body, encoding);
      case 'logs':
        return this.#records.takeLogs({
          ...request,
          job: { protocol: json ? 'otlp_logs_json' : 'otlp_logs' },
        });
      case 'traces':
        return this.#records.takeSpans({
          ...request,
          job: { protocol: json ? 'otlp_traces_json' : 'otlp_traces' },
        });
    }
  }

  async #takeMetrics(
    protocol: Protocol,
    tenant: string,
    body: Uint8Array,
    encoding: OtlpEncoding,
  ): Promise<OtlpResult> {
    const { intake } = this;
    const batch = intake.batch();
    try {
      const digest = requestDigest(tenant, `otlp ${encoding}`, body);
      const protobuf = encoding === 'protobuf';
      const job = {
        protocol: protobuf ? 'otlp_protobuf' : 'otlp_json',
        options: this.#options(),
      } as const;
      await intake.decode(job, body, body.length, tenant, batch);
      const changed = this.#delta.accumulate(tenant, batch);
      await this.#append(protocol, tenant, batch, digest, changed);
      return { rejected: batch.rejectedItems, message: messageOf(batch.rejections) };
    } finally {
      intake.release(batch);
    }
  }

  async #append(
    protocol: Protocol,
    tenant: string,
    batch: MetricBatch,
    digest: Uint8Array,
    changed: readonly number[],
  ): Promise<void> {
    try {
      const { outcome } = await this.intake.append(protocol, tenant, batch, digest);
      if (outcome === 'repeated') this.#delta.forget(tenant, changed);
    } catch (error) {
      this.#delta.forget(tenant, changed);
      throw error;
    }
  }
}
