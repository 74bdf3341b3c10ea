/**
 * Sample blocks: runs of float samples of ascending series, grouped so that one series decodes alone.
 *
 * Model: a run is the samples of one series in one part: its dsid, a reference to a time vector that many runs share (times.ts),
 * values in the cheapest form (values.ts), and start times where there are any. The payload of the frame (kind 1, count = runs) is
 * columns, so that like bytes lie together for zstd:
 *
 *     varint number of time vectors, then the byte length of each section as a varint, then the sections:
 *     DSIDS    varint per run: dsid - dsid before - 1 (the first: dsid - first dsid of the frame)
 *     VECTORS  varint per run: index of its time vector
 *     FORMS    u8 per run: value form | 8 when patched | start form << 4
 *     SCALES   u8 per run
 *     LENGTHS  varint per run of form DELTA..XOR: bytes of its residuals (control bytes included)
 *     BASES    zigzag per run of another form than CONST_RAW, XOR
 *     REFS     zigzag per run of form LINEAR, CHANGES
 *     RAWS     8 bytes per run of form CONST_RAW, XOR
 *     TIMES    the time vectors
 *     STARTS   start times, per run that has them, see below
 *     PATCHES  per patched run: varint count, then per patch varint rows since the patch before (the first: row), u32 low, u32 high
 *     DELTAS, LINEARS, CHANGES, XORS   residuals, run after run, by form
 *
 * Start forms and their bytes: starts.ts.
 *
 * Invariants: dsids ascend strictly; a dsid has one run in a part; the frame's t range covers all rows.
 */
import { ByteWriter } from './bytes.ts';
import { FRAME_SAMPLES, sealFrame } from './frame.ts';
import { START_NONE, writeStarts } from './starts.ts';
import { MAX_RUN_ROWS, TimeTableWriter } from './times.ts';
import { writePatches } from './value-column.ts';
import {
  CHANGES,
  CONST_RAW,
  DELTA,
  hasResiduals,
  LINEAR,
  PATCHED,
  ValueChooser,
  XOR,
} from './values.ts';

export const SECTION_DSIDS = 0;
export const SECTION_VECTORS = 1;
export const SECTION_FORMS = 2;
export const SECTION_SCALES = 3;
export const SECTION_LENGTHS = 4;
export const SECTION_BASES = 5;
export const SECTION_REFS = 6;
export const SECTION_RAWS = 7;
export const SECTION_TIMES = 8;
export const SECTION_STARTS = 9;
export const SECTION_PATCHES = 10;
/** The residuals of form f (DELTA..XOR) are in section `SECTION_RESIDUALS + f - DELTA`. */
export const SECTION_RESIDUALS = 11;
export const SECTIONS = 15;

export const START_SHIFT = 4;

/**
 * A block is full at this many bytes before compression: one decompression stays at about 50 microseconds, and larger blocks
 * compress no better by more than 2 %.
 */
const SAMPLE_BLOCK_BYTES = 64 * 1024;
/** ... or at this many runs, which bounds the time to open one. */
const SAMPLE_BLOCK_RUNS = 2048;

export class SampleBlockEncoder {
  runs = 0;
  #firstDsid = 0;
  #lastDsid = 0;
  #tMin = Infinity;
  #tMax = -Infinity;
  readonly #times = new TimeTableWriter();
  readonly #values = new ValueChooser();
  readonly #sections = Array.from({ length: SECTIONS }, () => new ByteWriter(1024));
  readonly #payload = new ByteWriter(SAMPLE_BLOCK_BYTES);

  /** Bytes so far, before compression. */
  get rawBytes(): number {
    let bytes = this.#times.out.length;
    // By index: this is asked after every run.
    for (let i = 0; i < SECTIONS; i++) bytes += this.#sections[i].length;
    return bytes;
  }

  /** Whether the block should be finished before another run is added. */
  get full(): boolean {
    return this.runs >= SAMPLE_BLOCK_RUNS || this.rawBytes >= SAMPLE_BLOCK_BYTES;
  }

  get firstDsid(): number {
    return this.#firstDsid;
  }

  get lastDsid(): number {
    return this.#lastDsid;
  }

  get tMin(): number {
    return this.#tMin;
  }

  get tMax(): number {
    return this.#tMax;
  }

  /**
   * Adds the n >= 1 samples that begin at index `from` of the columns: t in Unix ms, strictly ascending; lo and hi the words of the
   * values; st start times in Unix ms (0 unknown) or null. dsids must ascend strictly; throws RangeError otherwise.
   */
  addRun(
    dsid: number,
    n: number,
    t: Float64Array,
    lo: Uint32Array,
    hi: Uint32Array,
    st: Float64Array | null,
    from: number,
  ): void {
    if (n < 1 || n > MAX_RUN_ROWS) throw new RangeError(`a run of ${n} rows`);
    if (this.runs > 0 && dsid <= this.#lastDsid) throw new RangeError('dsids must ascend');
    const sections = this.#sections;
    if (this.runs === 0) this.#firstDsid = dsid;
    sections[SECTION_DSIDS].varint(this.runs === 0 ? 0 : dsid - this.#lastDsid - 1);
    this.#lastDsid = dsid;
    this.runs++;
    if (t[from] < this.#tMin) this.#tMin = t[from];
    if (t[from + n - 1] > this.#tMax) this.#tMax = t[from + n - 1];
    sections[SECTION_VECTORS].varint(this.#times.add(t, from, n));
    const values = this.#values;
    values.choose(lo, hi, from, n);
    this.#writeValues(values);
    const start = st === null ? START_NONE : writeStarts(sections[SECTION_STARTS], st, from, n);
    const patched = values.patches.length > 0 ? PATCHED : 0;
    sections[SECTION_FORMS].u8(values.form | patched | (start << START_SHIFT));
    sections[SECTION_SCALES].u8(values.scale);
  }

  #writeValues(values: ValueChooser): void {
    const sections = this.#sections;
    const { form } = values;
    if (form === CONST_RAW || form === XOR) {
      sections[SECTION_RAWS].u32(values.words[0]);
      sections[SECTION_RAWS].u32(values.words[1]);
    } else sections[SECTION_BASES].zigzag(values.base);
    if (form === LINEAR || form === CHANGES) sections[SECTION_REFS].zigzag(values.ref);
    if (hasResiduals(form)) {
      const residuals = sections[SECTION_RESIDUALS + form - DELTA];
      const before = residuals.length;
      values.writeResiduals(residuals);
      sections[SECTION_LENGTHS].varint(residuals.length - before);
    }
    if (values.patches.length > 0) writePatches(sections[SECTION_PATCHES], values);
  }

  /** The finished block as a sealed frame; call `reset` before the next one. */
  finish(): Uint8Array {
    const sections = this.#sections;
    const payload = this.#payload;
    payload.clear();
    payload.varint(this.#times.count);
    sections[SECTION_TIMES] = this.#times.out;
    for (const section of sections) payload.varint(section.length);
    for (const section of sections) payload.append(section.bytes, 0, section.length);
    sections[SECTION_TIMES] = NO_BYTES;
    return sealFrame(
      {
        kind: FRAME_SAMPLES,
        count: this.runs,
        firstDsid: this.#firstDsid,
        lastDsid: this.#lastDsid,
        tMin: this.#tMin,
        tMax: this.#tMax,
      },
      payload.view(),
    );
  }

  reset(): void {
    this.runs = 0;
    this.#tMin = Infinity;
    this.#tMax = -Infinity;
    this.#times.clear();
    for (const section of this.#sections) section.clear();
  }
}

/** Stands for the section of times, which `TimeTableWriter` keeps, while a block is being filled. */
const NO_BYTES = new ByteWriter(0);
