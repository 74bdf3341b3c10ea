import { VITALS, type Vitals } from '../vitals.ts';

/** The average of each vital over several readings; one that no reading had is absent. One reading may be chance. */
export class VitalsMean {
  readonly #sums = new Map<keyof Vitals, { sum: number; count: number }>();

  add(vitals: Vitals): void {
    for (const vital of VITALS) {
      const value = vitals[vital];
      if (value === undefined || !Number.isFinite(value)) continue;
      const { sum, count } = this.#sums.get(vital) ?? { sum: 0, count: 0 };
      this.#sums.set(vital, { sum: sum + value, count: count + 1 });
    }
  }

  mean(): Vitals {
    return Object.fromEntries(
      [...this.#sums].map(([vital, { sum, count }]) => [vital, sum / count]),
    );
  }
}

/** A copy of the vitals alone. */
export function vitalsOf(metrics: Vitals): Vitals {
  const one = new VitalsMean();
  one.add(metrics);
  return one.mean();
}
