/** The values that every source had last, for the Prometheus page and for rules. */
import type { Metric } from '../source.ts';
import type { Sample } from './check.ts';

export class Latest {
  readonly #bySource = new Map<string, readonly Sample[]>();

  set(sourceId: string, samples: readonly Sample[]): void {
    this.#bySource.set(sourceId, samples);
  }

  delete(sourceId: string): void {
    this.#bySource.delete(sourceId);
  }

  /** The values of a metric, one per attribute set. */
  of(name: string): readonly Metric[] {
    const found: Metric[] = [];
    for (const samples of this.#bySource.values()) {
      for (const sample of samples) if (sample.name === name) found.push(sample);
    }
    return found;
  }

  all(): readonly Sample[] {
    return [...this.#bySource.values()].flat();
  }
}
