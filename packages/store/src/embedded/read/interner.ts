/**
 * One number per label set, for joining series of several files and the head by integers.
 *
 * Model: ids count from 0 and are found by a keyed 128-bit hash of the canonical labels, so that a set that is known costs no string
 * and no object. Ids live as long as the reader of this thread; when there are too many, everything that refers to ids is dropped
 * together (`full`, see reader.ts).
 *
 * Invariant: equal label sets have one id and one Labels object. (The key is random per thread: sets with equal hashes cannot be
 * made up, and do not happen by chance.)
 */
import { hashBytes, hashWords, processKey } from '@sightline/wire';
import type { Labels } from '../../labels.ts';
import { HashTable } from '../hash-table.ts';

/** About 250 bytes each. */
const MAX_SERIES = 1_000_000;

export class SeriesInterner {
  /** Hash of the canonical labels -> id + 1. */
  readonly #ids = new HashTable(2 ** 31);
  readonly #labels: Labels[] = [];
  /** A number per id for whoever joins sources, who must leave all of them 0. */
  places = new Uint32Array(1024);

  get full(): boolean {
    return this.#labels.length > MAX_SERIES;
  }

  /** Id of the canonical labels bytes[start, end); `make` gives the labels when they are new. */
  id(bytes: Uint8Array, start: number, end: number, make: () => Labels): number {
    hashBytes(bytes, start, end, processKey);
    const known = this.#ids.get(hashWords);
    if (known > 0) return known - 1;
    const id = this.#labels.length;
    this.#ids.set(hashWords, id + 1);
    this.#labels.push(make());
    if (id >= this.places.length) {
      const places = new Uint32Array(this.places.length * 2);
      places.set(this.places);
      this.places = places;
    }
    return id;
  }

  labels(id: number): Labels {
    return this.#labels[id];
  }
}
