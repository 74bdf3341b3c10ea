/** Settings of queries over logs, of live tail and of patterns. */
import * as z from '../zod.ts';
import { bytes, flag, milliseconds, wholeNumber } from './setting.ts';

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

export const logSettings = z.strictObject({
  max_entries: wholeNumber(1, 1_000_000, {
    description: 'Most lines that one log query may ask for (`limit`).',
    fallback: 5000,
    reloadable: true,
  }),
  max_series: wholeNumber(1, 1_000_000, {
    description: 'Most series that one range aggregation over log lines may make.',
    fallback: 5000,
    reloadable: true,
  }),
  max_range_ms: milliseconds(1 * MINUTE, 100 * 365 * DAY, {
    description: 'Longest time range of one log query.',
    fallback: '1y',
    reloadable: true,
  }),
  tails: wholeNumber(0, 10_000, {
    description: 'Most live tails at a time; further ones are refused.',
    fallback: { small: 32, medium: 64, large: 256 },
  }),
  patterns: flag({
    description: 'Find the patterns of log lines as they arrive; the last three hours are kept.',
    fallback: true,
  }),
  patterns_bytes: bytes(1 * MIB, 4 * GIB, {
    description: 'Most memory for patterns; the least recently used services and patterns go.',
    fallback: { small: '16MiB', medium: '32MiB', large: '128MiB' },
  }),
});
