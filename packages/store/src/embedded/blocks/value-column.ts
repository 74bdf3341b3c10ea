/**
 * One column of doubles that stands by itself: a value run (values.ts) with its header in front.
 *
 * Layout: u8 form | 8 when patched, u8 scale, then by form: CONST_RAW and XOR 8 raw bytes, all others zigzag base, LINEAR and CHANGES
 * also zigzag ref; when the form has residuals varint length and the residuals; when patched varint count, then per patch
 * varint rows since the patch before (the first: row), u32 low, u32 high.
 */
import type { ByteReader, ByteWriter } from './bytes.ts';
import { decodeIntegers, decodeXor, unscale } from './value-reader.ts';
import {
  CHANGES,
  CONST_INT,
  CONST_RAW,
  FORM_MASK,
  hasResiduals,
  isScale,
  LINEAR,
  PATCHED,
  type ValueChooser,
  XOR,
} from './values.ts';

/** Appends the n >= 1 values whose words are lo and hi. `chooser` is working memory. */
export function writeColumn(
  out: ByteWriter,
  chooser: ValueChooser,
  lo: Uint32Array,
  hi: Uint32Array,
  n: number,
): void {
  chooser.choose(lo, hi, 0, n);
  const { form, patches } = chooser;
  out.u8(form | (patches.length > 0 ? PATCHED : 0));
  out.u8(chooser.scale);
  if (form === CONST_RAW || form === XOR) {
    out.u32(chooser.words[0]);
    out.u32(chooser.words[1]);
  } else out.zigzag(chooser.base);
  if (form === LINEAR || form === CHANGES) out.zigzag(chooser.ref);
  if (hasResiduals(form)) {
    const residuals = chooser.residuals;
    residuals.clear();
    chooser.writeResiduals(residuals);
    out.varint(residuals.length);
    out.append(residuals.bytes, 0, residuals.length);
  }
  if (patches.length > 0) writePatches(out, chooser);
}

/** Appends the patches of the chooser's run. */
export function writePatches(out: ByteWriter, chooser: ValueChooser): void {
  out.varint(chooser.patches.length);
  let before = 0;
  for (const row of chooser.patches) {
    out.varint(row - before);
    out.u32(chooser.words[row * 2]);
    out.u32(chooser.words[row * 2 + 1]);
    before = row;
  }
}

/** Reads a column of n rows into two views of one buffer, from row 0 on. Throws CorruptionError. */
export function readColumn(
  reader: ByteReader,
  n: number,
  v: Float64Array,
  words: Uint32Array,
): void {
  const head = reader.u8();
  const form = head & FORM_MASK;
  const scale = reader.u8();
  if (form > XOR || !isScale(scale)) reader.fail('unknown form of a column');
  const raw = form === CONST_RAW || form === XOR;
  const lo = raw ? reader.u32() : 0;
  const hi = raw ? reader.u32() : 0;
  const base = raw ? 0 : reader.zigzag();
  const ref = form === LINEAR || form === CHANGES ? reader.zigzag() : 0;
  const length = hasResiduals(form) ? reader.varint() : 0;
  const at = reader.at;
  const least = form === CHANGES ? n - 2 : n - 1;
  if (hasResiduals(form) && length < least && (length > 0 || form === XOR)) {
    reader.fail('fewer residuals than rows');
  }
  reader.skip(length);
  if (raw && form === CONST_RAW) {
    for (let i = 0; i < n; i++) {
      words[i * 2] = lo;
      words[i * 2 + 1] = hi;
    }
  } else if (form === XOR) decodeXor(reader.bytes, at, n, lo, hi, words, 0, n);
  else {
    if (form === CONST_INT) v.fill(base, 0, n);
    else decodeIntegers(form, reader.bytes, at, length, n, base, ref, v, 0, n);
    unscale(v, 0, n, scale);
  }
  if (head & PATCHED) readPatches(reader, words, 0, n);
}

/** Writes patches over rows [to, to + n). */
export function readPatches(reader: ByteReader, words: Uint32Array, to: number, n: number): void {
  let row = 0;
  for (let count = reader.varint(); count > 0; count--) {
    row += reader.varint();
    const lo = reader.u32();
    const hi = reader.u32();
    if (row >= n) continue;
    words[(to + row) * 2] = lo;
    words[(to + row) * 2 + 1] = hi;
  }
}
