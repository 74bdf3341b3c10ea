/**
 * Texts of records as strings, for answers with many: keys, methods and services come again and again.
 *
 * Model: a table of the strings that were made last, found by a hash of their bytes; equal bytes give the same string without making it.
 */
const SLOTS = 1024;
const MOST_BYTES = 40;
const kept = new Uint8Array(SLOTS * MOST_BYTES);
const lengths = new Uint8Array(SLOTS);
const texts = new Array<string>(SLOTS).fill('');
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** UTF-8 in bytes[start, end) as a string; what is none becomes U+FFFD. */
export function textOfBytes(bytes: Buffer, start: number, end: number): string {
  const length = end - start;
  if (length > MOST_BYTES) return decoder.decode(bytes.subarray(start, end));
  let hash = length;
  let all = 0;
  for (let at = start; at < end; at++) {
    hash = Math.imul(hash ^ bytes[at], 0x01000193);
    all |= bytes[at];
  }
  const slot = (hash ^ (hash >>> 15)) & (SLOTS - 1);
  const base = slot * MOST_BYTES;
  let same = lengths[slot] === length ? 0 : -1;
  while (same >= 0 && same < length)
    same = kept[base + same] === bytes[start + same] ? same + 1 : -1;
  if (same >= 0) return texts[slot];
  const text =
    all < 128 ? bytes.toString('latin1', start, end) : decoder.decode(bytes.subarray(start, end));
  lengths[slot] = length;
  for (let i = 0; i < length; i++) kept[base + i] = bytes[start + i];
  texts[slot] = text;
  return text;
}
