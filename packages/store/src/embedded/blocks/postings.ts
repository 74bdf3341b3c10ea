/**
 * Posting segments: for a range of dsids, which series have which label.
 *
 * Model: an entry is a (label name, value) with the ascending dsids of its series; per name there is one more entry with the empty
 * value, first of its name, for all series that have the label. Entries are sorted by name, then value, by bytes, and cut into
 * chunks of up to CHUNK_ENTRIES; a chunk's values and its lists are frames of their own, so that label values are read without
 * lists and one value without the rest of a large segment. The blob is a directory frame followed by the chunks' frames.
 *
 * Directory (frame kind 4, count = names; dsids first..last):
 *     varint names, table of names (strings.ts), varint entries per name
 *     varint chunks; per chunk: varint entries, varint byte length of its values frame, varint byte length of its lists frame,
 *     varint byte length and bytes of its first value
 * Values (kind 5, count = entries): per name in the chunk a table of its values; which names those are follows from the directory.
 * Lists (kind 6, count = entries): u8 form per entry; varint dsids per entry; varint byte length per entry; then the lists:
 *     0 all     every dsid of the segment; no bytes
 *     1 gaps    varint first - segment's first, then varint dsid - dsid before - 1
 *     2 runs    tokens: varint gap from the last dsid before (as in 1), varint length - 1, and when length > 1 varint stride - 1
 *     3 bitmap  varint first - segment's first, then bits from there on, low bit first
 *
 * Invariants: segments never change; dsids of a segment are dense, every one of first..last is in it (a series without labels in no list).
 */
import { ByteStrings } from './byte-strings.ts';
import { ByteReader, ByteWriter, grown, varintLength } from './bytes.ts';
import {
  FRAME_POSTING_LISTS,
  FRAME_POSTING_VALUES,
  FRAME_POSTINGS,
  type FrameHead,
  type FrameKind,
  sealFrame,
} from './frame.ts';
import { type ByteRanges, compareStrings, writeStrings } from './strings.ts';

export const CHUNK_ENTRIES = 2048;
export const LIST_ALL = 0;
export const LIST_GAPS = 1;
export const LIST_RUNS = 2;
export const LIST_BITMAP = 3;

const RUN_WORDS = 3;

/**
 * Collects label sets and writes one segment.
 *
 * Model: an entry is found by the label's canonical bytes; the entry of all that have the name is that label with an empty value. A slot is
 * a place in the label set: while neighbours (series come in order of their labels) have the same entry there, nothing is written; when
 * it changes, the run of dsids that ends is. Runs of an entry ascend, because a series has a label in one place only.
 */
export class PostingsBuilder {
  readonly #entries = new ByteStrings();
  /** By entry: the entry of its name. */
  #nameOf = new Uint32Array(1024);
  /** Closed runs: entry, first dsid, length. */
  #runs = new Uint32Array(4096);
  #runWords = 0;
  #first = Infinity;
  #last = -1;
  /** By slot: the open entry of the name and of the label, and where their runs began. */
  readonly #name: number[] = [];
  readonly #nameFrom: number[] = [];
  readonly #label: number[] = [];
  readonly #labelFrom: number[] = [];
  #slots = 0;
  #key = new Uint8Array(256);

  get series(): number {
    return this.#last < 0 ? 0 : this.#last - this.#first + 1;
  }

  /** Adds a series; dsids ascend, one by one. Labels are canonical bytes. */
  add(dsid: number, labels: Uint8Array, start: number, end: number): void {
    if (this.#last >= 0 && dsid !== this.#last + 1) throw new RangeError('dsids must be dense');
    if (this.#last < 0) this.#first = dsid;
    this.#last = dsid;
    const reader = new ByteReader(labels, 'labels', start, end);
    let slot = 0;
    for (; reader.left > 0; slot++) {
      const from = reader.at;
      reader.skip(reader.varint());
      const nameEnd = reader.at;
      reader.skip(reader.varint());
      if (slot < this.#slots && this.#entries.is(this.#label[slot], labels, from, reader.at)) {
        continue;
      }
      if (slot < this.#slots) this.#close(this.#label[slot], this.#labelFrom[slot], dsid);
      this.#openName(slot, dsid, labels, from, nameEnd);
      this.#label[slot] = this.#entry(labels, from, reader.at, this.#name[slot]);
      this.#labelFrom[slot] = dsid;
      if (slot === this.#slots) this.#slots++;
    }
    this.#closeFrom(slot, dsid);
  }

  /** Makes the name the open one of its slot. */
  #openName(slot: number, dsid: number, labels: Uint8Array, from: number, nameEnd: number): void {
    const length = nameEnd - from;
    this.#key = grown(this.#key, length + 1);
    for (let i = 0; i < length; i++) this.#key[i] = labels[from + i];
    this.#key[length] = 0;
    if (slot < this.#slots) {
      if (this.#entries.is(this.#name[slot], this.#key, 0, length + 1)) return;
      this.#close(this.#name[slot], this.#nameFrom[slot], dsid);
    }
    this.#name[slot] = this.#entry(this.#key, 0, length + 1, -1);
    this.#nameFrom[slot] = dsid;
  }

  /** The entry of a label; `name` is the entry of its name, -1 for that itself. */
  #entry(bytes: Uint8Array, start: number, end: number, name: number): number {
    const entry = this.#entries.id(bytes, start, end);
    this.#nameOf = grown(this.#nameOf, entry + 1);
    this.#nameOf[entry] = name < 0 ? entry : name;
    return entry;
  }

  #closeFrom(slot: number, dsid: number): void {
    for (let i = slot; i < this.#slots; i++) {
      this.#close(this.#name[i], this.#nameFrom[i], dsid);
      this.#close(this.#label[i], this.#labelFrom[i], dsid);
    }
    this.#slots = slot;
  }

  #close(entry: number, from: number, to: number): void {
    const at = this.#runWords;
    this.#runs = grown(this.#runs, at + RUN_WORDS);
    this.#runs[at] = entry;
    this.#runs[at + 1] = from;
    this.#runs[at + 2] = to - from;
    this.#runWords = at + RUN_WORDS;
  }

  /** The segment's blob. */
  finish(): Uint8Array {
    this.#closeFrom(0, this.#last + 1);
    const { names, values } = splitLabels(this.#entries);
    const order = this.#order(names, values);
    const lists = new EntryLists(this.#runs.subarray(0, this.#runWords), order.length);
    const ownNames = order.filter((entry) => this.#nameOf[entry] === entry);
    const directory = new ByteWriter(1024);
    directory.varint(ownNames.length);
    writeStrings(directory, names, ownNames);
    for (const count of this.#entriesPerName(order)) directory.varint(count);
    directory.varint(Math.ceil(order.length / CHUNK_ENTRIES));
    const frames: Uint8Array[] = [];
    for (let from = 0; from < order.length; from += CHUNK_ENTRIES) {
      const chunk = order.subarray(from, from + CHUNK_ENTRIES);
      const first = chunk[0];
      const valuesFrame = this.#seal(
        FRAME_POSTING_VALUES,
        chunk.length,
        this.#valuesPayload(chunk, values),
      );
      const listsFrame = this.#seal(
        FRAME_POSTING_LISTS,
        chunk.length,
        this.#listsPayload(chunk, lists),
      );
      directory.varint(chunk.length);
      directory.varint(valuesFrame.length);
      directory.varint(listsFrame.length);
      directory.varint(values.ends[first] - values.starts[first]);
      directory.append(values.bytes, values.starts[first], values.ends[first]);
      frames.push(valuesFrame, listsFrame);
    }
    return concat([this.#seal(FRAME_POSTINGS, ownNames.length, directory.view()), ...frames]);
  }

  /** All entries by name, then value. */
  #order(names: ByteRanges, values: ByteRanges): Uint32Array {
    const order = new Uint32Array(this.#entries.count);
    for (let i = 0; i < order.length; i++) order[i] = i;
    const nameOf = this.#nameOf;
    const sortedNames = order.filter((entry) => nameOf[entry] === entry);
    sortedNames.sort((a, b) => compareStrings(names, a, b));
    const rank = new Uint32Array(order.length);
    for (let i = 0; i < sortedNames.length; i++) rank[sortedNames[i]] = i;
    return order.sort((a, b) => rank[nameOf[a]] - rank[nameOf[b]] || compareStrings(values, a, b));
  }

  /** In the order of the names. */
  #entriesPerName(order: Uint32Array): number[] {
    const counts: number[] = [];
    for (const entry of order) {
      if (this.#nameOf[entry] === entry) counts.push(0);
      counts[counts.length - 1]++;
    }
    return counts;
  }

  #seal(kind: FrameKind, count: number, payload: Uint8Array): Uint8Array {
    const head: FrameHead = {
      kind,
      count,
      firstDsid: this.series === 0 ? 0 : this.#first,
      lastDsid: Math.max(0, this.#last),
      tMin: Infinity,
      tMax: -Infinity,
    };
    return sealFrame(head, payload);
  }

  #valuesPayload(chunk: Uint32Array, values: ByteRanges): Uint8Array {
    const out = new ByteWriter(4096);
    for (let from = 0; from < chunk.length; ) {
      let to = from;
      while (to < chunk.length && this.#nameOf[chunk[to]] === this.#nameOf[chunk[from]]) to++;
      writeStrings(out, values, chunk.subarray(from, to));
      from = to;
    }
    return out.view();
  }

  #listsPayload(chunk: Uint32Array, all: EntryLists): Uint8Array {
    const forms = new ByteWriter(chunk.length);
    const counts = new ByteWriter(chunk.length * 2);
    const lengths = new ByteWriter(chunk.length * 2);
    const lists = new ByteWriter(4096);
    for (const entry of chunk) {
      const list = all.list(entry);
      const before = lists.length;
      forms.u8(writeList(lists, list, this.#first, this.series));
      counts.varint(list.length);
      lengths.varint(lists.length - before);
    }
    for (const column of [counts, lengths, lists]) forms.append(column.view());
    return forms.view();
  }
}

/** The lists of all entries, from their runs. */
class EntryLists {
  readonly #runs: Uint32Array;
  /** Runs in order of their entries; those of entry e are [starts[e], starts[e + 1]). */
  readonly #order: Uint32Array;
  readonly #starts: Uint32Array;
  #list = new Uint32Array(1024);

  constructor(runs: Uint32Array, entries: number) {
    this.#runs = runs;
    this.#order = new Uint32Array(runs.length / RUN_WORDS);
    const starts = new Uint32Array(entries + 1);
    for (let at = 0; at < runs.length; at += RUN_WORDS) starts[runs[at] + 1]++;
    for (let i = 0; i < entries; i++) starts[i + 1] += starts[i];
    const next = starts.slice();
    for (let at = 0; at < runs.length; at += RUN_WORDS) this.#order[next[runs[at]]++] = at;
    this.#starts = starts;
  }

  /** Ascending dsids; valid until the next call. */
  list(entry: number): Uint32Array {
    let n = 0;
    for (let i = this.#starts[entry]; i < this.#starts[entry + 1]; i++) {
      const at = this.#order[i];
      const first = this.#runs[at + 1];
      const length = this.#runs[at + 2];
      this.#list = grown(this.#list, n + length);
      for (let k = 0; k < length; k++) this.#list[n++] = first + k;
    }
    return this.#list.subarray(0, n);
  }
}

/** Where names and values lie in the entries, which are canonical labels. */
function splitLabels({ bytes, offsets, count }: ByteStrings): {
  names: ByteRanges;
  values: ByteRanges;
} {
  const column = (): Uint32Array => new Uint32Array(count);
  const names = { bytes, starts: column(), ends: column() };
  const values = { bytes, starts: column(), ends: column() };
  const reader = new ByteReader(bytes, 'labels');
  for (let i = 0; i < count; i++) {
    reader.at = offsets[i];
    for (const part of [names, values]) {
      const length = reader.varint();
      part.starts[i] = reader.at;
      reader.skip(length);
      part.ends[i] = reader.at;
    }
  }
  return { names, values };
}

/** Appends the list in its cheapest form and returns the form. */
function writeList(out: ByteWriter, list: Uint32Array, first: number, series: number): number {
  if (list.length === series) return LIST_ALL;
  const start = out.length;
  writeRuns(out, list, first);
  const runs = out.length - start;
  const gaps = gapsLength(list, first);
  const span = list[list.length - 1] - list[0] + 1;
  const bitmap = varintLength(list[0] - first) + Math.ceil(span / 8);
  if (runs <= gaps && runs <= bitmap) return LIST_RUNS;
  out.length = start;
  if (gaps <= bitmap) {
    let before = first - 1;
    for (const dsid of list) {
      out.varint(dsid - before - 1);
      before = dsid;
    }
    return LIST_GAPS;
  }
  out.varint(list[0] - first);
  out.reserve(Math.ceil(span / 8));
  out.bytes.fill(0, out.length, out.length + Math.ceil(span / 8));
  for (const dsid of list) {
    const bit = dsid - list[0];
    out.bytes[out.length + (bit >>> 3)] |= 1 << (bit & 7);
  }
  out.length += Math.ceil(span / 8);
  return LIST_BITMAP;
}

function gapsLength(list: Uint32Array, first: number): number {
  let length = 0;
  let before = first - 1;
  for (const dsid of list) {
    length += varintLength(dsid - before - 1);
    before = dsid;
  }
  return length;
}

function writeRuns(out: ByteWriter, list: Uint32Array, first: number): void {
  let before = first - 1;
  for (let i = 0; i < list.length; ) {
    const stride = i + 1 < list.length ? list[i + 1] - list[i] : 0;
    let length = 1;
    while (i + length < list.length && list[i + length] - list[i + length - 1] === stride) length++;
    // Two that happen to stand apart are cheaper one by one.
    if (length === 2) length = 1;
    out.varint(list[i] - before - 1);
    out.varint(length - 1);
    if (length > 1) out.varint(stride - 1);
    before = list[i + length - 1];
    i += length;
  }
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
