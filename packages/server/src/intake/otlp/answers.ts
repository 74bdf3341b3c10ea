/**
 * What OTLP answers, in both encodings.
 *
 * Export...ServiceResponse: partial_success 1 {rejected_data_points (rejected_log_records, rejected_spans) 1 int64, error_message 2
 * string}; nothing at all when everything was taken. google.rpc.Status: code 1 int32, message 2 string, details 3 Any {type_url 1, value 2}.
 */
import { ProtobufWriter } from '@sightline/wire';
import type { IntakeItem } from '../counters.ts';
import { type RequestFailure, requestFailure } from '../failure.ts';
import type { OtlpEncoding, OtlpResult, OtlpSignal } from './otlp-intake.ts';

/** gRPC status codes. */
export const INVALID_ARGUMENT = 3;
export const RESOURCE_EXHAUSTED = 8;
export const INTERNAL = 13;
export const UNAVAILABLE = 14;

/** A request that failed as a whole. */
export interface OtlpFailure {
  httpStatus: number;
  grpcCode: number;
  message: string;
  /** Seconds after which the sender may try again; undefined when it must not. */
  retryAfterS: number | undefined;
}

const GRPC_CODES: Readonly<Record<RequestFailure['status'], number>> = {
  400: INVALID_ARGUMENT,
  413: RESOURCE_EXHAUSTED,
  415: INVALID_ARGUMENT,
  429: RESOURCE_EXHAUSTED,
  503: UNAVAILABLE,
};

/** What an error means to the sender; undefined when it is none of those that are expected. */
export function failureOf(error: unknown): OtlpFailure | undefined {
  const failed = requestFailure(error);
  if (failed === undefined) return undefined;
  const { status, message, retryAfterS } = failed;
  return { httpStatus: status, grpcCode: GRPC_CODES[status], message, retryAfterS };
}

/** What the items of a signal are counted as. */
export const ITEMS: Readonly<Record<OtlpSignal, IntakeItem>> = {
  metrics: 'points',
  logs: 'records',
  traces: 'spans',
};

const REJECTED_KEYS: Readonly<Record<OtlpSignal, string>> = {
  metrics: 'rejectedDataPoints',
  logs: 'rejectedLogRecords',
  traces: 'rejectedSpans',
};

/** The body of a successful answer. */
export function encodeResult(
  signal: OtlpSignal,
  result: OtlpResult,
  encoding: OtlpEncoding,
): Buffer {
  const { rejected, message } = result;
  const silent = rejected === 0 && message === '';
  if (encoding === 'json') {
    const partialSuccess = { [REJECTED_KEYS[signal]]: String(rejected), errorMessage: message };
    return Buffer.from(silent ? '{}' : JSON.stringify({ partialSuccess }));
  }
  const writer = new ProtobufWriter();
  if (!silent) {
    writer.message(1, () => {
      if (rejected > 0) {
        writer.tag(1, 0);
        writer.varint(rejected);
      }
      if (message !== '') writer.text(2, message);
    });
  }
  return Buffer.from(writer.finish());
}

/** google.rpc.Status in protobuf, with a google.rpc.RetryInfo (retry_delay 1 Duration {seconds 1}) where there is a delay. */
export function encodeStatus(failed: OtlpFailure): Buffer {
  const writer = new ProtobufWriter();
  writer.tag(1, 0);
  writer.varint(failed.grpcCode);
  writer.text(2, failed.message);
  const { retryAfterS } = failed;
  if (retryAfterS !== undefined) {
    writer.message(3, () => {
      writer.text(1, 'type.googleapis.com/google.rpc.RetryInfo');
      writer.message(2, () => {
        writer.message(1, () => {
          writer.tag(1, 0);
          writer.varint(retryAfterS);
        });
      });
    });
  }
  return Buffer.from(writer.finish());
}
