/**
 * Columns of byte strings: the distinct ones in order of appearance, and per row which one.
 *
 * Strings part: varint count, varint byte length of the prefix that all share, the prefix; u8 form of the rests: 0 text: lengths as
 * integers, then the bytes; 1 decimal text without leading zeros, below 2^51: integers; 2 IPv4 in dotted text: integers, first octet
 * highest; 3 lower-case hex of one even length: varint bytes, the bytes; 4 UUID in lower case: 16 bytes each; 5 text in chunks: text-chunks.ts (no prefix).
 *
 * Codes part: u8 form, then integers: 0: the number of the string; 1: 0 for a string not seen before in the column, else the count of
 * strings seen before minus its number. Where every row has a string of its own, form 1 takes no bytes.
 */

import type { ByteStrings } from '../blocks/byte-strings.ts';
import type { ByteReader, ByteWriter } from '../blocks/bytes.ts';
import { writeFew } from './few-integers.ts';
import { readIntegers, readOffsets } from './integer-reader.ts';
import { scratchNumbers, writeCounts, writeIntegers } from './integers.ts';
import { MIN_CHUNKED_BYTES, TextChunks, writeChunks } from './text-chunks.ts';

export const TEXT = 0;
export const DECIMAL = 1;
export const IPV4 = 2;
export const HEX = 3;
export const UUID = 4;
/** Texts as text-chunks.ts lays them out. */
export const CHUNKED = 5;
const UUID_BYTES = 36;
const MAX_DECIMAL_DIGITS = 15;
const MAX_IPV4_BYTES = 15;
/** Bound on the bytes of one column; a block is closed long before. */
const MAX_COLUMN_BYTES = 60 * 1024 * 1024;
export const DIRECT = 0;
export const RECENT = 1;

/** Appends the strings part; tells whether it is compressed already. */
export function writeStrings(out: ByteWriter, strings: ByteStrings): boolean {
  const { bytes, offsets, count } = strings;
  const addresses = addressesOf(strings);
  const prefix = addresses === null ? sharedPrefix(strings) : 0;
  out.varint(count);
  out.varint(prefix);
  out.append(bytes, 0, prefix);
  const numbers = addresses ?? numbersOf(strings, prefix);
  if (numbers !== null) {
    out.u8(numbers.form);
    writeIntegers(out, numbers.values, count);
    return false;
  }
  const form = hexForm(strings, prefix);
  const isChunked = form === TEXT && prefix === 0 && offsets[count] >= MIN_CHUNKED_BYTES;
  out.u8(isChunked ? CHUNKED : form);
  if (form === TEXT) {
    const lengths = scratchCodes(count);
    for (let i = 0; i < count; i++) lengths[i] = offsets[i + 1] - offsets[i] - prefix;
    if (isChunked) {
      writeChunks(out, strings, lengths);
      return true;
    }
    writeCounts(out, lengths, count);
    if (prefix === 0) out.append(bytes, 0, offsets[count]);
    else for (let i = 0; i < count; i++) out.append(bytes, offsets[i] + prefix, offsets[i + 1]);
    return false;
  }
  if (form === HEX) out.varint((offsets[1] - prefix) / 2);
  out.reserve(offsets[count] >>> 1);
  const { bytes: packed } = out;
  let to = out.length;
  for (let i = 0; i < count; i++) {
    const end = offsets[i + 1];
    for (let at = offsets[i] + prefix; at < end; at += 2) {
      if (form === UUID && bytes[at] === DASH) at++;
      packed[to++] = (HEX_VALUES[bytes[at]] << 4) | HEX_VALUES[bytes[at + 1]];
    }
  }
  out.length = to;
  return false;
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
  while (length > 0 && HEX_VALUES[bytes[length - 1]] >= 0) length--;
  return length;
}

interface Numbers {
  form: number;
  values: Float64Array;
}

/** Dotted addresses often begin alike: without the look at them as a whole, the rests would be text. */
function addressesOf(strings: ByteStrings): Numbers | null {
  const { bytes, offsets, count } = strings;
  const isAddress = (i: number): boolean => ipv4At(bytes, offsets[i], offsets[i + 1]) >= 0;
  if (count === 0 || !isAddress(0) || !isAddress(count - 1)) return null;
  return parsed(strings, 0, IPV4, ipv4At);
}

function numbersOf(strings: ByteStrings, prefix: number): Numbers | null {
  if (strings.count === 0) return null;
  return parsed(strings, prefix, DECIMAL, decimalAt) ?? parsed(strings, prefix, IPV4, ipv4At);
}

/** The rests as numbers; null when one is none. */
function parsed(
  { bytes, offsets, count }: ByteStrings,
  prefix: number,
  form: number,
  parse: (bytes: Uint8Array, start: number, end: number) => number,
): Numbers | null {
  const values = scratchNumbers(count);
  for (let i = 0; i < count; i++) {
    const value = parse(bytes, offsets[i] + prefix, offsets[i + 1]);
    if (value < 0) return null;
    values[i] = value;
  }
  return { form, values };
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

/** By byte: the value of a lower-case hex digit, or -1. */
const HEX_VALUES = new Int8Array(256).fill(-1);
for (let digit = 0; digit < 16; digit++) HEX_VALUES[digit.toString(16).charCodeAt(0)] = digit;

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
    // Negative when any of the digits is none.
    let digits = 0;
    if (isUuid) {
      for (let k = 0; k < length; k++) {
        digits |= isUuidDash(k) ? -(bytes[from + k] ^ DASH) : HEX_VALUES[bytes[from + k]];
      }
    } else for (let k = 0; k < length; k++) digits |= HEX_VALUES[bytes[from + k]];
    if (digits < 0) return TEXT;
  }
  return isUuid ? UUID : HEX;
}

/** Strings read back: string i is bytes[offsets[i], offsets[i + 1]). */
export interface Strings {
  count: number;
  bytes: Uint8Array;
  offsets: Uint32Array;
}

/** The head of a strings part; what follows it depends on the form. */
export interface StringsHead {
  count: number;
  prefix: Uint8Array;
  form: number;
}

/** Reads the head of the strings part. Throws CorruptionError. */
export function readHead(reader: ByteReader, maxCount: number): StringsHead {
  const count = reader.bounded(maxCount, 'strings');
  const prefix = reader.take(reader.bounded(reader.left, 'prefix bytes'));
  return { count, prefix, form: reader.u8() };
}

/** Reads the strings part. Throws CorruptionError. */
export function readStrings(reader: ByteReader, maxCount: number): Strings {
  return readRests(reader, readHead(reader, maxCount));
}

/** Reads what follows the head, of form CHUNKED. Throws CorruptionError. */
export function readChunks(reader: ByteReader, { count, prefix }: StringsHead): TextChunks {
  if (prefix.length > 0) reader.fail('chunks with a prefix');
  return new TextChunks(reader, count, MAX_COLUMN_BYTES);
}

/** Reads what follows the head. Throws CorruptionError. */
export function readRests(reader: ByteReader, { count, prefix, form }: StringsHead): Strings {
  if (form === TEXT) return textStrings(reader, count, prefix);
  if (form === CHUNKED) {
    const chunks = readChunks(reader, { count, prefix, form });
    return { count, bytes: chunks.all(), offsets: chunks.offsets };
  }
  if (form <= IPV4) return numberStrings(reader, form, count, prefix);
  return hexStrings(reader, form, count, prefix);
}

function textStrings(reader: ByteReader, count: number, prefix: Uint8Array): Strings {
  const offsets = readOffsets(reader, count, prefix.length, MAX_COLUMN_BYTES);
  const total = offsets[count];
  const rests = reader.take(total - count * prefix.length);
  if (prefix.length === 0) return { count, bytes: rests, offsets };
  const bytes = new Uint8Array(total);
  for (let i = 0, at = 0, to = 0; i < count; i++) {
    for (let k = 0; k < prefix.length; k++) bytes[to++] = prefix[k];
    for (const end = offsets[i + 1]; to < end; ) bytes[to++] = rests[at++];
  }
  return { count, bytes, offsets };
}

/** The most digits of a number in DECIMAL form, whatever the integers say. */
const MAX_NUMBER_BYTES = 16;

function numberStrings(
  reader: ByteReader,
  form: number,
  count: number,
  prefix: Uint8Array,
): Strings {
  const values = readIntegers(reader, count);
  const most = prefix.length + MAX_NUMBER_BYTES;
  if (most * count > MAX_COLUMN_BYTES) reader.fail('strings too long');
  const offsets = new Uint32Array(count + 1);
  const bytes = new Uint8Array(most * count);
  let at = 0;
  for (let i = 0; i < count; i++) {
    const value = values[i];
    const limit = form === DECIMAL ? MAX_DECIMAL : TWO_32;
    if (!(value >= 0 && value < limit)) reader.fail('number out of range');
    for (let k = 0; k < prefix.length; k++) bytes[at++] = prefix[k];
    if (form === DECIMAL) at = putDecimal(bytes, at, value);
    else {
      for (let shift = 24; shift >= 0; shift -= 8) {
        at = putDecimal(bytes, at, (value >>> shift) & 255);
        if (shift > 0) bytes[at++] = DOT;
      }
    }
    offsets[i + 1] = at;
  }
  return { count, bytes: bytes.subarray(0, at), offsets };
}

const DOT = 0x2e;
const TWO_32 = 2 ** 32;
const MAX_DECIMAL = 10 ** MAX_DECIMAL_DIGITS;

/** Writes the digits of an integer; returns the offset behind them. */
function putDecimal(bytes: Uint8Array, start: number, value: number): number {
  let end = start + 1;
  for (let rest = value; rest >= 10; rest = Math.floor(rest / 10)) end++;
  let rest = value;
  for (let at = end - 1; at >= start; at--) {
    const tens = Math.floor(rest / 10);
    bytes[at] = 0x30 + rest - tens * 10;
    rest = tens;
  }
  return end;
}

const HEX_DIGITS = Uint8Array.from('0123456789abcdef', (digit) => digit.charCodeAt(0));

function hexStrings(reader: ByteReader, form: number, count: number, prefix: Uint8Array): Strings {
  if (form > UUID) reader.fail('unknown form of strings');
  const width = form === UUID ? 16 : reader.bounded(reader.left, 'hex bytes');
  const raw = reader.take(width * count);
  const length = prefix.length + (form === UUID ? UUID_BYTES : width * 2);
  if (length * count > MAX_COLUMN_BYTES) reader.fail('strings too long');
  const offsets = new Uint32Array(count + 1);
  const bytes = new Uint8Array(length * count);
  for (let i = 0, at = 0, from = 0; i < count; i++) {
    for (let k = 0; k < prefix.length; k++) bytes[at++] = prefix[k];
    for (let k = 0; k < width; k++, from++) {
      if (form === UUID && (k === 4 || k === 6 || k === 8 || k === 10)) bytes[at++] = DASH;
      bytes[at++] = HEX_DIGITS[raw[from] >>> 4];
      bytes[at++] = HEX_DIGITS[raw[from] & 15];
    }
    offsets[i + 1] = at;
  }
  return { count, bytes, offsets };
}

let codeScratch = new Uint32Array(1024);

/** Room for `n` codes or lengths, which the next caller writes over. */
function scratchCodes(n: number): Uint32Array {
  if (codeScratch.length < n) codeScratch = new Uint32Array(2 * n);
  return codeScratch;
}

/**
 * Appends the codes part: `codes[i]` is the string of row i, first used in ascending order; `triesFew` tries few-integers.ts. Whether it
 * is not worth compressing.
 */
export function writeCodes(
  out: ByteWriter,
  codes: Uint32Array,
  n: number,
  triesFew = false,
): boolean {
  const recent = scratchCodes(n);
  let seen = 0;
  let recentCost = 0;
  let directCost = 0;
  for (let i = 0; i < n; i++) {
    const code = codes[i];
    let back = 0;
    if (code === seen) seen++;
    else back = seen - code;
    recent[i] = back;
    recentCost += 32 - Math.clz32(back);
    directCost += 32 - Math.clz32(code);
  }
  const form = recentCost < directCost ? RECENT : DIRECT;
  if (triesFew) {
    const start = out.length;
    out.u8(DIRECT);
    if (writeFew(out, codes, n)) return true;
    out.length = start;
  }
  out.u8(form);
  writeCounts(out, form === RECENT ? recent : codes, n);
  return false;
}
