/**
 * Operations that were begun and not yet ended, by id.
 *
 * Invariants: there are at most `max`; one that is older than `maxAgeMs`, or the oldest when there is no room, is given up and counted in
 * `leaked`. Ids are in order of beginning, so the oldest is always the first of the map.
 */
export interface OpenOperation {
  readonly name: string;
  readonly startMs: number;
}

interface OpenLimits {
  readonly max: number;
  readonly maxAgeMs: number;
}

export class OpenOperations {
  readonly #limits: OpenLimits;
  readonly #open = new Map<number, OpenOperation>();
  #nextId = 1;
  /** Given up: begun and never ended. */
  leaked = 0;

  constructor(limits: OpenLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#open.size;
  }

  begin(name: string, nowMs: number): number {
    this.expire(nowMs);
    if (this.#open.size >= this.#limits.max) this.#giveUpOldest();
    const id = this.#nextId++;
    this.#open.set(id, { name, startMs: nowMs });
    return id;
  }

  /** The operation, which is no longer open then; undefined when it is not known (any more). */
  take(id: number): OpenOperation | undefined {
    const found = this.#open.get(id);
    this.#open.delete(id);
    return found;
  }

  expire(nowMs: number): void {
    for (const { startMs } of this.#open.values()) {
      if (nowMs - startMs < this.#limits.maxAgeMs) return;
      this.#giveUpOldest();
    }
  }

  #giveUpOldest(): void {
    for (const id of this.#open.keys()) {
      this.#open.delete(id);
      this.leaked++;
      return;
    }
  }
}
