/**
 * What every protocol of metrics shares on its way into the store (record-intake.ts has log records and spans).
 *
 * Model: a route takes a `batch()`, decodes into it through the tenant's `resolver` under `decodeLimits()`, calls `append`, answers, and
 * gives the batch back with `release`. Decoding and `append` up to the journal are synchronous, so that a batch, the limits and a shared
 * body buffer are never in two hands.
 *
 * Invariants: every point of a decoded batch is counted once: accepted, repeated or rejected by reason; the pool is bounded; errors of the
 * store (StoreUnavailableError, TenantLimitError) pass through to the protocol, which answers in its own form.
 */
import type { Store } from '@sightline/store';
import {
  type DecodeLimits,
  digestBytes,
  hashBytes,
  hashString,
  hashWords,
  MetricBatch,
  type SeriesResolver,
} from '@sightline/wire';
import { IntakeCounters, type Protocol } from './counters.ts';
import { DEFAULT_INTAKE_LIMITS, type IntakeLimits } from './limits.ts';
import { Offload, type OffloadOptions } from './offload.ts';
import { type DecodeJob, type DecodeResult, decodeBody, offloadThreshold } from './offload-job.ts';

/** What became of a batch. */
export interface AppendResult {
  outcome: 'stored' | 'repeated';
  accepted: number;
  rejected: number;
}

export interface IntakeOptions {
  store: Store;
  limits?: Partial<IntakeLimits>;
  counters?: IntakeCounters;
  offload?: Partial<OffloadOptions>;
  /** Unix ms. */
  now?: () => number;
}

/** The range of times that a JavaScript Date has. */
const MAX_DATE_MS = 8.64e15;
const POOLED_BATCHES = 8;
/** A batch that has grown past this many rows or side bytes is not kept. */
const POOLED_ROWS = 65_536;
const POOLED_SIDE_BYTES = 1 << 20;

export class Intake {
  readonly store: Store;
  readonly limits: IntakeLimits;
  readonly counters: IntakeCounters;
  /** The worker for large bodies. */
  readonly offload: Offload;
  /** Unix ms. */
  readonly now: () => number;
  readonly #pool: MetricBatch[] = [];

  constructor(options: IntakeOptions) {
    this.store = options.store;
    this.limits = { ...DEFAULT_INTAKE_LIMITS, ...options.limits };
    this.now = options.now ?? Date.now;
    this.counters = options.counters ?? new IntakeCounters(this.now);
    this.offload = new Offload(options.offload);
  }

  /** Ends the worker. */
  async close(): Promise<void> {
    await this.offload.close();
  }

  /** The bounds that hold for a request that is decoded now. */
  decodeLimits(): DecodeLimits {
    const limits = this.limits;
    return {
      // A time has to be one that can be written as a date, whatever the retention.
      minTime: Math.max(this.store.minTime, -MAX_DATE_MS),
      maxTime: this.now() + limits.maxFutureMs,
      maxLabels: limits.maxLabels,
      maxLabelNameBytes: limits.maxLabelNameBytes,
      maxLabelValueBytes: limits.maxLabelValueBytes,
      maxPoints: limits.maxPointsPerRequest,
    };
  }

  /** The tenant's resolver. Throws TenantLimitError. */
  resolver(tenant: string): SeriesResolver {
    return this.store.resolver(tenant);
  }

  /** An empty batch; give it back with `release` once the answer has been made. */
  batch(): MetricBatch {
    const batch = this.#pool.pop() ?? new MetricBatch();
    batch.clear();
    return batch;
  }

  release(batch: MetricBatch): void {
    const small = batch.series.length <= POOLED_ROWS && batch.side.length <= POOLED_SIDE_BYTES;
    if (small && this.#pool.length < POOLED_BATCHES) this.#pool.push(batch);
  }

  /**
   * Decodes `body` into an empty batch, in the worker when it has more than `plainBytes` allow (its size after decompression). Append in the
   * continuation, before anything else is awaited. Rejects with what the decoder throws, OffloadBusyError and TenantLimitError.
   */
  async decode(
    job: DecodeJob,
    body: Uint8Array,
    plainBytes: number,
    tenant: string,
    batch: MetricBatch,
  ): Promise<DecodeResult> {
    const limits = this.decodeLimits();
    if (plainBytes <= offloadThreshold(job, this.limits.offloadBytes)) {
      return decodeBody(job, body, this.resolver(tenant), limits, batch);
    }
    const resolver = () => this.resolver(tenant);
    return this.offload.decode(job, body, tenant, limits, resolver, batch);
  }

  /**
   * Stores a decoded batch and counts its points. `digest` (see `requestDigest`) makes a repeat within 15 minutes a no-op; null for
   * sources that never repeat a request. Rejects with the store's errors.
   */
  async append(
    protocol: Protocol,
    tenant: string,
    batch: MetricBatch,
    digest: Uint8Array | null,
  ): Promise<AppendResult> {
    const accepted = batch.n;
    const rejected = this.countRejected(protocol, batch);
    if (accepted === 0 && batch.metadata.length === 0 && batch.exemplars.length === 0) {
      return { outcome: 'stored', accepted, rejected };
    }
    const key = digest === null ? null : digestOfPart(digest, accepted);
    const outcome = await this.store.append(tenant, batch, key);
    if (outcome === 'repeated') this.counters.repeated(protocol, accepted);
    else this.counters.accepted(protocol, accepted);
    return { outcome, accepted, rejected };
  }

  /** Counts the refused points of a batch that is not appended; `append` does it by itself. Returns their number. */
  countRejected(protocol: Protocol, batch: MetricBatch): number {
    let rejected = 0;
    for (const [reason, points] of batch.rejected) {
      rejected += points;
      this.counters.rejected(protocol, reason, points, batch.explanations.get(reason) ?? '');
    }
    return rejected;
  }
}

const digestSeed = new Uint32Array(4);

/** Larger bodies are hashed in pieces: the memory of the intake kernel must not grow only for this. */
const PIECE_BYTES = 256 * 1024;

/**
 * 16 bytes that are equal for equal requests, over restarts too: the same tenant, route and body (as it arrived). The kernel's hash takes
 * a fifth of the time of SHA-1, the cheapest of Node's (3.5 us and 16.3 us for 36 KB); a sender who makes two bodies collide only loses
 * data of its own tenant.
 */
export function requestDigest(tenant: string, route: string, body: Uint8Array): Uint8Array {
  if (body.length <= PIECE_BYTES) digestBytes(body);
  else {
    const digests = new Uint32Array(Math.ceil(body.length / PIECE_BYTES) * 4);
    for (let at = 0, words = 0; at < body.length; at += PIECE_BYTES, words += 4) {
      digestBytes(body.subarray(at, at + PIECE_BYTES));
      digests.set(hashWords, words);
    }
    digestBytes(new Uint8Array(digests.buffer));
  }
  digestSeed.set(hashWords);
  hashString(`${tenant}\n${route}`, digestSeed);
  return new Uint8Array(hashWords.slice().buffer);
}

/**
 * The digest of what was accepted: a repeat of which another number of points passes (a time limit has moved on) is
 * another request.
 */
export function digestOfPart(digest: Uint8Array, accepted: number): Uint8Array {
  digestSeed.fill(0);
  digestSeed[0] = accepted;
  hashBytes(digest, 0, digest.length, digestSeed);
  return new Uint8Array(hashWords.slice().buffer);
}
