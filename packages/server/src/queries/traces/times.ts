/** Unix nanoseconds of spans, two words each, as the numbers and texts that answers show; without BigInt. */
import type { Nanos, SpanRow } from '@sightline/store';

// 2^32 ns are 4,294,967 us and 296 ns.
const US_PER_HI = 4_294_967;
const REST_PER_HI = 296;
const MS_PER_HI = 4294;
const MS_REST_PER_HI = 967_296;

/** Whole microseconds, rounded down; exact until the year 2255. */
export function microsOf(lo: number, hi: number): number {
  return hi * US_PER_HI + Math.floor((hi * REST_PER_HI + lo) / 1000);
}

/** Whole milliseconds, rounded down. */
export function millisOf(lo: number, hi: number): number {
  return hi * MS_PER_HI + Math.floor((hi * MS_REST_PER_HI + lo) / 1_000_000);
}

/** Decimal text of the nanoseconds. */
export function nanosText(lo: number, hi: number): string {
  // Past 2^53 us a double is no longer exact.
  if (hi > 2_000_000_000) return String((BigInt(hi) << 32n) | BigInt(lo));
  const micros = microsOf(lo, hi);
  const rest = (hi * REST_PER_HI + lo) % 1000;
  if (micros === 0) return String(rest);
  return `${micros}${String(rest).padStart(3, '0')}`;
}

/** Nanoseconds from one time to another; exact below 104 days. */
export function nanosBetween(fromLo: number, fromHi: number, toLo: number, toHi: number): number {
  return (toHi - fromHi) * 2 ** 32 + (toLo - fromLo);
}

/** The time so many nanoseconds (a whole number) later. */
export function addNanos(lo: number, hi: number, ns: number): Nanos {
  const sum = lo + (ns % 2 ** 32);
  const carry = sum >= 2 ** 32 ? 1 : 0;
  return { lo: sum >>> 0, hi: (hi + Math.floor(ns / 2 ** 32) + carry) >>> 0 };
}

export function durationOf(row: SpanRow): number {
  return nanosBetween(row.startLo, row.startHi, row.endLo, row.endHi);
}

export function compareNanos(aLo: number, aHi: number, bLo: number, bHi: number): number {
  return aHi - bHi || aLo - bLo;
}
