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
import { ByteStrings } from './byte-strings.ts';
import {
  ByteReader,
  ByteWriter,
  grown,
  putVarint,
  unzigzag,
  varintLength,
  zigzag,
} from './bytes.ts';
import { FRAME_LABELS, type FrameHead, openFrame, sealFrame } from './frame.ts';
import { compareStrings, StringTable, writeStrings } from './strings.ts';

/** Series of one full segment. */
export const LABEL_SEGMENT_SERIES = 512;
/** Bound on the labels of one series. */
const MAX_LABELS = 65_536;

interface Shape {
  /** Strings of the names. */
  names: readonly number[];
  /** Where the values of its series begin among all values. */
  members: number[];
}

export class LabelSegmentEncoder {
  count = 0;
  #first = 0;
  readonly #strings = new ByteStrings();
  readonly #shapes = new Map<string, number>();
  readonly #shapeList: Shape[] = [];
  readonly #shapeOf = new Uint32Array(LABEL_SEGMENT_SERIES);
  /** Value strings of all series, label after label. */
  #values = new Uint32Array(LABEL_SEGMENT_SERIES * 8);
  #used = 0;
  /** Name strings of the series before, and where its values begin: neighbours share most. */
  #names: readonly number[] = [];
  #before = 0;
  readonly #scratch: number[] = [];

  /**
   * Adds the series with the next dsid; `dsid` must be one above that of the call before, and no segment takes more than
   * LABEL_SEGMENT_SERIES. Labels are canonical bytes.
   */
  add(dsid: number, labels: Uint8Array, start: number, end: number): void {
    if (this.count === 0) this.#first = dsid;
    else if (dsid !== this.#first + this.count) throw new RangeError('dsids must be dense');
    if (this.count === LABEL_SEGMENT_SERIES) throw new RangeError('the label segment is full');
    const reader = new ByteReader(labels, 'labels', start, end);
    const from = this.#used;
    const before = this.#names;
    const names = this.#scratch;
    let same = this.count > 0;
    let width = 0;
    for (; reader.left > 0; width++) {
      const known = width < before.length;
      names[width] = this.#string(reader, known ? before[width] : -1);
      if (!known || names[width] !== before[width]) same = false;
      const value = this.#string(reader, known ? this.#values[this.#before + width] : -1);
      this.#values = grown(this.#values, this.#used + 1);
      this.#values[this.#used++] = value;
    }
    same &&= width === before.length;
    if (!same) this.#names = names.slice(0, width);
    const shape = same ? this.#shapeOf[this.count - 1] : this.#shape(this.#names);
    this.#shapeOf[this.count++] = shape;
    this.#shapeList[shape].members.push(from);
    this.#before = from;
  }

  #shape(names: readonly number[]): number {
    const key = names.join();
    let shape = this.#shapes.get(key);
    if (shape === undefined) {
      shape = this.#shapeList.length;
      this.#shapes.set(key, shape);
      this.#shapeList.push({ names, members: [] });
    }
    return shape;
  }

  /** The next string of the labels; `guess` is a string that it may be, or -1. */
  #string(reader: ByteReader, guess: number): number {
    const length = reader.varint();
    const start = reader.at;
    reader.skip(length);
    if (guess >= 0 && this.#strings.is(guess, reader.bytes, start, start + length)) return guess;
    return this.#strings.id(reader.bytes, start, start + length);
  }

  /** The segment as a sealed frame. The encoder is empty again. */
  finish(): Uint8Array {
    const { bytes, offsets, count } = this.#strings;
    const ranges = { bytes, starts: offsets, ends: offsets.subarray(1) };
    const order = new Uint32Array(count);
    for (let i = 0; i < count; i++) order[i] = i;
    order.sort((a, b) => compareStrings(ranges, a, b));
    const place = new Uint32Array(count);
    for (let i = 0; i < count; i++) place[order[i]] = i;
    const out = new ByteWriter(16_384);
    out.varint(count);
    writeStrings(out, ranges, order);
    out.varint(this.#shapeList.length);
    for (const { names } of this.#shapeList) {
      out.varint(names.length);
      for (const name of names) out.varint(place[name]);
    }
    for (let i = 0; i < this.count; i++) out.varint(this.#shapeOf[i]);
    for (const shape of this.#shapeList) this.#writeColumns(out, shape, place);
    const head: FrameHead = {
      kind: FRAME_LABELS,
      count: this.count,
      firstDsid: this.#first,
      lastDsid: this.#first + this.count - 1,
      tMin: Infinity,
      tMax: -Infinity,
    };
    this.#clear();
    return sealFrame(head, out.view());
  }

  #writeColumns(out: ByteWriter, { names, members }: Shape, place: Uint32Array): void {
    for (let label = 0; label < names.length; label++) {
      let before = 0;
      for (const member of members) {
        const value = place[this.#values[member + label]];
        out.varint(zigzag(value - before));
        before = value;
      }
    }
  }

  #clear(): void {
    this.count = 0;
    this.#used = 0;
    this.#names = [];
    this.#strings.clear();
    this.#shapes.clear();
    this.#shapeList.length = 0;
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
