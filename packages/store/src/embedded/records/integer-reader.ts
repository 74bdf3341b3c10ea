/**
 * Reads columns of integers and of 64-bit words (layout: integers.ts).
 *
 * Model: planes are joined in a buffer that all reads of the thread share; what is handed out is the caller's own, but for the high
 * words of columns that have none: those share one array of zeros, so nobody may write to what was read.
 */
import { type ByteReader, unzigzag } from '../blocks/bytes.ts';
import { MAX_BLOCK_ROWS } from './block-format.ts';
import { FEW, readFew } from './few-integers.ts';
import {
  DELTAS,
  FACTORS,
  JUMPS,
  LOW_PLANES,
  OFFSETS,
  RUNS,
  WORDS_DECIMAL,
  WORDS_DIFFERENCES,
  WORDS_RAW,
  type Words,
} from './integers.ts';

const TWO_32 = 2 ** 32;
const MAX_WIDTH = 7;

const shared = new Float64Array(MAX_BLOCK_ROWS);
const zeros = new Uint32Array(MAX_BLOCK_ROWS);

/** Room for `n` values, until the next read. */
function room(n: number): Float64Array {
  return n <= MAX_BLOCK_ROWS ? shared.subarray(0, n) : new Float64Array(n);
}

interface Head {
  form: number;
  width: number;
  factor: number;
  base: number;
  planes: Uint8Array;
  /** Of differences with jumps the planes from LOW_PLANES on. */
  top?: Uint8Array;
}

function readHead(reader: ByteReader, n: number): Head {
  const head = reader.u8();
  const form = head & 15;
  const width = head >>> 4;
  if (form > FEW || width > MAX_WIDTH) reader.fail('unknown form of integers');
  const factor = FACTORS[reader.u8()] ?? reader.fail('unknown factor of integers');
  const base = reader.zigzag();
  if (form === FEW)
    return { form: OFFSETS, width, factor, base, planes: readFew(reader, width, n) };
  if (form === JUMPS) {
    if (n > MAX_BLOCK_ROWS || width < LOW_PLANES) reader.fail('unknown form of integers');
    const planes = reader.take(LOW_PLANES * n);
    return { form: DELTAS, width, factor, base, planes, top: readJumps(reader, width, n) };
  }
  if (form === RUNS)
    return { form: OFFSETS, width, factor, base, planes: readRuns(reader, width, n) };
  return { form, width, factor, base, planes: reader.take(width * n) };
}

/** The highest planes of differences of which few are long. */
function readJumps(reader: ByteReader, width: number, n: number): Uint8Array {
  const planes = new Uint8Array((width - LOW_PLANES) * n);
  for (let jumps = reader.bounded(n, 'jumps'), at = 0; jumps > 0; jumps--) {
    at += reader.bounded(n - 1 - at, 'place of a jump');
    let high = reader.varint();
    for (let start = 0; start < planes.length; start += n) {
      planes[start + at] = high % 256;
      high = Math.floor(high / 256);
    }
  }
  return planes;
}

/** The planes that runs stand for. */
function readRuns(reader: ByteReader, width: number, n: number): Uint8Array {
  if (n > MAX_BLOCK_ROWS) reader.fail('runs of too many integers');
  const planes = new Uint8Array(width * n);
  let at = 0;
  for (let runs = reader.bounded(n, 'runs'); runs > 0; runs--) {
    let residual = reader.varint();
    const end = at + reader.bounded(n - at, 'length of a run');
    for (let plane = 0; plane < width; plane++) {
      planes.fill(residual % 256, plane * n + at, plane * n + end);
      residual = Math.floor(residual / 256);
    }
    at = end;
  }
  if (at !== n) reader.fail('runs of another length');
  return planes;
}

/** Reads `n` integers. Throws CorruptionError. */
export function readIntegers(reader: ByteReader, n: number): Float64Array {
  const head = readHead(reader, n);
  const values = new Float64Array(n);
  readInto(head, values);
  return values;
}

/** A column of which single values may be read in their place. */
export class IntegerColumn {
  readonly #head: Head;
  readonly #n: number;

  constructor(reader: ByteReader, n: number) {
    this.#head = readHead(reader, n);
    this.#n = n;
  }

  /** Whether all values are 0. */
  get isZero(): boolean {
    const { form, width, base } = this.#head;
    return form === OFFSETS && width === 0 && base === 0;
  }

  /** Whether all values are this one. */
  isAlways(value: number): boolean {
    const { form, width, base } = this.#head;
    return form === OFFSETS && width === 0 && base === value;
  }

  /** Whether `at` works: values do not build on each other. */
  get isDirect(): boolean {
    return this.#head.form === OFFSETS;
  }

  at(i: number): number {
    const { width, factor, base, planes } = this.#head;
    let residual = 0;
    for (let plane = width - 1; plane >= 0; plane--) {
      residual = residual * 256 + planes[plane * this.#n + i];
    }
    return base + residual * factor;
  }

  /** The index of a value, or -1. */
  find(value: number): number {
    const { width, factor, base, planes } = this.#head;
    if (!this.isDirect) return this.shared().indexOf(value);
    const residual = (value - base) / factor;
    if (!Number.isInteger(residual) || residual < 0 || residual >= 256 ** width) return -1;
    const n = this.#n;
    if (width === 0) return n > 0 ? 0 : -1;
    // The lowest byte differs most between values.
    const low = planes.subarray(0, n);
    for (let at = low.indexOf(residual % 256); at >= 0; at = low.indexOf(residual % 256, at + 1)) {
      if (this.at(at) === value) return at;
    }
    return -1;
  }

  /** All of them; only valid until the next read of the thread. */
  shared(): Float64Array {
    const values = room(this.#n);
    readInto(this.#head, values);
    return values;
  }
}

/**
 * Reads `n` lengths; where each string begins that has one of them and `more`, and where the last one ends. Throws CorruptionError,
 * also when there is a negative length or the end is above `most`.
 */
export function readOffsets(
  reader: ByteReader,
  n: number,
  more: number,
  most: number,
): Uint32Array {
  const head = readHead(reader, n);
  const { form, width, factor, base, planes } = head;
  const offsets = new Uint32Array(n + 1);
  const least = base + more;
  if (form === OFFSETS && width <= 1 && factor === 1 && base >= 0 && (least + 255) * n <= most) {
    let end = 0;
    for (let i = 0; i < n; i++) {
      end += width === 0 ? least : least + planes[i];
      offsets[i + 1] = end;
    }
    return offsets;
  }
  const lengths = room(n);
  readInto(head, lengths);
  let end = 0;
  for (let i = 0; i < n; i++) {
    const length = lengths[i];
    if (length < 0) reader.fail('negative length');
    end += length + more;
    if (end > most) reader.fail('strings too long');
    offsets[i + 1] = end;
  }
  return offsets;
}

function readInto(head: Head, values: Float64Array): void {
  const { form, width, factor, base } = head;
  const n = values.length;
  joinPlanes(wholePlanes(head), width, values);
  if (form === OFFSETS) {
    if (base === 0 && factor === 1) return;
    for (let i = 0; i < n; i++) values[i] = base + values[i] * factor;
    return;
  }
  let value = base;
  for (let i = 0; i < n; i++) {
    value += unzigzag(values[i]) * factor;
    values[i] = value;
  }
}

function wholePlanes({ planes, top }: Head): Uint8Array {
  if (top === undefined) return planes;
  const whole = new Uint8Array(planes.length + top.length);
  whole.set(planes);
  whole.set(top, planes.length);
  return whole;
}

/** Sets value i to the number whose bytes, low first, are planes[i], planes[n + i]... Columns of each width go in one pass or two. */
function joinPlanes(planes: Uint8Array, width: number, values: Float64Array): void {
  const n = values.length;
  const second = n;
  const third = 2 * n;
  const fourth = 3 * n;
  if (width === 0) values.fill(0);
  else if (width === 1) for (let i = 0; i < n; i++) values[i] = planes[i];
  else if (width === 2) {
    for (let i = 0; i < n; i++) values[i] = planes[i] | (planes[second + i] << 8);
  } else if (width === 3) {
    for (let i = 0; i < n; i++) {
      values[i] = planes[i] | (planes[second + i] << 8) | (planes[third + i] << 16);
    }
  } else {
    for (let i = 0; i < n; i++) {
      const low = planes[i] | (planes[second + i] << 8) | (planes[third + i] << 16);
      values[i] = (low | (planes[fourth + i] << 24)) >>> 0;
    }
  }
  let power = TWO_32;
  for (let plane = 4, at = 4 * n; plane < width; plane++, power *= 256) {
    for (let i = 0; i < n; i++, at++) values[i] += planes[at] * power;
  }
}

/** Reads `n` 64-bit values, for reading only; into `room`, if there is one that is large enough. Throws CorruptionError. */
export function readWords(reader: ByteReader, n: number, room?: Words): Words {
  const form = reader.u8();
  if (form === WORDS_DIFFERENCES) return readDifferences(reader, n, room);
  const words = { lo: new Uint32Array(n), hi: new Uint32Array(n) };
  if (form === WORDS_RAW) readRaw(reader.take(8 * n), words);
  else if (form === WORDS_DECIMAL) readDecimals(reader, words);
  else reader.fail('unknown form of words');
  return words;
}

function readDifferences(reader: ByteReader, n: number, given?: Words): Words {
  const firstLo = reader.u32();
  const firstHi = reader.u32();
  const head = readHead(reader, n);
  const isGiven = given !== undefined && given.lo.length >= n && given.hi.length >= n;
  const lo = isGiven ? given.lo.subarray(0, n) : new Uint32Array(n);
  if (firstHi === 0 && n <= MAX_BLOCK_ROWS && readSmall(head, firstLo, lo)) {
    return { lo, hi: zeros.subarray(0, n) };
  }
  const hi = isGiven ? given.hi.subarray(0, n) : new Uint32Array(n);
  if (head.form === DELTAS && n <= MAX_BLOCK_ROWS) {
    if (head.factor === 1) addDeltas(head, firstLo, firstHi, lo, hi);
    else addScaled(head, firstLo, firstHi, lo, hi);
    return { lo, hi };
  }
  const relative = room(n);
  readInto(head, relative);
  for (let i = 0; i < n; i++) {
    const sum = firstLo + relative[i];
    lo[i] = sum;
    hi[i] = firstHi + Math.floor(sum / TWO_32);
  }
  return { lo, hi };
}

/** Columns of one plane, as streams and severities are; false when a value is not below 2^32. */
function readSmall(head: Head, first: number, lo: Uint32Array): boolean {
  const { form, width, factor, base, planes } = head;
  if (width > 1) return false;
  const n = lo.length;
  const start = first + base;
  if (width === 0 || n === 0) {
    lo.fill(start);
    return start >= 0 && start < TWO_32;
  }
  if (form === OFFSETS && factor === 1 && start >= 0 && start < 2 ** 30) {
    for (let i = 0; i < n; i++) lo[i] = start + planes[i];
    return true;
  }
  let least = start;
  let greatest = start;
  let value = start;
  for (let i = 0; i < n; i++) {
    const residual = planes[i];
    if (form === OFFSETS) value = start + residual * factor;
    else if (residual !== 0) value += ((residual >>> 1) ^ -(residual & 1)) * factor;
    if (value < least) least = value;
    if (value > greatest) greatest = value;
    lo[i] = value;
  }
  return least >= 0 && greatest < TWO_32;
}

const SIGN = 1 << 31;
const PLANES = [0, 1, 2, 3, 4, 5, 6] as const;
const noPlane = new Uint8Array(MAX_BLOCK_ROWS);

/** Plane `k` of `n` differences, of zeros above their width. */
function planeOf({ width, planes, top }: Head, k: number, n: number): Uint8Array {
  if (k >= width) return noPlane;
  if (top === undefined || k < LOW_PLANES) return planes.subarray(k * n, (k + 1) * n);
  return top.subarray((k - LOW_PLANES) * n, (k - LOW_PLANES + 1) * n);
}

/** Adds up differences from value to value: all but a few are below 2^31, as those of times are, and go without doubles. */
function addDeltas(
  head: Head,
  firstLo: number,
  firstHi: number,
  lo: Uint32Array,
  hi: Uint32Array,
): void {
  const n = lo.length;
  const [p0, p1, p2, p3, p4, p5, p6] = PLANES.map((k) => planeOf(head, k, n));
  const sum = firstLo + head.base;
  // Signed words all through: numbers from 2^31 would be doubles, and an object each until the loop is compiled.
  let low = sum | 0;
  let high = (firstHi + Math.floor(sum / TWO_32)) | 0;
  for (let i = 0; i < n; i++) {
    const residual = p0[i] | (p1[i] << 8) | (p2[i] << 16) | (p3[i] << 24);
    const top = p4[i] | (p5[i] << 8) | (p6[i] << 16);
    if (top === 0) {
      const step = (residual >>> 1) ^ -(residual & 1);
      const next = (low + step) | 0;
      // A carry when the sum of the words, taken as unsigned, is below one of them.
      const carry = (next ^ SIGN) < (low ^ SIGN) ? 1 : 0;
      high = (high + (step >> 31) + carry) | 0;
      low = next;
    } else {
      const next = (low >>> 0) + unzigzag((residual >>> 0) + top * TWO_32);
      high = (high + Math.floor(next / TWO_32)) | 0;
      low = next | 0;
    }
    lo[i] = low;
    hi[i] = high;
  }
}

/** As `addDeltas`, of differences in micro- or milliseconds. */
function addScaled(
  head: Head,
  firstLo: number,
  firstHi: number,
  lo: Uint32Array,
  hi: Uint32Array,
): void {
  const { factor } = head;
  const [p0, p1, p2, p3, p4, p5, p6] = PLANES.map((k) => planeOf(head, k, lo.length));
  let sum = firstLo + head.base;
  for (let i = 0; i < lo.length; i++) {
    const residual = p0[i] | (p1[i] << 8) | (p2[i] << 16) | (p3[i] << 24);
    const top = p4[i] | (p5[i] << 8) | (p6[i] << 16);
    const step =
      top === 0 ? (residual >>> 1) ^ -(residual & 1) : unzigzag((residual >>> 0) + top * TWO_32);
    sum += step * factor;
    const high = Math.floor(sum / TWO_32);
    lo[i] = sum - high * TWO_32;
    hi[i] = firstHi + high;
  }
}

function readRaw(planes: Uint8Array, { lo, hi }: Words): void {
  const n = lo.length;
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < 4; k++) {
      lo[i] |= planes[k * n + i] << (8 * k);
      hi[i] |= planes[(k + 4) * n + i] << (8 * k);
    }
  }
}

function readDecimals(reader: ByteReader, { lo, hi }: Words): void {
  const n = lo.length;
  const power = 10 ** reader.u8();
  const values = readIntegers(reader, n);
  for (let i = 0; i < n; i++) values[i] /= power;
  const bits = new Uint32Array(values.buffer);
  for (let i = 0; i < n; i++) {
    lo[i] = bits[2 * i];
    hi[i] = bits[2 * i + 1];
  }
}
