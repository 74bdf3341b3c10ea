/** Bounds of the records of one request. */
import type { DecodeLimits } from './resolver.ts';

export interface LogLimits extends DecodeLimits {
  /** Unix ms: the time of records that bring none. */
  now: number;
  /** A longer body is cut here, with an explanation. */
  maxBodyBytes: number;
  /** Fields of one record; more of them are dropped and counted in its field `dropped_attributes_count`. */
  maxFields: number;
  /** Bytes of all fields of one record; those that no longer fit are dropped in the same way. */
  maxFieldsBytes: number;
}

/** Bounds for callers without a configuration of their own; times are unbounded. */
export const DEFAULT_LOG_LIMITS: Omit<LogLimits, 'now'> = {
  minTime: Number.NEGATIVE_INFINITY,
  maxTime: Number.POSITIVE_INFINITY,
  maxLabels: 64,
  maxLabelNameBytes: 1024,
  maxLabelValueBytes: 16_384,
  maxPoints: 500_000,
  maxBodyBytes: 262_144,
  maxFields: 1000,
  maxFieldsBytes: 262_144,
};

/** The largest part of `bytes[start, end)` of at most `most` bytes that does not end inside of a UTF-8 character. */
export function cutUtf8(bytes: Uint8Array, start: number, end: number, most: number): number {
  if (end - start <= most) return end;
  let cut = start + most;
  while (cut > start && (bytes[cut] & 0xc0) === 0x80) cut--;
  return cut;
}
