/**
 * What the main thread and the intake worker say to each other. Columns and bodies are transferred, not copied.
 *
 * Invariant: errors travel as data, because the class of an error does not survive the way between threads.
 */
import {
  DecodeError,
  type DecodeLimits,
  type MetricBatch,
  type MetricMetadata,
  type RejectReason,
  RequestLimitError,
  SnappyTooLargeError,
} from '@sightline/wire';
import type { DecodeJob, DecodeResult } from './offload-job.ts';

export interface OffloadRequest {
  id: number;
  job: DecodeJob;
  tenant: string;
  body: Uint8Array;
  limits: DecodeLimits;
}

/** A batch whose series are local: `labels` and `offsets` as in LocalSeries. */
export interface OffloadedBatch {
  n: number;
  series: Uint32Array;
  t: Float64Array;
  kind: Uint8Array;
  lo: Uint32Array;
  hi: Uint32Array;
  /** Empty when no row has a start time. */
  st: Float64Array;
  side: Uint8Array;
  metadata: MetricMetadata[];
  exemplars: MetricBatch['exemplars'];
  rejected: [RejectReason, number][];
  explanations: [RejectReason, string][];
  rejections: string[];
  labels: Uint8Array;
  offsets: Uint32Array;
}

export type OffloadReply =
  | { id: number; ok: true; batch: OffloadedBatch; result: DecodeResult }
  | { id: number; ok: false; error: OffloadedError };

export interface OffloadedError {
  kind: 'decode' | 'limit' | 'too_large' | 'other';
  message: string;
  offset: number;
}

export function errorToData(error: unknown): OffloadedError {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof DecodeError) return { kind: 'decode', message, offset: error.offset };
  if (error instanceof RequestLimitError) return { kind: 'limit', message, offset: 0 };
  if (error instanceof SnappyTooLargeError) return { kind: 'too_large', message, offset: 0 };
  const stack = error instanceof Error ? (error.stack ?? message) : message;
  return { kind: 'other', message: stack, offset: 0 };
}

export function errorFromData(data: OffloadedError): Error {
  switch (data.kind) {
    case 'decode':
      // The message has its place already.
      return new DecodeError(data.message.replace(/ \(at byte \d+\)$/, ''), data.offset);
    case 'limit':
      return new RequestLimitError(data.message);
    case 'too_large':
      return new SnappyTooLargeError(data.message);
    case 'other':
      return new Error(`the intake worker failed: ${data.message}`);
  }
}
