/**
 * Which events are kept when there is little room, or are too many of a kind.
 *
 * Model: errors are always kept. Any other is kept with a probability: the zone's share for its severity, times a share that halves
 * with every doubling of the number of events of its name within a minute past the first FREE. What is kept carries the
 * weight 1 / probability, so that the sum of weights is an unbiased estimate of how many there were.
 */
import type { AgentEvent } from '../source.ts';
import type { ZoneBehaviour } from '../zones/zone.ts';

const WINDOW_MS = 60_000;
const FREE = 30;
const LEAST_SHARE = 1 / 1024;
/** Names that are counted each by itself. */
const MAX_NAMES = 500;

export class EventSampling {
  /** Events that were left out. */
  dropped = 0;
  readonly #random: () => number;
  readonly #counts = new Map<string, number>();
  #windowMs = 0;

  /** `random` is from 0 up to 1. */
  constructor(random: () => number = Math.random) {
    this.#random = random;
  }

  /** How many events this one stands for; 0 when it is left out. */
  weigh(event: AgentEvent, shares: ZoneBehaviour['events'], nowMs: number): number {
    if (event.severity === 'error') return 1;
    const share = shares[event.severity] * this.#crowdShare(event.name, nowMs);
    if (share >= 1 || this.#random() < share) return 1 / share;
    this.dropped++;
    return 0;
  }

  #crowdShare(name: string, nowMs: number): number {
    if (nowMs - this.#windowMs >= WINDOW_MS) {
      this.#counts.clear();
      this.#windowMs = nowMs;
    }
    const key = this.#counts.has(name) || this.#counts.size < MAX_NAMES ? name : '';
    const count = (this.#counts.get(key) ?? 0) + 1;
    this.#counts.set(key, count);
    if (count <= FREE) return 1;
    return Math.max(LEAST_SHARE, 2 ** -Math.ceil(Math.log2(count / FREE)));
  }
}
