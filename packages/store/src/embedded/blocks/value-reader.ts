/**
 * Decoding the values of a run; the forms are described in values.ts.
 *
 * Invariants: loops are bounded by the row count, so that damage that passed the checksum yields wrong values or a CorruptionError
 * but never a hang; nothing is written behind `out[to + n)`.
 */
import { CHANGES, POWERS, SHIFT } from './values.ts';

/** Decodes the first n of `total` integers of the form DELTA, LINEAR (`ref`) or CHANGES (`ref` = first delta) into `out` from `to` on. */
export function decodeIntegers(
  form: number,
  bytes: Uint8Array,
  from: number,
  length: number,
  total: number,
  base: number,
  ref: number,
  out: Float64Array,
  to: number,
  n: number,
): void {
  if (form !== CHANGES) {
    if (length === 0) decodeSteady(base, ref, out, to, n);
    else if (length === total - 1) decodeLinearBytes(bytes, from, base, ref, out, to, n);
    else decodeLinear(bytes, from, base, ref, out, to, n);
  } else if (length === 0) decodeSteady(base, ref, out, to, n);
  else decodeChanges(bytes, from, base, ref, out, to, n);
}

function decodeSteady(base: number, ref: number, out: Float64Array, to: number, n: number): void {
  for (let i = 0; i < n; i++) out[to + i] = base + i * ref;
}

/** All residuals are one byte long. */
function decodeLinearBytes(
  bytes: Uint8Array,
  from: number,
  base: number,
  ref: number,
  out: Float64Array,
  to: number,
  n: number,
): void {
  let m = base;
  let at = from;
  out[to] = m;
  for (let i = to + 1; i < to + n; i++) {
    const z = bytes[at++];
    m += ref + ((z >>> 1) ^ -(z & 1));
    out[i] = m;
  }
}

function decodeLinear(
  bytes: Uint8Array,
  from: number,
  base: number,
  ref: number,
  out: Float64Array,
  to: number,
  n: number,
): void {
  let m = base;
  let at = from;
  out[to] = m;
  for (let i = to + 1; i < to + n; i++) {
    let z = bytes[at++];
    if (z >= 0x80) {
      z = (z & 0x7f) | (bytes[at++] << 7);
      if (z >= 0x4000) {
        z = (z & 0x3fff) | (bytes[at++] << 14);
        if (z >= 0x200000) {
          m += ref + longResidual(bytes, at - 3);
          at = behindVarint(bytes, at);
          out[i] = m;
          continue;
        }
      }
    }
    m += ref + ((z >>> 1) ^ -(z & 1));
    out[i] = m;
  }
}

function decodeChanges(
  bytes: Uint8Array,
  from: number,
  base: number,
  first: number,
  out: Float64Array,
  to: number,
  n: number,
): void {
  let m = base;
  let d = first;
  let at = from;
  out[to] = m;
  if (n < 2) return;
  m += d;
  out[to + 1] = m;
  for (let i = to + 2; i < to + n; i++) {
    let z = bytes[at++];
    if (z >= 0x80) {
      z = (z & 0x7f) | (bytes[at++] << 7);
      if (z >= 0x4000) {
        d += longResidual(bytes, at - 2);
        at = behindVarint(bytes, at);
        m += d;
        out[i] = m;
        continue;
      }
    }
    d += (z >>> 1) ^ -(z & 1);
    m += d;
    out[i] = m;
  }
}

/** The zigzag varint that begins at `from`. */
function longResidual(bytes: Uint8Array, from: number): number {
  let z = 0;
  let scale = 1;
  for (let k = 0; k < 8; k++) {
    const byte = bytes[from + k];
    z += (byte & 0x7f) * scale;
    if (!(byte >= 0x80)) break;
    scale *= 128;
  }
  return z % 2 === 0 ? z / 2 : (z + 1) / -2;
}

/** Offset behind the varint in whose middle `at` lies. */
function behindVarint(bytes: Uint8Array, at: number): number {
  let end = at - 1;
  while (bytes[end] >= 0x80) end++;
  return end + 1;
}

/** Turns scaled integers into the values they stand for, in place. */
export function unscale(out: Float64Array, to: number, n: number, scale: number): void {
  if (scale === 0) return;
  if (scale >= SHIFT) {
    const factor = 2 ** (scale - SHIFT);
    for (let i = to; i < to + n; i++) out[i] *= factor;
    return;
  }
  const divisor = POWERS[scale];
  for (let i = to; i < to + n; i++) out[i] /= divisor;
}

/** Decodes the first n of `total` values of the form XOR into words (low at 2i) from row `to` on. */
export function decodeXor(
  bytes: Uint8Array,
  from: number,
  total: number,
  firstLo: number,
  firstHi: number,
  out: Uint32Array,
  to: number,
  n: number,
): void {
  let lo = firstLo;
  let hi = firstHi;
  let at = from + total - 1;
  out[to * 2] = lo;
  out[to * 2 + 1] = hi;
  for (let i = 1; i < n; i++) {
    const control = bytes[from + i - 1];
    let shift = (control >>> 4) * 8;
    for (let k = control & 15; k > 0 && shift < 64; k--) {
      const byte = bytes[at++];
      if (shift < 32) lo ^= byte << shift;
      else hi ^= byte << (shift - 32);
      shift += 8;
    }
    out[(to + i) * 2] = lo;
    out[(to + i) * 2 + 1] = hi;
  }
}
