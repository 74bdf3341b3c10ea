/** Brings the vitals together that the parts and sources contribute, each about the time since it was last asked. */
import { VITALS, type Vitals } from './vitals.ts';

type Mutable = { -readonly [Name in keyof Vitals]: Vitals[Name] };

export class VitalsBook {
  /** As they were when they were last brought together. */
  latest: Vitals = {};
  readonly #contributors = new Set<() => Vitals>();

  /** The function returned takes it back. */
  add(contribute: () => Vitals): () => void {
    this.#contributors.add(contribute);
    return () => {
      this.#contributors.delete(contribute);
    };
  }

  /** Asks everybody. */
  refresh(): Vitals {
    const vitals: Mutable = {};
    for (const contribute of this.#contributors) {
      try {
        merge(vitals, contribute());
      } catch {
        // A source's own code: what it does not tell is not known.
      }
    }
    this.latest = vitals;
    return vitals;
  }
}

/** Of two that know the same, the worse counts: a statement that its server and the application's profiler both call slow is one. */
function merge(vitals: Mutable, more: Vitals): void {
  for (const name of VITALS) {
    const value = more[name];
    if (typeof value !== 'number' || !Number.isFinite(value)) continue;
    const known = vitals[name];
    if (known === undefined) vitals[name] = value;
    else if (name === 'successRatePct' || name === 'cacheHitPct') {
      vitals[name] = Math.min(known, value);
    } else vitals[name] = Math.max(known, value);
  }
}
