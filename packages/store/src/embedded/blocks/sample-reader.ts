/**
 * Reading sample blocks; the layout is described in samples.ts.
 *
 * Model: `open` decompresses the frame and parses the per-run columns into typed arrays; `read` then decodes one run. Time vectors
 * are decoded once per block. A reader may be cached and shared by queries of a thread: all that changes after `open` is what it
 * remembers of the last read, because runs are read in order and neighbours share their times.
 */
import { SampleBuffer } from '../../querier.ts';
import { ByteReader, unzigzag } from './bytes.ts';
import type { SampleColumns } from './columns.ts';
import { CorruptionError } from './errors.ts';
import { FRAME_SAMPLES, type Frame, openFrame } from './frame.ts';
import { readDsids, readVectors, valueColumns } from './sample-sections.ts';
import {
  SECTION_DSIDS,
  SECTION_FORMS,
  SECTION_PATCHES,
  SECTION_RAWS,
  SECTION_RESIDUALS,
  SECTION_SCALES,
  SECTION_STARTS,
  SECTION_TIMES,
  SECTION_VECTORS,
  SECTIONS,
  START_SHIFT,
} from './samples.ts';
import { readStarts, START_NONE, skipStarts } from './starts.ts';
import { lowerBound, TimeTable, upperBound } from './times.ts';
import { readPatches } from './value-column.ts';
import { decodeIntegers, decodeXor, unscale } from './value-reader.ts';
import {
  CHANGES,
  CONST_INT,
  CONST_RAW,
  DELTA,
  FORM_MASK,
  isScale,
  LINEAR,
  PATCHED,
  POWERS,
  SHIFT,
  XOR,
} from './values.ts';

/** What is kept of a run lies in one piece of memory: five small ones of each cached block would leave holes between them. */
const RUN_BYTES = 24;

export class SampleBlockReader {
  /** Number of runs. */
  readonly runs: number;
  readonly tMin: number;
  readonly tMax: number;
  readonly #payload: Uint8Array;
  readonly #place: string;
  readonly #times: TimeTable;
  readonly #firstDsid: number;
  /** null when they follow one another without a gap. */
  readonly #dsids: Uint32Array | null;
  readonly #vectors: Uint32Array;
  readonly #forms: Uint8Array;
  readonly #scales: Uint8Array;
  /** Offset of a run's residuals in the payload, and their length. */
  readonly #residualAt: Uint32Array;
  readonly #residualLength: Uint32Array;
  readonly #bases: Float64Array;
  readonly #refs: Float64Array;
  /** Of a run with raw words their offset in the payload, else the place of its reference in `refs`, where 0 is none. */
  readonly #second: Uint32Array;
  /** Offset of a run's start times and patches; null when no run has any. */
  readonly #startAt: Uint32Array | null;
  readonly #patchAt: Uint32Array | null;
  /** The run behind the one found last. */
  #next = 0;
  /** The rows [begin, end) of a time vector that lie within [minT, maxT], as found last. */
  #last = { vector: -1, minT: 0, maxT: 0, begin: 0, end: 0 };

  /** Opens a sealed frame; `place` names it in errors. Throws CorruptionError, FormatVersionError. */
  static open(bytes: Uint8Array, place: string): SampleBlockReader {
    return new SampleBlockReader(openFrame(bytes, FRAME_SAMPLES, place), place);
  }

  private constructor(frame: Frame, place: string) {
    const runs = frame.count;
    if (runs > frame.payload.length) fail(place, 'more runs than bytes');
    const reader = new ByteReader(frame.payload, place);
    const vectorCount = reader.varint();
    const lengths = Array.from({ length: SECTIONS }, () => reader.varint());
    const sections = lengths.map((length) => reader.section(length));
    if (reader.left !== 0) reader.fail('bytes behind the last section');
    this.runs = runs;
    this.tMin = frame.tMin;
    this.tMax = frame.tMax;
    this.#place = place;
    this.#payload = frame.payload;
    this.#times = new TimeTable(sections[SECTION_TIMES], vectorCount);
    this.#firstDsid = frame.firstDsid;
    this.#dsids = readDsids(sections[SECTION_DSIDS], runs, frame.firstDsid);
    const room = new ArrayBuffer(runs * RUN_BYTES);
    const words = (index: number): Uint32Array =>
      new Uint32Array(room, runs * (8 + index * 4), runs);
    this.#bases = new Float64Array(room, 0, runs);
    this.#second = words(0);
    this.#residualAt = words(1);
    this.#residualLength = words(2);
    this.#vectors = words(3);
    readVectors(sections[SECTION_VECTORS], this.#vectors, this.#times.count);
    this.#forms = sections[SECTION_FORMS].take(runs);
    this.#scales = sections[SECTION_SCALES].take(runs);
    checkScales(this.#scales, place);
    this.#refs = this.#openValues(sections);
    this.#startAt = this.#openStarts(sections[SECTION_STARTS]);
    this.#patchAt = this.#openPatches(sections[SECTION_PATCHES]);
  }

  /** Gives the references. */
  #openValues(sections: readonly ByteReader[]): Float64Array {
    const rawAt = sections[SECTION_RAWS].at;
    const columns = valueColumns(this.#forms, sections);
    const residualAt = [0, 1, 2, 3].map((form) => sections[SECTION_RESIDUALS + form].at);
    let bases = 0;
    let refs = 1;
    let raws = 0;
    let lengths = 0;
    for (let run = 0; run < this.runs; run++) {
      const form = this.#forms[run] & FORM_MASK;
      if (form === CONST_RAW || form === XOR) this.#second[run] = rawAt + 8 * raws++;
      else this.#bases[run] = unzigzag(columns.bases[bases++]);
      if (form === LINEAR || form === CHANGES) {
        columns.refs[refs] = unzigzag(columns.refs[refs]);
        this.#second[run] = refs++;
      }
      if (form === CONST_INT || form === CONST_RAW) continue;
      const length = columns.lengths[lengths++];
      this.#residualAt[run] = residualAt[form - DELTA];
      this.#residualLength[run] = length;
      residualAt[form - DELTA] += length;
      this.#checkLength(run, form, length);
    }
    for (let form = 0; form < 4; form++) {
      if (residualAt[form] !== sections[SECTION_RESIDUALS + form].end) {
        fail(this.#place, 'residuals do not fill their section');
      }
    }
    return columns.refs;
  }

  /** Residuals must be as many as rows, so that decoding never runs into the next run's. */
  #checkLength(run: number, form: number, length: number): void {
    const rows = this.#times.rows(this.#vectors[run]);
    const values = form === CHANGES ? rows - 2 : rows - 1;
    const none = length === 0 && form !== XOR;
    if (!none && length < values) fail(this.#place, 'fewer residuals than rows');
  }

  #openStarts(section: ByteReader): Uint32Array | null {
    if (section.left === 0) return null;
    const at = new Uint32Array(this.runs);
    for (let run = 0; run < this.runs; run++) {
      const form = this.#forms[run] >>> START_SHIFT;
      at[run] = section.at;
      skipStarts(section, form, this.#times.rows(this.#vectors[run]));
    }
    return at;
  }

  #openPatches(section: ByteReader): Uint32Array | null {
    if (section.left === 0) return null;
    const at = new Uint32Array(this.runs);
    for (let run = 0; run < this.runs; run++) {
      if ((this.#forms[run] & PATCHED) === 0) continue;
      at[run] = section.at;
      for (let count = section.varint(); count > 0; count--) {
        section.varint();
        section.skip(8);
      }
    }
    return at;
  }

  /** Bytes of memory that the reader holds, decoded times not counted. */
  get bytes(): number {
    const { length } = this.#payload;
    const dsids = this.#dsids === null ? 0 : 4;
    return length + this.runs * (RUN_BYTES + dsids) + this.#refs.byteLength;
  }

  dsid(run: number): number {
    return this.#dsids === null ? this.#firstDsid + run : this.#dsids[run];
  }

  /** Rows of a run. */
  rows(run: number): number {
    return this.#times.rows(this.#vectors[run]);
  }

  /** Times of a run in Unix ms; read only and shared. */
  times(run: number): Float64Array {
    return this.#times.vector(this.#vectors[run]);
  }

  /** Index of the run of a series, or -1. */
  find(dsid: number): number {
    const dsids = this.#dsids;
    if (dsids === null) {
      const run = dsid - this.#firstDsid;
      return run >= 0 && run < this.runs ? run : -1;
    }
    const next = this.#next;
    if (next < dsids.length && dsids[next] === dsid) {
      this.#next = next + 1;
      return next;
    }
    let low = 0;
    let high = dsids.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (dsids[middle] < dsid) low = middle + 1;
      else high = middle;
    }
    this.#next = low + 1;
    return low < dsids.length && dsids[low] === dsid ? low : -1;
  }

  /** Appends the samples of a run within [minT, maxT] to `into`. */
  read(run: number, into: SampleBuffer, minT: number, maxT: number): void {
    const vector = this.#vectors[run];
    const times = this.#times.vector(vector);
    const last = this.#last;
    if (last.vector !== vector || last.minT !== minT || last.maxT !== maxT) {
      last.vector = vector;
      last.minT = minT;
      last.maxT = maxT;
      last.begin = lowerBound(times, minT);
      last.end = upperBound(times, maxT);
    }
    const { begin, end } = last;
    if (begin >= end) return;
    const to = into.n;
    const n = end - begin;
    into.reserve(to + end);
    this.#decodeValues(run, into.v, into.bits, to, end);
    if (begin > 0) into.bits.copyWithin(to * 2, (to + begin) * 2, (to + end) * 2);
    copyTimes(times, begin, end, into.t, to);
    this.#readStarts(run, into, begin, end);
    into.n = to + n;
  }

  #readStarts(run: number, into: SampleBuffer, begin: number, end: number): void {
    const to = into.n;
    if (this.#forms[run] >>> START_SHIFT === START_NONE) {
      if (into.hasStart) into.st.fill(0, to, to + end - begin);
      return;
    }
    if (!into.hasStart) into.st.fill(0, 0, to);
    into.hasStart = true;
    this.#decodeStarts(run, into.st, to, end);
    if (begin > 0) into.st.copyWithin(to, to + begin, to + end);
  }

  /** Appends all samples of a run to `into`, bit-exact. */
  readColumns(run: number, into: SampleColumns): void {
    const times = this.times(run);
    const n = times.length;
    const to = into.n;
    into.reserve(to + n);
    into.t.set(times, to);
    scratch.clear();
    scratch.reserve(n);
    this.#decodeValues(run, scratch.v, scratch.bits, 0, n);
    const words = scratch.bits;
    for (let i = 0; i < n; i++) {
      into.lo[to + i] = words[i * 2];
      into.hi[to + i] = words[i * 2 + 1];
    }
    if (this.#forms[run] >>> START_SHIFT === START_NONE) into.st.fill(0, to, to + n);
    else {
      into.hasStart = true;
      this.#decodeStarts(run, into.st, to, n);
    }
    into.n = to + n;
  }

  /** Decodes the first n values of a run into rows [to, to + n) of one buffer with two views. */
  #decodeValues(run: number, v: Float64Array, words: Uint32Array, to: number, n: number): void {
    if (n === 0) return;
    const forms = this.#forms[run];
    const form = forms & FORM_MASK;
    const at = this.#residualAt[run];
    if (form === CONST_INT) v.fill(scaled(this.#bases[run], this.#scales[run]), to, to + n);
    else if (form === CONST_RAW) {
      const lo = wordAt(this.#payload, this.#second[run]);
      const hi = wordAt(this.#payload, this.#second[run] + 4);
      for (let i = to; i < to + n; i++) {
        words[i * 2] = lo;
        words[i * 2 + 1] = hi;
      }
    } else if (form === XOR) {
      const lo = wordAt(this.#payload, this.#second[run]);
      const hi = wordAt(this.#payload, this.#second[run] + 4);
      decodeXor(this.#payload, at, this.rows(run), lo, hi, words, to, n);
    } else {
      const length = this.#residualLength[run];
      const base = this.#bases[run];
      decodeIntegers(
        form,
        this.#payload,
        at,
        length,
        this.rows(run),
        base,
        this.#refs[this.#second[run]],
        v,
        to,
        n,
      );
      unscale(v, to, n, this.#scales[run]);
    }
    if (forms & PATCHED) this.#patch(run, words, to, n);
  }

  #patch(run: number, words: Uint32Array, to: number, n: number): void {
    if (this.#patchAt === null) return;
    const reader = new ByteReader(this.#payload, this.#place, this.#patchAt[run]);
    readPatches(reader, words, to, n);
  }

  #decodeStarts(run: number, st: Float64Array, to: number, n: number): void {
    if (this.#startAt === null) return;
    const reader = new ByteReader(this.#payload, this.#place, this.#startAt[run]);
    readStarts(reader, this.#forms[run] >>> START_SHIFT, st, to, n);
  }
}

/** Up to this many, a loop is faster than a view and its copy. */
const FEW_ROWS = 128;

/** Copies from[begin, end) to `into` at `to`. */
function copyTimes(
  from: Float64Array,
  begin: number,
  end: number,
  into: Float64Array,
  to: number,
): void {
  if (end - begin > FEW_ROWS) into.set(from.subarray(begin, end), to);
  else for (let i = begin; i < end; i++) into[to + i - begin] = from[i];
}

/** For `readColumns`; a thread decodes one run at a time. */
const scratch = new SampleBuffer();

function scaled(integer: number, scale: number): number {
  if (scale === 0) return integer;
  return scale >= SHIFT ? integer * 2 ** (scale - SHIFT) : integer / POWERS[scale];
}

function fail(place: string, problem: string): never {
  throw new CorruptionError(problem, place, 0);
}

function wordAt(bytes: Uint8Array, at: number): number {
  return (bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24)) >>> 0;
}

function checkScales(scales: Uint8Array, place: string): void {
  for (const scale of scales) if (!isScale(scale)) fail(place, 'unknown scale');
}
