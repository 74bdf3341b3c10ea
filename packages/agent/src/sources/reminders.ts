/**
 * What has been said already: a finding that stays true (an unused index, a missing right) is told once and again after a day, not with
 * every collection.
 *
 * Invariant: at most MAX_FINDINGS are remembered; past that the oldest is forgotten and may be told again.
 */
import type { Clock } from '../clock.ts';

const AGAIN_MS = 24 * 3600_000;
const MAX_FINDINGS = 500;

export class Reminders {
  readonly #clock: Clock;
  readonly #saidMs = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether `finding` is to be told now; remembers that it was. */
  due(finding: string): boolean {
    const nowMs = this.#clock.now();
    const saidMs = this.#saidMs.get(finding);
    if (saidMs !== undefined && nowMs - saidMs < AGAIN_MS) return false;
    this.#saidMs.delete(finding);
    this.#saidMs.set(finding, nowMs);
    const oldest = this.#saidMs.keys().next();
    if (this.#saidMs.size > MAX_FINDINGS && !oldest.done) this.#saidMs.delete(oldest.value);
    return true;
  }

  /** The finding is no longer true: the next time it is, it is told at once. */
  forget(finding: string): void {
    this.#saidMs.delete(finding);
  }
}
