/**
 * Reading posting segments; the layout is described in postings.ts.
 *
 * Model: `open` reads the directory only. A chunk's values, and its lists, are decompressed when first asked for and kept. An entry
 * is known by its number in the order of the segment.
 */
import { compareBytes } from '../../labels.ts';
import { ByteReader } from './bytes.ts';
import { FRAME_POSTING_LISTS, FRAME_POSTING_VALUES, FRAME_POSTINGS, openFrame } from './frame.ts';
import { LIST_ALL, LIST_BITMAP, LIST_GAPS, LIST_RUNS } from './postings.ts';
import { StringTable } from './strings.ts';

interface Chunk {
  firstEntry: number;
  entries: number;
  firstValue: string;
  valuesAt: number;
  listsAt: number;
  /** Values of its entries, as texts. */
  values: string[] | undefined;
  lists: Lists | undefined;
}

interface Lists {
  payload: Uint8Array;
  forms: Uint8Array;
  counts: Uint32Array;
  offsets: Uint32Array;
}

interface Name {
  name: string;
  /** Its entries are [from, to); `from` is the one with the empty value. */
  from: number;
  to: number;
}

export class PostingsReader {
  readonly first: number;
  readonly last: number;
  readonly #blob: Uint8Array;
  readonly #place: string;
  readonly #names = new Map<string, Name>();
  readonly #chunks: Chunk[] = [];
  #decodedBytes = 0;

  /** Opens a segment's blob. Throws CorruptionError, FormatVersionError; so do the methods that read chunks. */
  static open(blob: Uint8Array, place: string): PostingsReader {
    return new PostingsReader(blob, place);
  }

  private constructor(blob: Uint8Array, place: string) {
    const frame = openFrame(blob, FRAME_POSTINGS, place);
    const reader = new ByteReader(frame.payload, place);
    this.first = frame.firstDsid;
    this.last = frame.lastDsid;
    this.#blob = blob;
    this.#place = place;
    const table = new StringTable(reader, reader.varint());
    let entry = 0;
    for (let i = 0; i < table.count; i++) {
      const from = entry;
      entry += reader.varint();
      this.#names.set(table.text(i), { name: table.text(i), from, to: entry });
    }
    this.#readChunks(reader, frame.storedLength);
    const last = this.#chunks.at(-1);
    const entries = last === undefined ? 0 : last.firstEntry + last.entries;
    if (entries !== entry) reader.fail('names and chunks disagree');
  }

  #readChunks(reader: ByteReader, behindDirectory: number): void {
    let firstEntry = 0;
    let at = behindDirectory;
    for (let count = reader.varint(); count > 0; count--) {
      const entries = reader.varint();
      const valuesAt = at;
      const listsAt = at + reader.varint();
      at = listsAt + reader.varint();
      const firstValue = Buffer.from(reader.take(reader.varint())).toString('utf8');
      const lazy = { values: undefined, lists: undefined };
      this.#chunks.push({ firstEntry, entries, firstValue, valuesAt, listsAt, ...lazy });
      firstEntry += entries;
    }
    if (at > this.#blob.length) reader.fail('chunks are cut off');
  }

  /** Number of series. */
  get series(): number {
    return this.last === 0 ? 0 : this.last - this.first + 1;
  }

  /** Approximate bytes of memory; grows as chunks are read. */
  get bytes(): number {
    return this.#blob.length + this.#names.size * 100 + this.#decodedBytes;
  }

  /** Label names, in byte order. */
  names(): string[] {
    return [...this.#names.keys()];
  }

  /** Entries [from, to) of the values of a name (without that of the empty value), or null when no series has it. */
  range(name: string): { from: number; to: number } | null {
    const entry = this.#names.get(name);
    return entry === undefined ? null : { from: entry.from + 1, to: entry.to };
  }

  /** Values of a name, in byte order; [] when no series has it. Touches no list. */
  values(name: string): string[] {
    const range = this.range(name);
    if (range === null) return [];
    const values: string[] = [];
    for (let entry = range.from; entry < range.to; entry++) values.push(this.value(entry));
    return values;
  }

  value(entry: number): string {
    const chunk = this.#chunkOf(entry);
    return this.#valuesOf(chunk)[entry - chunk.firstEntry];
  }

  /** Entry of a name and value, or -1. */
  find(name: string, value: string): number {
    const range = this.range(name);
    if (range === null) return -1;
    const entry = this.lowerBound(range, value);
    return entry < range.to && this.value(entry) === value ? entry : -1;
  }

  /** First entry in the range whose value is not before `value` in byte order. */
  lowerBound(range: { from: number; to: number }, value: string): number {
    let low = range.from;
    let high = range.to;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compareBytes(this.#cheapValue(middle), value) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** A value, without opening the chunk when it is the chunk's first. */
  #cheapValue(entry: number): string {
    const chunk = this.#chunkOf(entry);
    return entry === chunk.firstEntry ? chunk.firstValue : this.value(entry);
  }

  /** Number of series of an entry. */
  count(entry: number): number {
    const chunk = this.#chunkOf(entry);
    return this.#listsOf(chunk).counts[entry - chunk.firstEntry];
  }

  /** Ascending dsids of an entry. */
  list(entry: number): Uint32Array {
    const chunk = this.#chunkOf(entry);
    const lists = this.#listsOf(chunk);
    const i = entry - chunk.firstEntry;
    const reader = new ByteReader(
      lists.payload,
      this.#place,
      lists.offsets[i],
      lists.offsets[i + 1],
    );
    return readList(reader, lists.forms[i], lists.counts[i], this.first, this.last);
  }

  /** Number of the entry of all series that have a label of this name, or -1. */
  present(name: string): number {
    return this.#names.get(name)?.from ?? -1;
  }

  /** All dsids of the segment. */
  all(): Uint32Array {
    return sequence(this.first, this.series);
  }

  #chunkOf(entry: number): Chunk {
    const chunks = this.#chunks;
    let low = 0;
    let high = chunks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (chunks[middle].firstEntry <= entry) low = middle + 1;
      else high = middle;
    }
    return chunks[low - 1];
  }

  #valuesOf(chunk: Chunk): string[] {
    if (chunk.values !== undefined) return chunk.values;
    const frame = openFrame(this.#blob, FRAME_POSTING_VALUES, this.#place, chunk.valuesAt);
    const reader = new ByteReader(frame.payload, this.#place);
    const values: string[] = [];
    const end = chunk.firstEntry + chunk.entries;
    for (const { from, to } of this.#names.values()) {
      const count = Math.min(to, end) - Math.max(from, chunk.firstEntry);
      if (count <= 0) continue;
      const table = new StringTable(reader, count);
      for (let i = 0; i < count; i++) values.push(table.text(i));
      this.#decodedBytes += table.bytes.length + count * 48;
    }
    if (reader.left !== 0) reader.fail('bytes behind the values');
    chunk.values = values;
    return values;
  }

  #listsOf(chunk: Chunk): Lists {
    if (chunk.lists !== undefined) return chunk.lists;
    const frame = openFrame(this.#blob, FRAME_POSTING_LISTS, this.#place, chunk.listsAt);
    const reader = new ByteReader(frame.payload, this.#place);
    const { entries } = chunk;
    const forms = reader.take(entries);
    const counts = new Uint32Array(entries);
    for (let i = 0; i < entries; i++) counts[i] = reader.bounded(this.series, 'list length');
    const lengths = new Uint32Array(entries);
    for (let i = 0; i < entries; i++) lengths[i] = reader.bounded(reader.end, 'list bytes');
    const offsets = new Uint32Array(entries + 1);
    offsets[0] = reader.at;
    for (let i = 0; i < entries; i++) offsets[i + 1] = offsets[i] + lengths[i];
    if (offsets[entries] !== reader.end) reader.fail('lists do not fill their frame');
    chunk.lists = { payload: frame.payload, forms, counts, offsets };
    this.#decodedBytes += frame.payload.length + entries * 8;
    return chunk.lists;
  }
}

function sequence(first: number, count: number): Uint32Array {
  const dsids = new Uint32Array(count);
  for (let i = 0; i < count; i++) dsids[i] = first + i;
  return dsids;
}

function readList(
  reader: ByteReader,
  form: number,
  count: number,
  first: number,
  last: number,
): Uint32Array {
  if (form === LIST_ALL) {
    if (count !== last - first + 1) reader.fail('incomplete list of all series');
    return sequence(first, count);
  }
  const dsids = new Uint32Array(count);
  if (form === LIST_GAPS) readGaps(reader, dsids, first);
  else if (form === LIST_RUNS) readRuns(reader, dsids, first);
  else if (form === LIST_BITMAP) readBitmap(reader, dsids, first);
  else reader.fail(`unknown form ${form} of a list`);
  if (reader.left !== 0) reader.fail('bytes behind a list');
  if (count > 0 && dsids[count - 1] > last) reader.fail('dsid outside the segment');
  return dsids;
}

function readGaps(reader: ByteReader, dsids: Uint32Array, first: number): void {
  let dsid = first - 1;
  for (let i = 0; i < dsids.length; i++) {
    dsid += reader.varint() + 1;
    dsids[i] = dsid;
  }
}

function readRuns(reader: ByteReader, dsids: Uint32Array, first: number): void {
  let before = first - 1;
  for (let i = 0; i < dsids.length; ) {
    let dsid = before + reader.varint() + 1;
    const length = reader.varint() + 1;
    const stride = length > 1 ? reader.varint() + 1 : 0;
    if (length > dsids.length - i) reader.fail('run longer than its list');
    for (let k = 0; k < length; k++) {
      dsids[i++] = dsid;
      dsid += stride;
    }
    before = dsid - stride;
  }
}

function readBitmap(reader: ByteReader, dsids: Uint32Array, first: number): void {
  const base = first + reader.varint();
  const bits = reader.take(reader.left);
  let i = 0;
  for (let at = 0; at < bits.length; at++) {
    for (let rest = bits[at]; rest !== 0; rest &= rest - 1) {
      if (i === dsids.length) reader.fail('bitmap has more dsids than its list');
      dsids[i++] = base + at * 8 + (31 - Math.clz32(rest & -rest));
    }
  }
  if (i !== dsids.length) reader.fail('bitmap has fewer dsids than its list');
}
