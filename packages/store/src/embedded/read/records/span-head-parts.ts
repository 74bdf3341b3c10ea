/** What a page of the head (span-head-page.ts) finds in the bytes of its records. */
import { ByteReader } from '../../blocks/bytes.ts';
import type { HeadRecords } from './head-records.ts';
import { hashId } from './id-hash.ts';
import type { PageTraces } from './span-page.ts';

/** Where the name lies in a record (wire's span-batch.ts). */
const NAME = 32;

/** Where the parts of each record lie in the side bytes. */
export interface RecordParts {
  nameStart: Uint32Array;
  nameEnd: Uint32Array;
  fieldsStart: Uint32Array;
  fieldsEnd: Uint32Array;
  end: Uint32Array;
}

/** Of the rows `picked`. Throws CorruptionError. */
export function walkRecords({ segment }: HeadRecords, picked: Uint32Array): RecordParts {
  const column = (): Uint32Array => new Uint32Array(picked.length);
  const parts = {
    nameStart: column(),
    nameEnd: column(),
    fieldsStart: column(),
    fieldsEnd: column(),
    end: column(),
  };
  for (let row = 0; row < picked.length; row++) {
    const at = segment.at[picked[row]];
    const end = at + segment.length[picked[row]];
    const reader = new ByteReader(segment.side, 'head', at + NAME, end);
    const nameLength = reader.varint();
    parts.nameStart[row] = reader.at;
    reader.skip(nameLength);
    parts.nameEnd[row] = reader.at;
    const fieldsLength = reader.varint();
    parts.fieldsStart[row] = reader.at;
    reader.skip(fieldsLength);
    parts.fieldsEnd[row] = reader.at;
    parts.end[row] = end;
  }
  return parts;
}

/** Numbers the traces of the rows in order of appearance. */
export function groupTraces({ segment }: HeadRecords, picked: Uint32Array): PageTraces {
  const { side, at } = segment;
  const view = viewOf(side);
  const codes = new Uint32Array(picked.length);
  // Four words a trace.
  const words = new Uint32Array(picked.length * 4);
  let slots = 16;
  while (slots < picked.length * 2) slots *= 2;
  const index = new Uint32Array(slots);
  const mask = slots - 1;
  let count = 0;
  // The words of the trace of the row before, and its number: spans of a trace often come together.
  let [a, b, c, d, code] = [0, 0, 0, 0, -1];
  for (let row = 0; row < picked.length; row++) {
    const from = at[picked[row]];
    const w3 = view.getUint32(from + 12);
    const w2 = view.getUint32(from + 8);
    const w1 = view.getUint32(from + 4);
    const w0 = view.getUint32(from);
    if (code < 0 || w3 !== d || w2 !== c || w1 !== b || w0 !== a) {
      let slot = hashId(w3, w2) & mask;
      for (; index[slot] !== 0; slot = (slot + 1) & mask) {
        const k = (index[slot] - 1) * 4;
        const isSame = words[k + 3] === w3 && words[k + 2] === w2;
        if (isSame && words[k + 1] === w1 && words[k] === w0) break;
      }
      if (index[slot] === 0) {
        words[count * 4] = w0;
        words[count * 4 + 1] = w1;
        words[count * 4 + 2] = w2;
        words[count * 4 + 3] = w3;
        index[slot] = ++count;
      }
      code = index[slot] - 1;
      a = w0;
      b = w1;
      c = w2;
      d = w3;
    }
    codes[row] = code;
  }
  return { count, ids: bytesOf(words.subarray(0, count * 4)), codes };
}

/** Reading words of shared memory through a view is much faster than byte by byte. */
export function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}

/** The bytes of big-endian words. */
function bytesOf(words: Uint32Array): Uint8Array {
  const bytes = new Uint8Array(words.length * 4);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < words.length; i++) view.setUint32(i * 4, words[i]);
  return bytes;
}
