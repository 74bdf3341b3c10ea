/**
 * One number per label set, for joining series of several files and the head by integers.
 *
 * Model: ids count from 0; equal label sets have one id and one Labels object. Ids live as long as the reader of this thread;
 * when there are too many, everything that refers to ids is dropped together (`full`, see reader.ts).
 */
import type { Labels } from '../../labels.ts';

/** About 250 bytes each. */
const MAX_SERIES = 1_000_000;

export class SeriesInterner {
  readonly #ids = new Map<string, number>();
  readonly #labels: Labels[] = [];

  get size(): number {
    return this.#labels.length;
  }

  get full(): boolean {
    return this.#labels.length > MAX_SERIES;
  }

  id(labels: Labels): number {
    const { key } = labels;
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    const id = this.#labels.length;
    this.#ids.set(key, id);
    this.#labels.push(labels);
    return id;
  }

  labels(id: number): Labels {
    return this.#labels[id];
  }
}
