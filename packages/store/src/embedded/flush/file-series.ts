/**
 * Series of one partition file as its writer knows them: fingerprint -> dsid for all, and a short cut sid -> dsid for those that
 * this process has written.
 *
 * Invariants: dsids are dense from 1 in order of registration and never change; the short cut is good only while the sid's
 * generation is the one it was made for.
 */
import { hashBytes, hashWords } from '@sightline/wire';
import { HashTable } from '../hash-table.ts';
import type { SeriesView } from '../series.ts';

/** dsids are block keys, 32 bits; far below that a file is unusable for other reasons. */
const MAX_SERIES_PER_FILE = 2 ** 31;

export class FileSeries {
  count = 0;
  readonly #view: SeriesView;
  readonly #seed: Uint32Array;
  readonly #byFingerprint = new HashTable(MAX_SERIES_PER_FILE);
  #dsid = new Uint32Array(1024);
  #generation = new Uint32Array(1024);

  /** `seed`: the tenant's fingerprint seed. */
  constructor(view: SeriesView, seed: Uint32Array) {
    this.#view = view;
    this.#seed = seed;
  }

  /** Registers a series that the file has already, in order of its dsids. */
  restore(labels: Uint8Array, start: number, end: number): void {
    hashBytes(labels, start, end, this.#seed);
    this.#byFingerprint.set(hashWords, ++this.count);
  }

  /** The dsid of a live series, or 0 when the file does not have it. */
  find(sid: number): number {
    if (this.count === 0) return 0;
    const generation = this.#view.generationOf(sid);
    if (this.#generation[sid] === generation) return this.#dsid[sid];
    hashBytes(this.#view.labels, this.#view.labelStart(sid), this.#view.labelEnd(sid), this.#seed);
    const dsid = this.#byFingerprint.get(hashWords);
    if (dsid !== 0) this.#remember(sid, generation, dsid);
    return dsid;
  }

  /** Gives the next dsid to a live series that the file does not have. */
  add(sid: number): number {
    hashBytes(this.#view.labels, this.#view.labelStart(sid), this.#view.labelEnd(sid), this.#seed);
    const dsid = ++this.count;
    this.#byFingerprint.set(hashWords, dsid);
    this.#remember(sid, this.#view.generationOf(sid), dsid);
    return dsid;
  }

  #remember(sid: number, generation: number, dsid: number): void {
    if (sid >= this.#dsid.length) {
      const size = Math.min(this.#view.capacity, Math.max(sid + 1, this.#dsid.length * 2));
      const dsids = new Uint32Array(size);
      dsids.set(this.#dsid);
      const generations = new Uint32Array(size);
      generations.set(this.#generation);
      this.#dsid = dsids;
      this.#generation = generations;
    }
    this.#dsid[sid] = dsid;
    this.#generation[sid] = generation;
  }
}
