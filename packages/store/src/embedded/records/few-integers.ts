/**
 * Columns of at most four different integers in one or two bits each (form FEW of integers.ts): what nearly every search reads of a
 * block is read without zstd.
 *
 * Layout, behind form + 16 × width, factor 0 and base: u8 bits (1 or 2), 2^bits varint residuals, then the number of each value's
 * residual, low bits of a byte first.
 */
import type { ByteReader, ByteWriter } from '../blocks/bytes.ts';

export const FEW = 4;

/** Of more values zstd would gain too much, if they come in some order. */
const MOST_VALUES = 4096;
const LEAST_VALUES = 64;
/** Runs of fewer are shorter. */
const LEAST_CHANGES = 16;
/** What it takes at most, to what zstd would leave going by how often the integers come. */
const MOST_SHARE = 2;

/** Appends the first `n` values, integers, if that takes little more than zstd would. */
export function writeFew(out: ByteWriter, values: Float64Array | Uint32Array, n: number): boolean {
  if (n < LEAST_VALUES || n > MOST_VALUES) return false;
  const found: number[] = [];
  const counts = [0, 0, 0, 0];
  let changes = 0;
  for (let i = 0; i < n; i++) {
    if (i > 0 && values[i] !== values[i - 1]) changes++;
    let which = found.indexOf(values[i]);
    if (which < 0) {
      if (found.length === 4) return false;
      which = found.push(values[i]) - 1;
    }
    counts[which]++;
  }
  const bits = found.length > 2 ? 2 : 1;
  const bytes = Math.ceil((n * bits) / 8);
  if (changes < LEAST_CHANGES || bytes > entropyBytes(counts, n) * MOST_SHARE) return false;
  const min = Math.min(...found);
  const width = Math.ceil(Math.log2(Math.max(...found) - min + 1) / 8);
  if (width > 4) return false;
  out.u8(FEW + 16 * width);
  out.u8(0);
  out.zigzag(min);
  out.u8(bits);
  for (let i = 0; i < 2 ** bits; i++) out.varint((found[i] ?? min) - min);
  out.reserve(bytes);
  out.bytes.fill(0, out.length, out.length + bytes);
  for (let i = 0; i < n; i++) {
    const bit = i * bits;
    out.bytes[out.length + (bit >>> 3)] |= found.indexOf(values[i]) << (bit & 7);
  }
  out.length += bytes;
  return true;
}

function entropyBytes(counts: readonly number[], n: number): number {
  const bits = counts.map((count) => (count === 0 ? 0 : -count * Math.log2(count / n)));
  return bits.reduce((sum, each) => sum + each, 0) / 8;
}

/** The planes of the `n` residuals. Throws CorruptionError. */
export function readFew(reader: ByteReader, width: number, n: number): Uint8Array {
  if (n > MOST_VALUES) reader.fail('too many integers for this form');
  const bits = reader.u8();
  if (bits !== 1 && bits !== 2) reader.fail('unknown form of integers');
  const residuals = Array.from({ length: 2 ** bits }, () => reader.varint());
  const packed = reader.take(Math.ceil((n * bits) / 8));
  const planes = new Uint8Array(width * n);
  for (let plane = 0, shift = 1; plane < width; plane++, shift *= 256) {
    const own = Uint8Array.from(residuals, (residual) => Math.floor(residual / shift) % 256);
    const mask = residuals.length - 1;
    for (let i = 0, to = plane * n; i < n; i++, to++) {
      const bit = i * bits;
      planes[to] = own[(packed[bit >>> 3] >>> (bit & 7)) & mask];
    }
  }
  return planes;
}
