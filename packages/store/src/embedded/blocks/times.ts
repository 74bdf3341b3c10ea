/**
 * The time vectors of a sample block.
 *
 * Model: series of one scrape share their times, so a block keeps a table of distinct vectors and a run refers to one by index.
 * A vector is stored as
 *
 *     varint n, u8 form, then by form
 *     0 step     zigzag(t0 - t0 of the vector before), and for n > 1 zigzag(step)
 *     1 changes  zigzag(t0 - before), zigzag(t1 - t0), varint length, n - 2 zigzags: delta of delta
 *     2 grid     zigzag(t0 - before), zigzag(step), varint length, n - 1 zigzags: t[i] - (t0 + i * step)
 *     3 raw      n doubles
 *
 * `t0 of the vector before` skips raw vectors and is 0 at first. A scraper that waits for fixed marks gives `grid` small numbers
 * (jitter stays as it is), one that sleeps between scrapes gives them to `changes`; the smaller form is taken.
 *
 * Invariants: t is exact for every double; forms 0..2 hold integral ms of magnitude up to 2^50, so that differences of
 * differences stay exact.
 */
import { type ByteReader, ByteWriter, varintLength, zigzag } from './bytes.ts';

const FORM_STEP = 0;
const FORM_CHANGES = 1;
const FORM_GRID = 2;
const FORM_RAW = 3;
const MAX_EXACT_MS = 2 ** 50;
/** Bound on the rows of one run: a point every 20 ms for a day. */
export const MAX_RUN_ROWS = 1 << 22;

const INITIAL_SLOTS = 256;

/** Collects the distinct vectors of one block while it is being written. */
export class TimeTableWriter {
  /** Encoded vectors, in order of their index. */
  readonly out = new ByteWriter(1024);
  count = 0;
  #before = 0;
  /** Vectors back to back, for comparison. */
  #pool = new Float64Array(1024);
  #poolUsed = 0;
  #offsets = new Uint32Array(INITIAL_SLOTS + 1);
  /** The vector that came after this one the last time: runs of neighbouring series repeat the same cycle of targets. */
  #follower = new Uint32Array(INITIAL_SLOTS);
  #last = 0;
  /** Hash table of index + 1. */
  #slots = new Uint32Array(INITIAL_SLOTS * 2);

  clear(): void {
    this.out.clear();
    this.count = 0;
    this.#before = 0;
    this.#poolUsed = 0;
    this.#last = 0;
    this.#slots.fill(0);
    this.#follower.fill(0);
  }

  /** Index of the vector t[from, from + n), new or known. */
  add(t: Float64Array, from: number, n: number): number {
    const guess = this.#follower[this.#last];
    let index = guess;
    if (guess >= this.count || !this.#equals(guess, t, from, n)) index = this.#lookup(t, from, n);
    this.#follower[this.#last] = index;
    this.#last = index;
    return index;
  }

  #lookup(t: Float64Array, from: number, n: number): number {
    const mask = this.#slots.length - 1;
    let slot = hashTimes(t, from, n) & mask;
    for (;;) {
      const known = this.#slots[slot];
      if (known === 0) break;
      if (this.#equals(known - 1, t, from, n)) return known - 1;
      slot = (slot + 1) & mask;
    }
    this.#slots[slot] = this.count + 1;
    return this.#append(t, from, n);
  }

  #equals(index: number, t: Float64Array, from: number, n: number): boolean {
    const at = this.#offsets[index];
    if (this.#offsets[index + 1] - at !== n) return false;
    const pool = this.#pool;
    for (let i = n - 1; i >= 0; i--) if (pool[at + i] !== t[from + i]) return false;
    return true;
  }

  #append(t: Float64Array, from: number, n: number): number {
    const index = this.count++;
    if (this.#poolUsed + n > this.#pool.length) {
      const bigger = new Float64Array(Math.max(this.#pool.length * 2, this.#poolUsed + n));
      bigger.set(this.#pool.subarray(0, this.#poolUsed));
      this.#pool = bigger;
    }
    this.#pool.set(t.subarray(from, from + n), this.#poolUsed);
    this.#poolUsed += n;
    this.#offsets[index + 1] = this.#poolUsed;
    this.#encode(t, from, n);
    if (this.count === this.#follower.length) this.#growTables();
    return index;
  }

  #growTables(): void {
    const capacity = this.#follower.length * 2;
    const offsets = new Uint32Array(capacity + 1);
    offsets.set(this.#offsets);
    const follower = new Uint32Array(capacity);
    follower.set(this.#follower);
    this.#offsets = offsets;
    this.#follower = follower;
    const mask = capacity * 2 - 1;
    this.#slots = new Uint32Array(mask + 1);
    for (let index = 0; index < this.count; index++) {
      const from = offsets[index];
      let slot = hashTimes(this.#pool, from, offsets[index + 1] - from) & mask;
      while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
      this.#slots[slot] = index + 1;
    }
  }

  #encode(t: Float64Array, from: number, n: number): void {
    const { out } = this;
    out.varint(n);
    if (!isExact(t, from, n)) {
      out.u8(FORM_RAW);
      for (let i = 0; i < n; i++) out.f64(t[from + i]);
      return;
    }
    const t0 = t[from];
    const first = n > 1 ? t[from + 1] - t0 : 0;
    const step = n > 1 ? Math.round((t[from + n - 1] - t0) / (n - 1)) : 0;
    const { grid, changes } = residualSizes(t, from, n, step);
    const form =
      grid === n - 1 && isSteady(t, from, n)
        ? FORM_STEP
        : grid <= changes
          ? FORM_GRID
          : FORM_CHANGES;
    out.u8(n <= 1 ? FORM_STEP : form);
    out.zigzag(t0 - this.#before);
    this.#before = t0;
    if (n <= 1) return;
    out.zigzag(form === FORM_CHANGES ? first : step);
    if (form === FORM_STEP) return;
    out.varint(form === FORM_GRID ? grid : changes);
    if (form === FORM_GRID) {
      for (let i = 1; i < n; i++) out.zigzag(t[from + i] - t0 - i * step);
      return;
    }
    let delta = first;
    for (let i = 2; i < n; i++) {
      const next = t[from + i] - t[from + i - 1];
      out.zigzag(next - delta);
      delta = next;
    }
  }
}

function hashTimes(t: Float64Array, from: number, n: number): number {
  let hash = n;
  for (let i = from; i < from + n; i++) hash = Math.imul(hash ^ t[i], 0x9e3779b1) ^ (hash >>> 15);
  return (hash ^ (hash >>> 13)) >>> 0;
}

function isExact(t: Float64Array, from: number, n: number): boolean {
  for (let i = from; i < from + n; i++) {
    const x = t[i];
    if (!Number.isInteger(x) || Math.abs(x) > MAX_EXACT_MS || Object.is(x, -0)) return false;
  }
  return true;
}

function isSteady(t: Float64Array, from: number, n: number): boolean {
  const step = t[from + 1] - t[from];
  for (let i = from + 2; i < from + n; i++) if (t[i] - t[i - 1] !== step) return false;
  return true;
}

function residualSizes(
  t: Float64Array,
  from: number,
  n: number,
  step: number,
): { grid: number; changes: number } {
  let grid = 0;
  let changes = 0;
  let delta = n > 1 ? t[from + 1] - t[from] : 0;
  for (let i = 1; i < n; i++) {
    grid += varintLength(zigzag(t[from + i] - t[from] - i * step));
    if (i === 1) continue;
    const next = t[from + i] - t[from + i - 1];
    changes += varintLength(zigzag(next - delta));
    delta = next;
  }
  return { grid, changes };
}

interface VectorHead {
  n: number;
  form: number;
  t0: number;
  /** Step, or for FORM_CHANGES the first delta. */
  step: number;
  residuals: ByteReader | null;
}

/** The vectors of an opened block; each is decoded once, when first asked for. */
export class TimeTable {
  readonly #heads: VectorHead[] = [];
  readonly #vectors: (Float64Array | undefined)[] = [];

  /** `reader` spans the encoded vectors. Throws CorruptionError. */
  constructor(reader: ByteReader, count: number) {
    let before = 0;
    for (let i = 0; i < count; i++) {
      const n = reader.bounded(MAX_RUN_ROWS, 'rows of a run');
      const form = reader.u8();
      if (form > FORM_RAW) reader.fail(`unknown form ${form} of times`);
      if (form === FORM_RAW) {
        this.#heads.push({ n, form, t0: 0, step: 0, residuals: reader.section(n * 8) });
        continue;
      }
      const t0 = before + reader.zigzag();
      before = t0;
      const step = n > 1 ? reader.zigzag() : 0;
      const residuals = form === FORM_STEP ? null : reader.section(reader.varint());
      this.#heads.push({ n, form, t0, step, residuals });
    }
    if (reader.left !== 0) reader.fail('bytes behind the times');
  }

  get count(): number {
    return this.#heads.length;
  }

  rows(index: number): number {
    return this.#heads[index].n;
  }

  /** Times of a vector, in Unix ms; read only. */
  vector(index: number): Float64Array {
    const known = this.#vectors[index];
    if (known !== undefined) return known;
    const vector = decodeVector(this.#heads[index]);
    this.#vectors[index] = vector;
    return vector;
  }
}

function decodeVector(head: VectorHead): Float64Array {
  const { n, form, t0, step } = head;
  const vector = new Float64Array(n);
  if (n > 0) vector[0] = t0;
  const residuals = head.residuals;
  if (residuals === null) {
    for (let i = 1; i < n; i++) vector[i] = t0 + i * step;
    return vector;
  }
  if (form === FORM_RAW) for (let i = 0; i < n; i++) vector[i] = residuals.f64();
  if (form === FORM_GRID)
    for (let i = 1; i < n; i++) vector[i] = t0 + i * step + residuals.zigzag();
  if (form === FORM_CHANGES) {
    let delta = step;
    if (n > 1) vector[1] = t0 + delta;
    for (let i = 2; i < n; i++) {
      delta += residuals.zigzag();
      vector[i] = vector[i - 1] + delta;
    }
  }
  return vector;
}

/** Index of the first time that is not before `t`. */
export function lowerBound(times: Float64Array, t: number): number {
  let low = 0;
  let high = times.length;
  if (high === 0 || times[0] >= t) return 0;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (times[middle] < t) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Index behind the last time that is not after `t`. */
export function upperBound(times: Float64Array, t: number): number {
  let low = 0;
  let high = times.length;
  if (high === 0 || times[high - 1] <= t) return high;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (times[middle] <= t) low = middle + 1;
    else high = middle;
  }
  return low;
}
