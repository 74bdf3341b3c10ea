/** The same pseudo-random numbers in every run (a linear congruential generator, Numerical Recipes' constants). */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** A whole number in [0, limit). */
  below(limit: number): number {
    this.#state = (Math.imul(this.#state, 1664525) + 1013904223) >>> 0;
    return Math.floor((this.#state / 2 ** 32) * limit);
  }

  pick<T>(of: readonly T[]): T {
    return of[this.below(of.length)];
  }

  hex(digits: number): string {
    let text = '';
    while (text.length < digits) text += this.below(65536).toString(16).padStart(4, '0');
    return text.slice(0, digits);
  }
}
