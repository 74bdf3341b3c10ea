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
  let count = 0;
  let code = -1;
  for (let row = 0; row < picked.length; row++) {
    const from = at[picked[row]];
    const a = view.getUint32(from);
    const b = view.getUint32(from + 4);
    const c = view.getUint32(from + 8);
    const d = view.getUint32(from + 12);
    const isKnown = (k: number): boolean =>
      words[k + 3] === d && words[k + 2] === c && words[k + 1] === b && words[k] === a;
    // Spans of a trace often come together.
    if (code < 0 || !isKnown(code * 4)) {
      let slot = hashId(d, c) & (slots - 1);
      while (index[slot] !== 0 && !isKnown((index[slot] - 1) * 4)) slot = (slot + 1) & (slots - 1);
      if (index[slot] === 0) {
        words.set([a, b, c, d], count * 4);
        index[slot] = ++count;
      }
      code = index[slot] - 1;
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
