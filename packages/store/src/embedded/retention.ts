/**
 * The clock that retention goes by.
 *
 * Model: a wrong system clock must not delete data. The clock kept in system.db moves on with the system's, but at most one day an hour:
 * after a jump of a year, a year's partitions go one a hour, and someone can notice.
 * Invariants: it never goes back; the first start takes the system's time.
 */
import type { Directory } from './directory.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
const KEY = 'retention_clock';

export class RetentionClock {
  readonly #directory: Directory;
  #clockMs: number;
  #nextMs = 0;

  constructor(directory: Directory, nowMs = Date.now()) {
    this.#directory = directory;
    this.#clockMs = Number(directory.get(KEY) ?? nowMs);
    this.tick(nowMs);
  }

  /** Unix ms. */
  get nowMs(): number {
    return this.#clockMs;
  }

  /** Moves the clock on; to be called every minute or so. */
  tick(nowMs: number): void {
    if (nowMs < this.#nextMs) return;
    this.#nextMs = nowMs + HOUR_MS;
    this.#clockMs = Math.max(this.#clockMs, Math.min(nowMs, this.#clockMs + DAY_MS));
    this.#directory.set(KEY, this.#clockMs);
  }
}
