/**
 * Columns of integers and of 64-bit words.
 *
 * Integers (magnitude at most 2^52), for a count that the reader knows: u8 form + 16 × width, u8 factor (0: 1, 1: 10^3, 2: 10^6,
 * 3: 10^9), zigzag base, then `width` planes of one byte per residual, low plane first. Form 0 offsets: v[i] = base + u[i] × factor.
 * Form 1 deltas: v[0] = base, v[i] = v[i-1] + unzigzag(u[i]) × factor, u[0] = 0. Planes leave the entropy coding to zstd. Form 2 runs: as
 * form 0, but in place of the planes varint runs (of equal residuals), then per run varint residual and varint length. Form 3 jumps: as
 * form 1, but with the four lowest planes only; behind them varint jumps (residuals from 2^32 on), then per jump varint values since the
 * one before (the first: since value 0) and varint floor(u[i] / 2^32): times of one stream after the other, which zstd gains nothing on. Form 4: few-integers.ts.
 *
 * Words: u8 form. 0: u32 low, u32 high word of the first value, then the signed differences from it modulo 2^64 as integers. 1: eight
 * planes of the raw bits. 2 (doubles): u8 scale, then the integers m with value = m / 10^scale (never -0 or NaN).
 */
import { type ByteWriter, zigzag } from '../blocks/bytes.ts';
import { MAX_BLOCK_ROWS } from './block-format.ts';
import { writeFew } from './few-integers.ts';

export const OFFSETS = 0;
export const DELTAS = 1;
export const RUNS = 2;
export const JUMPS = 3;
export const FACTORS = [1, 1e3, 1e6, 1e9] as const;
export const WORDS_DIFFERENCES = 0;
export const WORDS_RAW = 1;
export const WORDS_DECIMAL = 2;
/** Of differences with jumps. */
export const LOW_PLANES = 4;
/** Fewer jumps are kept apart. */
const VALUES_PER_JUMP = 64;
/** So many runs take less than zstd would, and are read without it; of no more values than rows, so that few bytes stand for few. */
const MAX_RUNS = 16;
const MIN_RUN_VALUES = 64;
const MAX_RELATIVE = 2 ** 51;
const TWO_31 = 2 ** 31;
const TWO_32 = 2 ** 32;
const MAX_SCALE = 9;
const POWERS = Array.from({ length: MAX_SCALE + 1 }, (_, scale) => 10 ** scale);

/** Bits of a non-negative integer. */
function bitsOf(value: number): number {
  return value < TWO_32 ? 32 - Math.clz32(value) : 64 - Math.clz32(value / TWO_32);
}

/** Arrays that every column is written through: a new one for each would be most of what a flush allocates. */
const scratch = {
  numbers: new Float64Array(1024),
  doubles: new Float64Array(1024),
  steps: new Int32Array(1024),
};

/** Room for `n` numbers, which the next caller writes over. */
export function scratchNumbers(n: number): Float64Array {
  if (scratch.numbers.length < n) scratch.numbers = new Float64Array(2 * n);
  return scratch.numbers;
}

function scratchDoubles(n: number): Float64Array {
  if (scratch.doubles.length < n) scratch.doubles = new Float64Array(2 * n);
  return scratch.doubles;
}

function scratchSteps(n: number): Int32Array {
  if (scratch.steps.length < n) scratch.steps = new Int32Array(2 * n);
  return scratch.steps;
}

/** Appends the first `n` values, integers of magnitude at most 2^51. */
export function writeIntegers(out: ByteWriter, values: Float64Array, n = values.length): void {
  let min = n === 0 ? 0 : values[0];
  let max = min;
  for (let i = 1; i < n; i++) {
    if (values[i] < min) min = values[i];
    else if (values[i] > max) max = values[i];
  }
  const factor = commonFactor(values, n);
  const scale = FACTORS[factor];
  if ((max - min) / scale < TWO_31) {
    const steps = scratchSteps(n);
    if (scale === 1) for (let i = 0; i < n; i++) steps[i] = values[i] - min;
    else for (let i = 0; i < n; i++) steps[i] = (values[i] - min) / scale;
    writeSteps(out, steps, n, min, factor);
    return;
  }
  let offsetBits = 0;
  let deltaBits = 0;
  let largest = 0;
  let jumps = 0;
  for (let i = 1; i < n; i++) {
    offsetBits += bitsOf((values[i] - min) / scale);
    const delta = zigzag((values[i] - values[i - 1]) / scale);
    deltaBits += bitsOf(delta);
    if (delta > largest) largest = delta;
    if (delta >= TWO_32) jumps++;
  }
  const form = deltaBits < offsetBits ? DELTAS : OFFSETS;
  const top = form === DELTAS ? largest : (max - min) / scale;
  const width = Math.ceil(bitsOf(top) / 8);
  if (form === DELTAS && jumps <= n / VALUES_PER_JUMP && jumps > 0 && n <= MAX_BLOCK_ROWS) {
    writeJumps(out, values, n, factor, width);
    return;
  }
  out.u8(form + 16 * width);
  out.u8(factor);
  out.zigzag(form === DELTAS ? values[0] : min);
  out.reserve(width * n);
  const { bytes } = out;
  const at = out.length;
  for (let i = 0; i < n; i++) {
    let rest = 0;
    if (form === OFFSETS) rest = (values[i] - min) / scale;
    else if (i > 0) rest = zigzag((values[i] - values[i - 1]) / scale);
    for (let plane = 0, to = at + i; plane < width; plane++, to += n) {
      bytes[to] = rest < TWO_32 ? rest : rest % 256;
      rest = rest < TWO_32 ? rest >>> 8 : Math.floor(rest / 256);
    }
  }
  out.length += width * n;
}

function writeJumps(
  out: ByteWriter,
  values: Float64Array,
  n: number,
  factor: number,
  width: number,
): void {
  const scale = FACTORS[factor];
  out.u8(JUMPS + 16 * width);
  out.u8(factor);
  out.zigzag(values[0]);
  out.reserve(LOW_PLANES * n);
  const { bytes } = out;
  const at = out.length;
  const jumps: number[] = [];
  for (let i = 0, last = 0; i < n; i++) {
    const delta = i === 0 ? 0 : zigzag((values[i] - values[i - 1]) / scale);
    const high = Math.floor(delta / TWO_32);
    const low = (delta - high * TWO_32) | 0;
    for (let plane = 0, to = at + i; plane < LOW_PLANES; plane++, to += n) {
      bytes[to] = low >>> (8 * plane);
    }
    if (high === 0) continue;
    jumps.push(i - last, high);
    last = i;
  }
  out.length += LOW_PLANES * n;
  out.varint(jumps.length / 2);
  for (const each of jumps) out.varint(each);
}

/** Appends the first `n` values, integers below 2^31. */
export function writeCounts(out: ByteWriter, values: Uint32Array, n: number): void {
  let min = n === 0 ? 0 : values[0];
  for (let i = 1; i < n; i++) if (values[i] < min) min = values[i];
  const steps = scratchSteps(n);
  let factor = FACTORS.length - 1;
  for (let i = 1; i < n && factor > 0; i++) {
    const difference = (values[i] | 0) - (values[0] | 0);
    while (factor > 0 && difference % FACTORS[factor] !== 0) factor--;
  }
  const scale = FACTORS[factor];
  if (factor === 0) for (let i = 0; i < n; i++) steps[i] = values[i] - min;
  else for (let i = 0; i < n; i++) steps[i] = (values[i] - min) / scale;
  writeSteps(out, steps, n, min, factor);
}

/** Appends the values min + steps[i] × factor; no step is below 0. Most columns are narrow: 32-bit integers are far faster than doubles. */
function writeSteps(
  out: ByteWriter,
  steps: Int32Array,
  n: number,
  min: number,
  factor: number,
): void {
  let offsetBits = 0;
  let deltaBits = 0;
  let anyOffset = n === 0 ? 0 : steps[0];
  let anyDelta = 0;
  let runs = 1;
  for (let i = 1, before = anyOffset; i < n; i++) {
    const step = steps[i];
    const delta = zigzagWord(step - before);
    if (delta !== 0) runs++;
    before = step;
    offsetBits += 32 - Math.clz32(step);
    deltaBits += 32 - Math.clz32(delta);
    anyOffset |= step;
    anyDelta |= delta;
  }
  if (runs > 1 && runs <= MAX_RUNS && n >= MIN_RUN_VALUES && n <= MAX_BLOCK_ROWS) {
    out.u8(RUNS + 16 * ((39 - Math.clz32(anyOffset)) >>> 3));
    out.u8(factor);
    out.zigzag(min);
    writeRuns(out, steps, n, runs);
    return;
  }
  const form = deltaBits < offsetBits ? DELTAS : OFFSETS;
  const width = (39 - Math.clz32(form === DELTAS ? anyDelta : anyOffset)) >>> 3;
  out.u8(form + 16 * width);
  out.u8(factor);
  out.zigzag(form === DELTAS ? min + steps[0] * FACTORS[factor] : min);
  if (form === DELTAS) {
    for (let i = n - 1; i > 0; i--) steps[i] = zigzagWord(steps[i] - steps[i - 1]);
    steps[0] = 0;
  }
  out.reserve(width * n);
  const { bytes } = out;
  let at = out.length;
  for (let shift = 0; shift < 8 * width; shift += 8) {
    for (let i = 0; i < n; i++) bytes[at++] = steps[i] >>> shift;
  }
  out.length = at;
}

function writeRuns(out: ByteWriter, steps: Int32Array, n: number, runs: number): void {
  out.varint(runs);
  for (let from = 0; from < n; ) {
    let to = from + 1;
    while (to < n && steps[to] === steps[from]) to++;
    out.varint(steps[from]);
    out.varint(to - from);
    from = to;
  }
}

/** As zigzag, of a difference of two 31-bit numbers; the 32 bits of the result as a signed word. */
function zigzagWord(value: number): number {
  return (value << 1) ^ (value >> 31);
}

/** The largest factor that divides all differences from the first value. */
function commonFactor(values: Float64Array, n: number): number {
  let factor = FACTORS.length - 1;
  for (let i = 1; i < n; i++) {
    const difference = values[i] - values[0];
    while (factor > 0 && !divides(FACTORS[factor], difference)) factor--;
    if (factor === 0) break;
  }
  return factor;
}

/**
 * Whether a factor divides an integer of magnitude at most 2^52, without the slow remainder of doubles: a quotient that is no integer
 * lies 1 / factor from one at least, and rounding moves it by less than half of that.
 */
function divides(factor: number, value: number): boolean {
  const quotient = value / factor;
  return Math.floor(quotient) === quotient;
}

/** 64-bit values as two columns of words. */
export interface Words {
  lo: Uint32Array;
  hi: Uint32Array;
}

/** a - b modulo 2^64 as a signed double; inexact beyond 2^53. */
export function difference(aLo: number, aHi: number, bLo: number, bHi: number): number {
  const lo = aLo - bLo;
  return ((aHi - bHi - (lo < 0 ? 1 : 0)) | 0) * TWO_32 + (lo < 0 ? lo + TWO_32 : lo);
}

/**
 * Appends the first `n` values; `isDouble` tries decimals first, `triesFew` few-integers.ts. Whether they are not worth compressing.
 */
export function writeWords(
  out: ByteWriter,
  words: Words,
  n: number,
  isDouble: boolean,
  triesFew = false,
): boolean {
  if (isDouble) {
    if (!writeDecimals(out, words, n)) writeRaw(out, words, n);
    return false;
  }
  const { lo, hi } = words;
  const relative = scratchNumbers(n);
  for (let i = 0; i < n; i++) {
    relative[i] = difference(lo[i], hi[i], lo[0], hi[0]);
    if (Math.abs(relative[i]) > MAX_RELATIVE) {
      writeRaw(out, words, n);
      return false;
    }
  }
  out.u8(WORDS_DIFFERENCES);
  out.u32(n === 0 ? 0 : lo[0]);
  out.u32(n === 0 ? 0 : hi[0]);
  if (triesFew && writeFew(out, relative, n)) return true;
  writeIntegers(out, relative, n);
  return false;
}

function writeRaw(out: ByteWriter, { lo, hi }: Words, n: number): void {
  out.u8(WORDS_RAW);
  for (const column of [lo, hi]) {
    for (let shift = 0; shift < 32; shift += 8) {
      out.reserve(n);
      for (let i = 0; i < n; i++) out.bytes[out.length + i] = column[i] >>> shift;
      out.length += n;
    }
  }
}

function writeDecimals(out: ByteWriter, { lo, hi }: Words, n: number): boolean {
  const values = scratchDoubles(n);
  const bits = new Uint32Array(values.buffer);
  for (let i = 0; i < n; i++) {
    bits[2 * i] = lo[i];
    bits[2 * i + 1] = hi[i];
  }
  let scale = 0;
  for (let i = 0; i < n; i++) {
    const value = values[i];
    if (!(Math.abs(value) < MAX_RELATIVE) || Object.is(value, -0)) return false;
    while (scale <= MAX_SCALE && !isDecimal(value, POWERS[scale])) scale++;
    if (scale > MAX_SCALE) return false;
  }
  const power = POWERS[scale];
  const scaled = scratchNumbers(n);
  for (let i = 0; i < n; i++) {
    // A value that was decimal under a smaller scale need not be under this one.
    if (!isDecimal(values[i], power)) return false;
    scaled[i] = Math.round(values[i] * power);
  }
  out.u8(WORDS_DECIMAL);
  out.u8(scale);
  writeIntegers(out, scaled, n);
  return true;
}

function isDecimal(value: number, power: number): boolean {
  const scaled = Math.round(value * power);
  return Math.abs(scaled) <= MAX_RELATIVE && !Object.is(scaled, -0) && scaled / power === value;
}
