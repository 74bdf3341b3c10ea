/** A partition file of records that the flush thread has open: the file, and which of its streams the live series are. */
import { RecordFileWriter } from '../records/record-file.ts';
import type { SeriesView } from '../series.ts';
import { FileSeries } from './file-series.ts';

export class RecordWriter {
  readonly file: RecordFileWriter;
  /** Such files are written to whenever records of their time come. */
  readonly sealed = false;
  readonly replaces = '';
  readonly #view: SeriesView;
  readonly #streams: FileSeries;

  /** Opens or creates the file; throws as RecordFileWriter. `seed`: fingerprint seed of the tenant. */
  constructor(path: string, view: SeriesView, seed: Uint32Array) {
    this.#view = view;
    this.#streams = new FileSeries(view, seed);
    this.file = new RecordFileWriter(path);
    try {
      for (const labels of this.file.streams()) this.#streams.restore(labels, 0, labels.length);
    } catch (error) {
      this.file.close();
      throw error;
    }
  }

  /**
   * Sets `into[i]` to the dense id of the live series sids[rows[i]]; returns the canonical labels of those that the file does not
   * have, in the order of the ids that they are given. Unless these are written, the writer must not be used any more.
   */
  streamIds(sids: Uint32Array, rows: Uint32Array, into: Uint32Array): Uint8Array[] {
    const fresh: Uint8Array[] = [];
    let last = 0;
    let id = 0;
    for (let i = 0; i < rows.length; i++) {
      const sid = sids[rows[i]];
      if (sid !== last) {
        last = sid;
        id = this.#streams.find(sid);
        if (id === 0) {
          id = this.#streams.add(sid);
          fresh.push(this.#view.labels.slice(this.#view.labelStart(sid), this.#view.labelEnd(sid)));
        }
      }
      into[i] = id;
    }
    return fresh;
  }

  /** Whether nothing was written since `finish`. */
  get isFinished(): boolean {
    return this.file.meta('finished_seq') === this.file.flushedSeq;
  }

  /** Gives back what merges have freed; to be called when the file's time is over and nothing is left to merge. */
  finish(): void {
    this.file.setMeta('finished_seq', this.file.flushedSeq);
    this.file.db.exec('PRAGMA incremental_vacuum');
    this.file.checkpoint();
  }

  close(): void {
    this.file.close();
  }
}
