/**
 * OTLP's way into the store, whatever carried it: decode, accumulate deltas, append.
 *
 * Invariants: deltas are added in the order in which batches reach the store: nothing else runs between the two; runs that a batch has changed end when it did not reach the store, or had reached it before.
 */
import { DEFAULT_OTLP_OPTIONS, type MetricBatch, type OtlpOptions } from '@sightline/wire';
import type { Protocol } from '../counters.ts';
import { type Intake, requestDigest } from '../intake.ts';
import { DeltaAccumulator, type DeltaLimits, type DeltaStats } from './delta.ts';

export type OtlpEncoding = 'protobuf' | 'json';

export interface OtlpIntakeOptions {
  intake: Intake;
  /** Read for every request; give the same object until something changes. */
  options?: () => OtlpOptions;
  deltaLimits?: DeltaLimits;
}

/** What a request has come to. */
export interface OtlpResult {
  /** Data points that were refused. */
  rejected: number;
  /** The first reasons, '' when there is nothing to say. */
  message: string;
}

/** Characters of the message to the sender. */
const MAX_MESSAGE = 1000;

export class OtlpIntake {
  readonly intake: Intake;
  readonly #options: () => OtlpOptions;
  readonly #delta: DeltaAccumulator;

  constructor(options: OtlpIntakeOptions) {
    this.intake = options.intake;
    this.#options = options.options ?? (() => DEFAULT_OTLP_OPTIONS);
    this.#delta = new DeltaAccumulator(options.deltaLimits);
    this.intake.store.onForget((handles) => this.#delta.forgetHandles(handles));
  }

  /** What the accumulation of deltas holds. */
  deltaStats(): DeltaStats {
    return this.#delta.stats();
  }

  /**
   * Takes in an ExportMetricsServiceRequest (decompressed); `protocol` is what its points are counted under. Rejects with DecodeError,
   * RequestLimitError, OffloadBusyError, TenantLimitError and StoreUnavailableError.
   */
  async exportMetrics(
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
      return { rejected: batch.rejectedPoints, message: messageOf(batch) };
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

function messageOf(batch: MetricBatch): string {
  const message = batch.rejections.filter((text) => text !== '').join('; ');
  return message.length <= MAX_MESSAGE ? message : `${message.slice(0, MAX_MESSAGE - 1)}…`;
}
