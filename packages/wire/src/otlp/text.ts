/** Strings of a protobuf message, made only where someone needs one. */
import { isUtf8 } from 'node:buffer';
import { SentProblem } from '../model/decode-error.ts';

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** Text that is not valid UTF-8, or an attribute value nested too deep: the point is refused, not the request. */
export class AttributeError extends SentProblem {
  override readonly name = 'AttributeError';
}

/** Texts are cut here; above the largest limit that can be set for a label, so that a text that was cut is still refused. */
const MAX_TEXT_BYTES = 1024 * 1024 + 1;

/** The UTF-8 text in `bytes[start, end)`. Throws AttributeError when it is not UTF-8. */
export function textOf(bytes: Uint8Array, start: number, end: number): string {
  if (end - start <= 32) {
    const short = shortAscii(bytes, start, end);
    if (short !== null) return short;
  }
  const range = bytes.subarray(start, Math.min(end, start + MAX_TEXT_BYTES));
  if (range.length < end - start) return decoder.decode(range);
  if (!isUtf8(range)) throw new AttributeError('text is not valid UTF-8');
  return decoder.decode(range);
}

/** As `textOf`, for messages to people: what is not UTF-8 becomes U+FFFD, and 100 bytes are enough. */
export function lenientText(bytes: Uint8Array, start: number, end: number): string {
  return decoder.decode(bytes.subarray(start, Math.min(end, start + 100)));
}

/** Short ASCII is cheaper to build by hand than through the decoder. */
function shortAscii(bytes: Uint8Array, start: number, end: number): string | null {
  let text = '';
  for (let i = start; i < end; i++) {
    const byte = bytes[i] ?? 0;
    if (byte > 127) return null;
    text += String.fromCharCode(byte);
  }
  return text;
}
