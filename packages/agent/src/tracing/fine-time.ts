/**
 * When spans begin, finer than the millisecond that the SDK takes from Date.now(): of ten statements within one, each would begin at the same time.
 *
 * Model: Unix time is the monotonic clock and how far it is behind. Date.now() is cut, so that the time lies between it and the next
 * millisecond; whenever the sum does not, the difference is moved just so far that it does. So the clocks are never more than a millisecond apart,
 * also when the system's is set, and the difference is soon known to some microseconds.
 */
import type { Span } from '@opentelemetry/sdk-trace';

/** How far before the end of its millisecond a time stays that would be past it. */
const MARGIN_MS = 0.001;

export class FineTime {
  readonly #unixMs: () => number;
  readonly #runMs: () => number;
  #behindMs = Number.NaN;

  constructor(unixMs = () => Date.now(), runMs = () => performance.now()) {
    this.#unixMs = unixMs;
    this.#runMs = runMs;
  }

  /** Unix time in ms, with fractions. */
  now(): number {
    const runMs = this.#runMs();
    const unixMs = this.#unixMs();
    let now = runMs + this.#behindMs;
    if (!(now >= unixMs)) now = unixMs;
    else if (now >= unixMs + 1) now = unixMs + 1 - MARGIN_MS;
    this.#behindMs = now - runMs;
    return now;
  }

  /** For a span that begins now; one whose time was given keeps it. */
  refine(span: Span): void {
    const nowMs = this.now();
    const [seconds, nanos] = span.startTime;
    const lateMs = nowMs - (seconds * 1000 + nanos / 1e6);
    const given = Reflect.get(span, '_startTimeProvided') === true;
    if (given || nanos % 1e6 !== 0 || lateMs < 0 || lateMs >= 2) return;
    const whole = Math.floor(nowMs / 1000);
    // The SDK counts the end from it.
    Reflect.set(span, 'startTime', [whole, Math.round((nowMs - whole * 1000) * 1e6)]);
  }
}
