/**
 * What the main thread and the intake worker say to each other. Columns and bodies are transferred, not copied.
 *
 * Invariant: errors travel as data, because the class of an error does not survive the way between threads.
 */
import {
  DecodeError,
  type DecodeLimits,
  type LogLimits,
  type MetricBatch,
  type MetricMetadata,
  type RefusalData,
  RequestLimitError,
  SnappyTooLargeError,
  type SpanLimits,
} from '@sightline/wire';
import type { DecodeJob, DecodeResult } from './offload-job.ts';
import type { LocalLabels, OffloadedRecords } from './offload-records.ts';
import type { LogJob, SpanJob } from './record-job.ts';

/** What is to be decoded, of which signal. */
export type OffloadTask =
  | { signal: 'points'; job: DecodeJob; limits: DecodeLimits }
  | { signal: 'logs'; job: LogJob; limits: LogLimits }
  | { signal: 'spans'; job: SpanJob; limits: SpanLimits };

export type OffloadRequest = OffloadTask & { id: number; tenant: string; body: Uint8Array };

/** A batch of samples whose series are local. */
export interface OffloadedBatch extends LocalLabels, RefusalData {
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
}

export type OffloadReply =
  | { id: number; ok: true; signal: 'points'; batch: OffloadedBatch; result: DecodeResult }
  | { id: number; ok: true; signal: 'logs' | 'spans'; records: OffloadedRecords }
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
