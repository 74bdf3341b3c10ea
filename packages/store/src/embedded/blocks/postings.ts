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
import { ByteReader, ByteWriter, varintLength } from './bytes.ts';
import {
  FRAME_POSTING_LISTS,
  FRAME_POSTING_VALUES,
  FRAME_POSTINGS,
  type FrameHead,
  type FrameKind,
  sealFrame,
} from './frame.ts';
import { compareByteStrings, RecentStrings, writeStrings } from './strings.ts';

export const CHUNK_ENTRIES = 2048;
export const LIST_ALL = 0;
export const LIST_GAPS = 1;
export const LIST_RUNS = 2;
export const LIST_BITMAP = 3;

interface Entry {
  name: string;
  value: string;
  list: readonly number[];
}

/** Collects label sets, or the lists of segments that are being merged, and writes one segment. */
export class PostingsBuilder {
  /** By name, by value (byte strings): ascending dsids. The empty value lists all that have the name. */
  readonly #names = new Map<string, Map<string, number[]>>();
  #first = Infinity;
  #last = -1;
  /** Labels of the series before, by place, and the lists they went to. */
  readonly #recent = new RecentStrings();
  readonly #recentLists: number[][] = [];

  get series(): number {
    return this.#last < 0 ? 0 : this.#last - this.#first + 1;
  }

  /** Adds a series; dsids ascend, one by one. Labels are canonical bytes. */
  add(dsid: number, labels: Uint8Array, start: number, end: number): void {
    this.cover(dsid, dsid);
    const reader = new ByteReader(labels, 'labels', start, end);
    for (let slot = 0; reader.left > 0; slot += 2) {
      const sameName = this.#setRecent(slot, reader);
      const sameValue = this.#setRecent(slot + 1, reader);
      if (!sameName) {
        const values = this.#values(this.#recent.texts[slot]);
        this.#recentLists[slot] = listOf(values, '');
      }
      if (!sameName || !sameValue) {
        const values = this.#values(this.#recent.texts[slot]);
        this.#recentLists[slot + 1] = listOf(values, this.#recent.texts[slot + 1]);
      }
      this.#recentLists[slot].push(dsid);
      this.#recentLists[slot + 1].push(dsid);
    }
  }

  #setRecent(slot: number, reader: ByteReader): boolean {
    const length = reader.varint();
    const start = reader.at;
    reader.skip(length);
    return this.#recent.set(slot, reader.bytes, start, start + length);
  }

  /** Says that the segment covers these dsids too; ranges must follow each other. */
  cover(first: number, last: number): void {
    if (this.#last >= 0 && first !== this.#last + 1) throw new RangeError('dsids must be dense');
    if (this.#last < 0) this.#first = first;
    this.#last = last;
  }

  /** Adds dsids that follow all dsids added for this entry before; name and value are byte strings. */
  addList(name: string, value: string, dsids: Uint32Array): void {
    const list = listOf(this.#values(name), value);
    for (const dsid of dsids) list.push(dsid);
  }

  #values(name: string): Map<string, number[]> {
    let values = this.#names.get(name);
    if (values === undefined) {
      values = new Map([['', []]]);
      this.#names.set(name, values);
    }
    return values;
  }

  /** The segment's blob. */
  finish(): Uint8Array {
    const names = [...this.#names.keys()].sort(compareByteStrings);
    const entries: Entry[] = [];
    for (const name of names) {
      const values = this.#names.get(name) ?? new Map<string, number[]>();
      for (const value of [...values.keys()].sort(compareByteStrings)) {
        entries.push({ name, value, list: values.get(value) ?? [] });
      }
    }
    const directory = new ByteWriter(1024);
    directory.varint(names.length);
    writeStrings(directory, names);
    for (const name of names) directory.varint(this.#names.get(name)?.size ?? 0);
    directory.varint(Math.ceil(entries.length / CHUNK_ENTRIES));
    const frames: Uint8Array[] = [];
    for (let from = 0; from < entries.length; from += CHUNK_ENTRIES) {
      const chunk = entries.slice(from, from + CHUNK_ENTRIES);
      const values = this.#seal(FRAME_POSTING_VALUES, chunk.length, valuesPayload(chunk));
      const lists = this.#seal(FRAME_POSTING_LISTS, chunk.length, this.#listsPayload(chunk));
      directory.varint(chunk.length);
      directory.varint(values.length);
      directory.varint(lists.length);
      directory.varint(chunk[0].value.length);
      directory.append(Buffer.from(chunk[0].value, 'latin1'));
      frames.push(values, lists);
    }
    return concat([this.#seal(FRAME_POSTINGS, names.length, directory.view()), ...frames]);
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

  #listsPayload(chunk: readonly Entry[]): Uint8Array {
    const forms = new ByteWriter(chunk.length);
    const counts = new ByteWriter(chunk.length * 2);
    const lengths = new ByteWriter(chunk.length * 2);
    const lists = new ByteWriter(4096);
    for (const { list } of chunk) {
      const before = lists.length;
      forms.u8(writeList(lists, list, this.#first, this.series));
      counts.varint(list.length);
      lengths.varint(lists.length - before);
    }
    for (const column of [counts, lengths, lists]) forms.append(column.view());
    return forms.view();
  }
}

function listOf(values: Map<string, number[]>, value: string): number[] {
  let list = values.get(value);
  if (list === undefined) {
    list = [];
    values.set(value, list);
  }
  return list;
}

function valuesPayload(chunk: readonly Entry[]): Uint8Array {
  const out = new ByteWriter(4096);
  for (let from = 0; from < chunk.length; ) {
    let to = from;
    while (to < chunk.length && chunk[to].name === chunk[from].name) to++;
    writeStrings(
      out,
      chunk.slice(from, to).map((entry) => entry.value),
    );
    from = to;
  }
  return out.view();
}

/** Appends the list in its cheapest form and returns the form. */
function writeList(
  out: ByteWriter,
  list: readonly number[],
  first: number,
  series: number,
): number {
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

function gapsLength(list: readonly number[], first: number): number {
  let length = 0;
  let before = first - 1;
  for (const dsid of list) {
    length += varintLength(dsid - before - 1);
    before = dsid;
  }
  return length;
}

function writeRuns(out: ByteWriter, list: readonly number[], first: number): void {
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
