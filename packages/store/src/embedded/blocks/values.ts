/**
 * The values of one run of a sample block, bit-exact for every double.
 *
 * Model: the encoder looks at the whole run and takes the form that costs the fewest bits:
 *
 *     CONST_INT  all equal and integral after scaling      base
 *     CONST_RAW  all equal, any bits                       8 raw bytes
 *     DELTA      m[i] = m[i-1] + r[i]                      base, residuals
 *     LINEAR     m[i] = m[i-1] + ref + r[i]                base, ref, residuals: counters of a steady rate
 *     CHANGES    m[i] = m[i-1] + d[i], d[i] = d[i-1] + r   base, d[1], residuals from the third value on
 *     XOR        bits of a value xor those before it       8 raw bytes, control bytes, data bytes
 *
 * m are scaled integers: scale 1..MAX_POWER means value = m / 10^scale, SHIFT + s means value = m * 2^s, 0 means value = m.
 * Dividing an integer of at most 2^50 by a power of ten up to 10^22 is correctly rounded, so that a double that was read from
 * a short decimal comes back bit for bit; every value is checked. Residuals are zigzag varints; no residuals at all (length 0)
 * means that all are 0. -0 is never scaled. Few NaNs (stale markers) in a run of integers are patches: their integer repeats
 * the one before and their bits are kept aside.
 *
 * XOR: one control byte a value from the second on, 0 = same bits, else trailing zero bytes * 16 + length; then the
 * bytes between leading and trailing zero bytes of all values, low byte first.
 *
 * Invariants: |m| <= 2^50, so deltas are at most 2^51 and changes of deltas 2^52: all exact in a double. Values move as pairs of words;
 * only values that are known not to be NaN are read as numbers.
 */
import { ByteWriter, MAX_VARINT_BYTES, putVarint } from './bytes.ts';

export const CONST_INT = 0;
export const CONST_RAW = 1;
export const DELTA = 2;
export const LINEAR = 3;
export const CHANGES = 4;
export const XOR = 5;
type ValueForm = 0 | 1 | 2 | 3 | 4 | 5;

/** The form's bits in a byte of form and flags, and the flag that says that patches follow. */
export const FORM_MASK = 7;
export const PATCHED = 8;

const MAX_POWER = 12;
export const SHIFT = 32;
const MAX_SHIFT = 31;
const MAX_INTEGER = 2 ** 50;
/** Adding and subtracting 1.5 * 2^52 rounds to the nearest integer any double of magnitude up to 2^51. */
const ROUND = 6755399441055744;
export const POWERS = Float64Array.from({ length: MAX_POWER + 1 }, (_, i) => 10 ** i);
/** Above this mean of bits per residual the xor form is looked at too. */
const XOR_WORTH_BITS = 26;

/** Whether a form has residuals (or, for XOR, control and data bytes). */
export function hasResiduals(form: number): boolean {
  return form !== CONST_INT && form !== CONST_RAW;
}

/** Whether a stored scale is one of those above. */
export function isScale(scale: number): boolean {
  return scale <= MAX_POWER || (scale >= SHIFT && scale <= SHIFT + MAX_SHIFT);
}

export class ValueChooser {
  form: ValueForm = CONST_INT;
  scale = 0;
  base = 0;
  /** `ref` of LINEAR, the first delta of CHANGES. */
  ref = 0;
  /** Positions of patched NaNs. */
  readonly patches: number[] = [];
  /** Working memory for callers that need the residuals' length before the residuals. */
  readonly residuals = new ByteWriter(256);
  n = 0;
  /** Words of the run's values: low at 2i, high at 2i + 1. */
  words = new Uint32Array(512);
  #values = new Float64Array(this.words.buffer);
  #ints = new Float64Array(256);
  /** Whether every residual is 0. */
  #flat = false;
  #power = 0;

  /** Chooses the form of the run whose value words are lo and hi from `from` on. n >= 1. */
  choose(lo: Uint32Array, hi: Uint32Array, from: number, n: number): void {
    this.#load(lo, hi, from, n);
    this.#dropPatches();
    this.scale = 0;
    this.base = 0;
    this.ref = 0;
    this.#flat = false;
    const constant = this.#isConstant();
    if (!this.#toIntegers(constant ? 1 : n)) {
      this.form = constant ? CONST_RAW : XOR;
      return;
    }
    this.#shiftOut(constant ? 1 : n);
    this.base = this.#ints[0];
    if (constant) this.form = CONST_INT;
    else this.#chooseIntegers();
  }

  /** To set the length is a call into V8, even of an array that is empty, as it nearly always is. */
  #dropPatches(): void {
    if (this.patches.length > 0) this.patches.length = 0;
  }

  #load(lo: Uint32Array, hi: Uint32Array, from: number, n: number): void {
    this.n = n;
    if (n * 2 > this.words.length) {
      this.words = new Uint32Array(n * 4);
      this.#values = new Float64Array(this.words.buffer);
      this.#ints = new Float64Array(n * 2);
    }
    const words = this.words;
    for (let i = 0; i < n; i++) {
      words[i * 2] = lo[from + i];
      words[i * 2 + 1] = hi[from + i];
    }
  }

  #isConstant(): boolean {
    const words = this.words;
    const lo = words[0];
    const hi = words[1];
    const end = this.n * 2;
    for (let i = 2; i < end; i += 2) if (words[i] !== lo || words[i + 1] !== hi) return false;
    return true;
  }

  /** Fills `#ints` of the first n values under the smallest power of ten that makes all exact; false when there is none. */
  #toIntegers(n: number): boolean {
    const values = this.#values;
    const words = this.words;
    const ints = this.#ints;
    const maxPatches = n >> 3 || (n > 2 ? 1 : 0);
    let power = 0;
    for (;;) {
      const scale = POWERS[power];
      let i = 0;
      for (; i < n; i++) {
        const x = values[i];
        const m = x * scale + ROUND - ROUND;
        if (
          m / scale !== x ||
          m > MAX_INTEGER ||
          m < -MAX_INTEGER ||
          (m === 0 && words[i * 2 + 1] !== 0)
        ) {
          if (!isNaNWords(words, i) || this.patches.length >= maxPatches) break;
          this.patches.push(i);
          ints[i] = i === 0 ? 0 : ints[i - 1];
        } else ints[i] = m;
      }
      if (i === n) break;
      power = powerOf(values[i], words, i, power + 1);
      if (power > MAX_POWER) {
        this.#dropPatches();
        return false;
      }
      this.#dropPatches();
    }
    this.#power = power;
    this.scale = power;
    return true;
  }

  /** Divides out a common power of two of integers: memory sizes are multiples of 1024 or 4096. */
  #shiftOut(n: number): void {
    if (this.#power !== 0) return;
    const ints = this.#ints;
    let or = 0;
    for (let i = 0; i < n; i++) or |= ints[i];
    if (or === 0 || (or & 1) !== 0) return;
    const shift = 31 - Math.clz32(or & -or);
    const divisor = 2 ** shift;
    for (let i = 0; i < n; i++) ints[i] /= divisor;
    this.scale = SHIFT + shift;
  }

  #chooseIntegers(): void {
    const ints = this.#ints;
    const n = this.n;
    const ref = n > 2 ? Math.round((ints[n - 1] - ints[0]) / (n - 1)) : 0;
    let delta = 0;
    let linear = 0;
    let changes = 0;
    let before = ints[1] - ints[0];
    delta = bitCost(before);
    linear = bitCost(before - ref);
    for (let i = 2; i < n; i++) {
      const d = ints[i] - ints[i - 1];
      delta += bitCost(d);
      linear += bitCost(d - ref);
      changes += bitCost(d - before);
      before = d;
    }
    const best = Math.min(delta, linear + REF_BITS, changes + REF_BITS);
    if (best > XOR_WORTH_BITS * n && this.#xorBits() < best) {
      this.form = XOR;
      this.scale = 0;
      this.#dropPatches();
      return;
    }
    if (best === delta) this.form = DELTA;
    else {
      this.form = best === linear + REF_BITS ? LINEAR : CHANGES;
      this.ref = this.form === LINEAR ? ref : ints[1] - ints[0];
    }
    const bits = this.form === CHANGES ? changes : this.form === LINEAR ? linear : delta;
    this.#flat = bits === 0;
  }

  #xorBits(): number {
    const words = this.words;
    let bytes = 8;
    for (let i = 1; i < this.n; i++) {
      const lo = words[i * 2] ^ words[i * 2 - 2];
      const hi = words[i * 2 + 1] ^ words[i * 2 - 1];
      bytes += 1 + 8 - trailingZeroBytes(lo, hi) - leadingZeroBytes(lo, hi);
    }
    return bytes * 8;
  }

  /** Appends the residuals of the chosen form. Constants have none. */
  writeResiduals(out: ByteWriter): void {
    if (this.form === XOR) this.#writeXor(out);
    if (this.#flat || this.form < DELTA || this.form > CHANGES) return;
    const ints = this.#ints;
    const n = this.n;
    out.reserve(n * MAX_VARINT_BYTES);
    const bytes = out.bytes;
    let at = out.length;
    let ref = this.ref;
    const follow = this.form === CHANGES;
    for (let i = follow ? 2 : 1; i < n; i++) {
      const d = ints[i] - ints[i - 1];
      const r = d - ref;
      if (follow) ref = d;
      const z = r >= 0 ? r * 2 : r * -2 - 1;
      if (z < 0x80) bytes[at++] = z;
      else if (z < 0x4000) {
        bytes[at++] = (z & 0x7f) | 0x80;
        bytes[at++] = z >>> 7;
      } else at = putVarint(bytes, at, z);
    }
    out.length = at;
  }

  #writeXor(out: ByteWriter): void {
    const words = this.words;
    const n = this.n;
    out.reserve(n * 9);
    const bytes = out.bytes;
    let control = out.length;
    let at = control + n - 1;
    for (let i = 1; i < n; i++) {
      let lo = words[i * 2] ^ words[i * 2 - 2];
      let hi = words[i * 2 + 1] ^ words[i * 2 - 1];
      if ((lo | hi) === 0) {
        bytes[control++] = 0;
        continue;
      }
      const trailing = trailingZeroBytes(lo, hi);
      const length = 8 - trailing - leadingZeroBytes(lo, hi);
      bytes[control++] = trailing * 16 + length;
      for (let skip = trailing; skip > 0; skip--) {
        lo = (lo >>> 8) | (hi << 24);
        hi >>>= 8;
      }
      for (let k = 0; k < length; k++) {
        bytes[at++] = lo & 0xff;
        lo = (lo >>> 8) | (hi << 24);
        hi >>>= 8;
      }
    }
    out.length = at;
  }
}

/** What a reference costs beside the residuals, in bits. */
const REF_BITS = 16;

function isNaNWords(words: Uint32Array, i: number): boolean {
  const hi = words[i * 2 + 1] & 0x7fffffff;
  return hi > 0x7ff00000 || (hi === 0x7ff00000 && words[i * 2] !== 0);
}

/** The smallest power of ten from `from` on under which value i is an exact integer; MAX_POWER + 1 when there is none. */
function powerOf(x: number, words: Uint32Array, i: number, from: number): number {
  if (isNaNWords(words, i) || (x === 0 && words[i * 2 + 1] !== 0)) return MAX_POWER + 1;
  for (let power = from; power <= MAX_POWER; power++) {
    const m = x * POWERS[power] + ROUND - ROUND;
    if (m > MAX_INTEGER || m < -MAX_INTEGER) break;
    if (m / POWERS[power] === x) return power;
  }
  return MAX_POWER + 1;
}

/** Bits of the zigzag form of an integer. */
function bitCost(r: number): number {
  const z = r >= 0 ? r * 2 : r * -2 - 1;
  return z < 0x80000000 ? 32 - Math.clz32(z) : 64 - Math.clz32(z / 0x100000000);
}

function trailingZeroBytes(lo: number, hi: number): number {
  if (lo !== 0) return (31 - Math.clz32(lo & -lo)) >>> 3;
  return hi === 0 ? 8 : 4 + ((31 - Math.clz32(hi & -hi)) >>> 3);
}

function leadingZeroBytes(lo: number, hi: number): number {
  if (hi !== 0) return Math.clz32(hi) >>> 3;
  return lo === 0 ? 0 : 4 + (Math.clz32(lo) >>> 3);
}
