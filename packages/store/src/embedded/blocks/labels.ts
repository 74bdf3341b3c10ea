/**
 * Label segments: the canonical labels of a range of dsids.
 *
 * Layout of the payload (frame kind 3, count = series; dsids first..last, dense):
 *
 *     varint strings, the table of distinct names and values (strings.ts)
 *     varint shapes, per shape: varint labels, varint string per name
 *     varint per series: its shape
 *     per shape, per label: varint per series of the shape: zigzag(value string - value string of the series before), the first from 0
 *
 * A shape is the list of names that a series has. Columns of neighbours repeat (a counter of targets, one metric name), which leaves
 * about two bytes a series after zstd.
 *
 * Invariants: names of a shape ascend by bytes; a decoded series gives the same canonical bytes that were added.
 */
import { Labels, symbol } from '../../labels.ts';
import { ByteReader, ByteWriter, putVarint, unzigzag, varintLength, zigzag } from './bytes.ts';
import { FRAME_LABELS, openFrame, sealFrame } from './frame.ts';
import { compareByteStrings, RecentStrings, StringTable, writeStrings } from './strings.ts';

/** Series of one full segment. */
export const LABEL_SEGMENT_SERIES = 512;
/** Bound on the labels of one series. */
const MAX_LABELS = 65_536;

interface Shape {
  index: number;
  names: number[];
  /** Value strings of its series, label after label. */
  values: number[];
}

export class LabelSegmentEncoder {
  count = 0;
  #first = 0;
  readonly #ids = new Map<string, number>();
  readonly #strings: string[] = [];
  readonly #shapes = new Map<string, Shape>();
  #shapeOf: number[] = [];
  /** Strings of the series before, by place, and their ids. */
  readonly #recent = new RecentStrings();
  readonly #recentIds: number[] = [];

  /** Adds the series with the next dsid; `dsid` must be one above that of the call before. Labels are canonical bytes. */
  add(dsid: number, labels: Uint8Array, start: number, end: number): void {
    if (this.count === 0) this.#first = dsid;
    else if (dsid !== this.#first + this.count) throw new RangeError('dsids must be dense');
    const names: number[] = [];
    const values: number[] = [];
    const reader = new ByteReader(labels, 'labels', start, end);
    for (let slot = 0; reader.left > 0; slot += 2) {
      names.push(this.#string(reader, slot));
      values.push(this.#string(reader, slot + 1));
    }
    const key = names.join();
    let shape = this.#shapes.get(key);
    if (shape === undefined) {
      shape = { index: this.#shapes.size, names, values: [] };
      this.#shapes.set(key, shape);
    }
    for (const value of values) shape.values.push(value);
    this.#shapeOf.push(shape.index);
    this.count++;
  }

  #string(reader: ByteReader, slot: number): number {
    const length = reader.varint();
    const start = reader.at;
    reader.skip(length);
    if (this.#recent.set(slot, reader.bytes, start, start + length)) return this.#recentIds[slot];
    const text = this.#recent.texts[slot];
    let id = this.#ids.get(text);
    if (id === undefined) {
      id = this.#strings.length;
      this.#ids.set(text, id);
      this.#strings.push(text);
    }
    this.#recentIds[slot] = id;
    return id;
  }

  /** The segment as a sealed frame. The encoder is empty again. */
  finish(): Uint8Array {
    const sorted = [...this.#strings].sort(compareByteStrings);
    const place = new Uint32Array(sorted.length);
    sorted.forEach((text, i) => {
      place[this.#ids.get(text) ?? 0] = i;
    });
    const out = new ByteWriter(4096);
    out.varint(sorted.length);
    writeStrings(out, sorted);
    out.varint(this.#shapes.size);
    for (const { names } of this.#shapes.values()) {
      out.varint(names.length);
      for (const name of names) out.varint(place[name]);
    }
    for (const shape of this.#shapeOf) out.varint(shape);
    for (const shape of this.#shapes.values()) writeColumns(out, shape, place);
    const last = this.#first + this.count - 1;
    const frame = sealFrame(
      {
        kind: FRAME_LABELS,
        count: this.count,
        firstDsid: this.#first,
        lastDsid: last,
        tMin: Infinity,
        tMax: -Infinity,
      },
      out.view(),
    );
    this.#clear();
    return frame;
  }

  #clear(): void {
    this.count = 0;
    this.#ids.clear();
    this.#strings.length = 0;
    this.#shapes.clear();
    this.#shapeOf = [];
    this.#recent.clear();
  }
}

function writeColumns(out: ByteWriter, shape: Shape, place: Uint32Array): void {
  const width = shape.names.length;
  for (let label = 0; label < width; label++) {
    let before = 0;
    for (let i = label; i < shape.values.length; i += width) {
      const value = place[shape.values[i]];
      out.varint(zigzag(value - before));
      before = value;
    }
  }
}

/** An opened segment. */
export class LabelSegment {
  readonly first: number;
  readonly count: number;
  readonly #strings: StringTable;
  /** Per series: where its names and values (string indexes in turn) begin in `#refs`. */
  readonly #starts: Uint32Array;
  readonly #refs: Uint32Array;
  readonly #symbols: Int32Array;

  /** Opens a sealed frame. Throws CorruptionError, FormatVersionError. */
  static open(bytes: Uint8Array, place: string): LabelSegment {
    const frame = openFrame(bytes, FRAME_LABELS, place);
    return new LabelSegment(new ByteReader(frame.payload, place), frame.firstDsid, frame.count);
  }

  private constructor(reader: ByteReader, first: number, count: number) {
    if (count > reader.left) reader.fail('more series than bytes');
    this.first = first;
    this.count = count;
    this.#strings = new StringTable(reader, reader.varint());
    const strings = this.#strings.count;
    this.#symbols = new Int32Array(strings).fill(-1);
    const shapes = readShapes(reader, strings);
    const shapeOf = new Uint32Array(count);
    const starts = new Uint32Array(count + 1);
    for (let i = 0; i < count; i++) {
      shapeOf[i] = reader.bounded(shapes.length - 1, 'shape');
      starts[i + 1] = starts[i] + shapes[shapeOf[i]].length * 2;
      if (starts[i + 1] - starts[i] > reader.left * 2) reader.fail('more labels than bytes');
    }
    this.#starts = starts;
    this.#refs = readRefs(reader, shapes, shapeOf, starts, strings);
  }

  /** Approximate bytes of memory. */
  get bytes(): number {
    return this.#strings.bytes.length * 3 + this.#refs.length * 4;
  }

  /** Labels of a series of this segment. */
  labels(dsid: number): Labels {
    const index = dsid - this.first;
    const ids: number[] = [];
    for (let i = this.#starts[index]; i < this.#starts[index + 1]; i++) {
      ids.push(this.#symbol(this.#refs[i]));
    }
    return new Labels(ids);
  }

  #symbol(string: number): number {
    const known = this.#symbols[string];
    if (known >= 0) return known;
    const id = symbol(this.#strings.text(string));
    this.#symbols[string] = id;
    return id;
  }

  /** Appends the canonical labels of a series of this segment. */
  canonical(dsid: number, into: ByteWriter): void {
    const index = dsid - this.first;
    const { bytes, offsets } = this.#strings;
    for (let i = this.#starts[index]; i < this.#starts[index + 1]; i++) {
      const string = this.#refs[i];
      const length = offsets[string + 1] - offsets[string];
      into.reserve(varintLength(length) + length);
      into.length = putVarint(into.bytes, into.length, length);
      into.append(bytes, offsets[string], offsets[string + 1]);
    }
  }
}

function readShapes(reader: ByteReader, strings: number): number[][] {
  const shapes: number[][] = [];
  for (let count = reader.bounded(reader.left, 'shapes'); count > 0; count--) {
    const names: number[] = [];
    for (let labels = reader.bounded(MAX_LABELS, 'labels'); labels > 0; labels--) {
      names.push(reader.bounded(strings - 1, 'string'));
    }
    shapes.push(names);
  }
  return shapes;
}

function readRefs(
  reader: ByteReader,
  shapes: readonly number[][],
  shapeOf: Uint32Array,
  starts: Uint32Array,
  strings: number,
): Uint32Array {
  const total = starts[starts.length - 1];
  if (total > reader.left * 2) reader.fail('more labels than bytes');
  const refs = new Uint32Array(total);
  const members: number[][] = shapes.map(() => []);
  shapeOf.forEach((shape, series) => {
    members[shape].push(starts[series]);
  });
  shapes.forEach((names, shape) => {
    names.forEach((name, label) => {
      let value = 0;
      for (const start of members[shape]) {
        value += unzigzag(reader.varint());
        if (!(value >= 0 && value < strings)) reader.fail('unknown string');
        refs[start + label * 2] = name;
        refs[start + label * 2 + 1] = value;
      }
    });
  });
  if (reader.left !== 0) reader.fail('bytes behind the labels');
  return refs;
}
