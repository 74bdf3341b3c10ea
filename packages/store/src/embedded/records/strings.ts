/**
 * Columns of byte strings: the distinct ones in order of appearance, and per row which one.
 *
 * Strings part: varint count, varint byte length of the prefix that all share, the prefix; u8 form of the rests: 0 text: lengths as
 * integers, then the bytes; 1 decimal text without leading zeros, below 2^51: integers; 2 IPv4 in dotted text: integers, first octet
 * highest; 3 lower-case hex of one even length: varint bytes, the bytes; 4 UUID in lower case: 16 bytes each.
 *
 * Codes part: u8 form, then integers: 0: the number of the string; 1: 0 for a string not seen before in the column, else the count of
 * strings seen before minus its number. Where every row has a string of its own, form 1 takes no bytes.
 */

import type { ByteStrings } from '../blocks/byte-strings.ts';
import type { ByteReader, ByteWriter } from '../blocks/bytes.ts';
import { readIntegers, writeIntegers } from './integers.ts';

const TEXT = 0;
const DECIMAL = 1;
const IPV4 = 2;
const HEX = 3;
const UUID = 4;
const UUID_BYTES = 36;
const MAX_DECIMAL_DIGITS = 15;
const MAX_IPV4_BYTES = 15;
/** Bound on the bytes of one column; a block is closed long before. */
const MAX_COLUMN_BYTES = 60 * 1024 * 1024;
const DIRECT = 0;
const RECENT = 1;

/** Appends the strings part. */
export function writeStrings(out: ByteWriter, strings: ByteStrings): void {
  const { bytes, offsets, count } = strings;
  const prefix = sharedPrefix(strings);
  out.varint(count);
  out.varint(prefix);
  out.append(bytes, 0, prefix);
  const numbers = numbersOf(strings, prefix);
  if (numbers !== null) {
    out.u8(numbers.form);
    writeIntegers(out, numbers.values);
    return;
  }
  const form = hexForm(strings, prefix);
  out.u8(form);
  if (form === TEXT) {
    const lengths = new Float64Array(count);
    for (let i = 0; i < count; i++) lengths[i] = offsets[i + 1] - offsets[i] - prefix;
    writeIntegers(out, lengths);
    if (prefix === 0) out.append(bytes, 0, offsets[count]);
    else for (let i = 0; i < count; i++) out.append(bytes, offsets[i] + prefix, offsets[i + 1]);
    return;
  }
  if (form === HEX) out.varint((offsets[1] - prefix) / 2);
  for (let i = 0; i < count; i++) {
    for (let at = offsets[i] + prefix; at < offsets[i + 1]; at += 2) {
      if (form === UUID && bytes[at] === DASH) at++;
      out.u8(hexDigit(bytes[at]) * 16 + hexDigit(bytes[at + 1]));
    }
  }
}

/** Bytes that all strings begin with; not past a digit, so that numbers stay whole. */
function sharedPrefix({ bytes, offsets, count }: ByteStrings): number {
  if (count < 2) return 0;
  let length = offsets[1];
  for (let i = 1; i < count && length > 0; i++) {
    const from = offsets[i];
    length = Math.min(length, offsets[i + 1] - from);
    let k = 0;
    while (k < length && bytes[k] === bytes[from + k]) k++;
    length = k;
  }
  while (length > 0 && hexDigit(bytes[length - 1]) >= 0) length--;
  return length;
}

function numbersOf(
  { bytes, offsets, count }: ByteStrings,
  prefix: number,
): { form: number; values: Float64Array } | null {
  if (count === 0) return null;
  const values = new Float64Array(count);
  for (const form of [DECIMAL, IPV4]) {
    const parse = form === DECIMAL ? decimalAt : ipv4At;
    let i = 0;
    for (; i < count; i++) {
      values[i] = parse(bytes, offsets[i] + prefix, offsets[i + 1]);
      if (values[i] < 0) break;
    }
    if (i === count) return { form, values };
  }
  return null;
}

/** The number that [start, end) is the canonical decimal text of; -1 when it is none or too large. */
export function decimalAt(bytes: Uint8Array, start: number, end: number): number {
  if (end === start || end - start > MAX_DECIMAL_DIGITS) return -1;
  if (bytes[start] === 0x30 && end - start > 1) return -1;
  let value = 0;
  for (let at = start; at < end; at++) {
    const digit = bytes[at] - 0x30;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}

function ipv4At(bytes: Uint8Array, start: number, end: number): number {
  if (end - start > MAX_IPV4_BYTES) return -1;
  let value = 0;
  let from = start;
  for (let part = 0; part < 4; part++) {
    let to = from;
    while (to < end && bytes[to] !== 0x2e) to++;
    const octet = decimalAt(bytes, from, to);
    if (octet < 0 || octet > 255 || (part < 3 ? to === end : to !== end)) return -1;
    value = value * 256 + octet;
    from = to + 1;
  }
  return value;
}

const DASH = 0x2d;

/** The value of a lower-case hex digit, or -1. */
function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  return byte >= 0x61 && byte <= 0x66 ? byte - 0x57 : -1;
}

function isUuidDash(index: number): boolean {
  return index === 8 || index === 13 || index === 18 || index === 23;
}

function hexForm({ bytes, offsets, count }: ByteStrings, prefix: number): number {
  const length = count === 0 ? 0 : offsets[1] - prefix;
  const isUuid = length === UUID_BYTES;
  if (length < 4 || length % 2 !== 0) return TEXT;
  for (let i = 0; i < count; i++) {
    const from = offsets[i] + prefix;
    if (offsets[i + 1] - from !== length) return TEXT;
    for (let k = 0; k < length; k++) {
      if (isUuid && isUuidDash(k) ? bytes[from + k] !== DASH : hexDigit(bytes[from + k]) < 0) {
        return TEXT;
      }
    }
  }
  return isUuid ? UUID : HEX;
}

/** Strings read back: string i is bytes[offsets[i], offsets[i + 1]). */
export interface Strings {
  count: number;
  bytes: Uint8Array;
  offsets: Uint32Array;
}

/** Reads the strings part. Throws CorruptionError. */
export function readStrings(reader: ByteReader, maxCount: number): Strings {
  const count = reader.bounded(maxCount, 'strings');
  const prefix = reader.take(reader.bounded(reader.left, 'prefix bytes'));
  const form = reader.u8();
  const offsets = new Uint32Array(count + 1);
  if (form === TEXT) {
    const lengths = readIntegers(reader, count);
    let total = 0;
    for (let i = 0; i < count; i++) {
      if (lengths[i] < 0) reader.fail('negative length');
      total += lengths[i] + prefix.length;
      if (total > MAX_COLUMN_BYTES) reader.fail('strings too long');
      offsets[i + 1] = total;
    }
    const rests = reader.take(total - count * prefix.length);
    if (prefix.length === 0) return { count, bytes: rests, offsets };
    const bytes = new Uint8Array(total);
    for (let i = 0, at = 0; i < count; i++) {
      bytes.set(prefix, offsets[i]);
      bytes.set(rests.subarray(at, at + lengths[i]), offsets[i] + prefix.length);
      at += lengths[i];
    }
    return { count, bytes, offsets };
  }
  const texts = form <= IPV4 ? numberTexts(reader, form, count) : hexTexts(reader, form, count);
  const start = Buffer.from(prefix).toString('latin1');
  for (let i = 0; i < count; i++) offsets[i + 1] = offsets[i] + prefix.length + texts[i].length;
  if (offsets[count] > MAX_COLUMN_BYTES) reader.fail('strings too long');
  const bytes = Buffer.from(texts.map((text) => start + text).join(''), 'latin1');
  return { count, bytes, offsets };
}

function numberTexts(reader: ByteReader, form: number, count: number): string[] {
  const values = Array.from(readIntegers(reader, count));
  if (form === DECIMAL) return values.map(String);
  return values.map((value) => {
    const word = value >>> 0;
    return `${word >>> 24}.${(word >>> 16) & 255}.${(word >>> 8) & 255}.${word & 255}`;
  });
}

function hexTexts(reader: ByteReader, form: number, count: number): string[] {
  if (form > UUID) reader.fail('unknown form of strings');
  const width = form === UUID ? 16 : reader.bounded(reader.left, 'hex bytes');
  const hex = Buffer.from(reader.take(width * count)).toString('hex');
  const texts: string[] = [];
  for (let i = 0; i < count; i++) {
    const h = hex.slice(i * width * 2, (i + 1) * width * 2);
    texts.push(
      form === HEX
        ? h
        : `${h.slice(0, 8)}-${h.slice(8, 12)}-${h.slice(12, 16)}-${h.slice(16, 20)}-${h.slice(20)}`,
    );
  }
  return texts;
}

/** Appends the codes part: `codes[i]` is the string of row i, first used in ascending order. */
export function writeCodes(out: ByteWriter, codes: Uint32Array, n: number): void {
  const recent = new Float64Array(n);
  let seen = 0;
  let recentCost = 0;
  let directCost = 0;
  for (let i = 0; i < n; i++) {
    const code = codes[i];
    if (code === seen) seen++;
    else recent[i] = seen - code;
    recentCost += 32 - Math.clz32(recent[i]);
    directCost += 32 - Math.clz32(code);
  }
  if (recentCost < directCost) {
    out.u8(RECENT);
    writeIntegers(out, recent);
    return;
  }
  out.u8(DIRECT);
  writeIntegers(out, Float64Array.from(codes.subarray(0, n)));
}

/** Reads the codes of `n` rows over `count` strings. Throws CorruptionError. */
export function readCodes(reader: ByteReader, n: number, count: number): Uint32Array {
  const form = reader.u8();
  if (form > RECENT) reader.fail('unknown form of codes');
  const values = readIntegers(reader, n);
  const codes = new Uint32Array(n);
  let seen = 0;
  for (let i = 0; i < n; i++) {
    const value = values[i];
    const code = form === DIRECT ? value : value === 0 ? seen++ : seen - value;
    if (!(code >= 0 && code < count)) reader.fail('code of no string');
    codes[i] = code;
  }
  return codes;
}
