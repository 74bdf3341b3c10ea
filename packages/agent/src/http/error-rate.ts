/**
 * The share of failed requests, told when it says something: of one request, failed, it is 100 %.
 *
 * Model: requests are counted until there are LEAST_REQUESTS, MAX_WINDOW_MS at most; then the share is told once and counting begins anew.
 */
import type { Vitals } from '../vitals.ts';

/** One failure among so many is the default threshold of 5 %, and not above it. */
const LEAST_REQUESTS = 20;
/** An application that is seldom asked is judged by what there was. */
const MAX_WINDOW_MS = 300_000;

export class ErrorRate {
  #count = 0;
  #errors = 0;
  #sinceMs = 0;

  add(failed: boolean, nowMs: number): void {
    if (this.#count === 0) this.#sinceMs = nowMs;
    this.#count++;
    if (failed) this.#errors++;
  }

  /** Nothing while there are too few requests. */
  take(nowMs: number): Pick<Vitals, 'errorRatePct' | 'successRatePct'> {
    const isYoung = nowMs - this.#sinceMs < MAX_WINDOW_MS;
    if (this.#count === 0 || (this.#count < LEAST_REQUESTS && isYoung)) return {};
    const errorRatePct = (this.#errors / this.#count) * 100;
    this.#count = 0;
    this.#errors = 0;
    return { errorRatePct, successRatePct: 100 - errorRatePct };
  }
}
