/**
 * Values that belong to the named rows of a kernel table (network interfaces, disks), found again without making strings.
 *
 * Model: rows come in the same order from read to read, so row i is first compared with the name that row i had last time; only
 * where it differs is a string made and looked up.
 *
 * Invariant: at most MAX_ROWS names are remembered; past that the memory is emptied and learned again.
 */
import type { ProcFile } from './proc-file.ts';

const MAX_ROWS = 10_000;

export class RowNames<T> {
  readonly #make: (name: string) => T;
  readonly #byName = new Map<string, { bytes: Uint8Array; value: T }>();
  #rows: { bytes: Uint8Array; value: T }[] = [];

  constructor(make: (name: string) => T) {
    this.#make = make;
  }

  /** What `make` made of the name in `file.bytes[start, end)`, which stands in row `row`. */
  get(file: ProcFile, start: number, end: number, row: number): T {
    const last = this.#rows[row];
    if (last !== undefined && equal(file.bytes, start, end, last.bytes)) return last.value;
    const name = file.text(start, end);
    let known = this.#byName.get(name);
    if (known === undefined) {
      if (this.#byName.size >= MAX_ROWS) this.#byName.clear();
      known = { bytes: file.bytes.slice(start, end), value: this.#make(name) };
      this.#byName.set(name, known);
    }
    if (row < MAX_ROWS) this.#rows[row] = known;
    return known.value;
  }
}

function equal(bytes: Uint8Array, start: number, end: number, want: Uint8Array): boolean {
  if (end - start !== want.length) return false;
  for (let i = 0; i < want.length; i++) if (bytes[start + i] !== want[i]) return false;
  return true;
}
