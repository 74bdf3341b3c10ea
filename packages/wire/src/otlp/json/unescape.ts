/** Undoes the escapes of a JSON string. */
import type { ProtobufOutput } from './output.ts';

const BACKSLASH = 0x5c;
const REPLACEMENT = 0xfffd;

/** What one-letter escapes stand for: \b \f \n \r \t \" \\ \/ */
const SHORT: Readonly<Record<number, number>> = {
  98: 8,
  102: 12,
  110: 10,
  114: 13,
  116: 9,
  34: 34,
  92: 92,
  47: 47,
};

/**
 * Appends the text of the string in `bytes[start, end)` to the output as UTF-8. False when an escape is wrong. Half a
 * surrogate pair, which has no UTF-8, becomes U+FFFD: senders that cut long texts in the middle of a character write it.
 */
export function unescapeInto(
  bytes: Uint8Array,
  start: number,
  end: number,
  output: ProtobufOutput,
): boolean {
  let at = start;
  while (at < end) {
    const next = bytes.indexOf(BACKSLASH, at);
    const plainEnd = next < 0 || next > end ? end : next;
    output.copy(bytes, at, plainEnd);
    at = plainEnd;
    if (at >= end) break;
    const letter = bytes[at + 1];
    const short = SHORT[letter];
    if (short !== undefined) {
      append(output, short);
      at += 2;
    } else {
      let code = letter === 0x75 ? hex4(bytes, at + 2, end) : -1;
      if (code < 0) return false;
      at += 6;
      if (code >= 0xd800 && code < 0xe000) {
        const second =
          code < 0xdc00 && bytes[at] === BACKSLASH && bytes[at + 1] === 0x75
            ? hex4(bytes, at + 2, end)
            : -1;
        if (second >= 0xdc00 && second < 0xe000) {
          code = 0x10000 + ((code - 0xd800) << 10) + (second - 0xdc00);
          at += 6;
        } else code = REPLACEMENT;
      }
      append(output, code);
    }
  }
  return true;
}

function append(output: ProtobufOutput, code: number): void {
  output.reserve(4);
  const { bytes } = output;
  if (code < 0x80) bytes[output.length++] = code;
  else if (code < 0x800) {
    bytes[output.length++] = 0xc0 | (code >> 6);
    bytes[output.length++] = 0x80 | (code & 63);
  } else if (code < 0x10000) {
    bytes[output.length++] = 0xe0 | (code >> 12);
    bytes[output.length++] = 0x80 | ((code >> 6) & 63);
    bytes[output.length++] = 0x80 | (code & 63);
  } else {
    bytes[output.length++] = 0xf0 | (code >> 18);
    bytes[output.length++] = 0x80 | ((code >> 12) & 63);
    bytes[output.length++] = 0x80 | ((code >> 6) & 63);
    bytes[output.length++] = 0x80 | (code & 63);
  }
}

/** Four hex digits as a number, -1 when they are none. */
function hex4(bytes: Uint8Array, start: number, end: number): number {
  if (start + 4 > end) return -1;
  let value = 0;
  for (let i = start; i < start + 4; i++) {
    const digit = hexDigit(bytes[i]);
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

/** The value of a hex digit in any case, -1 for any other byte. */
export function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}
