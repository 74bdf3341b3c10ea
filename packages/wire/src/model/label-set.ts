/**
 * The canonical form of a label set.
 *
 * Layout: labels sorted by name in byte order, each `varint(name bytes) name varint(value bytes) value`, UTF-8, LEB128 lengths.
 *
 * Invariants: no empty name, no empty value (an empty value means that the label is absent), no name twice, valid UTF-8. Two equal label sets
 * have equal bytes, so bytes can be compared, hashed and stored instead of labels.
 */
import { isUtf8 } from 'node:buffer';
import type { RejectReason } from './refusals.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** Labels of a set whatever the configured limit, so that sorting stays bounded. */
const MOST_LABELS = 4096;

/** Bounds of one label set; `DecodeLimits` has this shape. */
export interface LabelLimits {
  maxLabels: number;
  maxLabelNameBytes: number;
  maxLabelValueBytes: number;
}

const UNLIMITED: LabelLimits = {
  maxLabels: MOST_LABELS,
  maxLabelNameBytes: 1 << 20,
  maxLabelValueBytes: 1 << 24,
};

/** Collects labels in any order and writes their canonical form. One is made per decoder and reused. */
export class LabelSetBuilder {
  /** The canonical form after `finish`; valid until the next `finish`. */
  bytes: Uint8Array = new Uint8Array(1024);
  /** Why the labels are no set, after `finish` has returned -1 (and '' otherwise). */
  problem = '';
  /** The reason to count the refusal under; meaningful while `problem` is set. */
  reason: RejectReason = 'invalid_labels';
  #limits: LabelLimits;
  #text = new Uint8Array(1024);
  #textLength = 0;
  /** Per label: start of the name, start of the value, end of the value, all in `#text`. */
  #places: number[] = [];
  #order: number[] = [];

  constructor(limits: LabelLimits = UNLIMITED) {
    this.#limits = limits;
  }

  /** Empties the builder; `limits` hold from then on. */
  clear(limits: LabelLimits = this.#limits): void {
    this.#limits = limits;
    this.#textLength = 0;
    this.#places.length = 0;
    this.#order.length = 0;
    this.problem = '';
  }

  add(
    nameBytes: Uint8Array,
    nameStart: number,
    nameEnd: number,
    valueBytes: Uint8Array,
    valueStart: number,
    valueEnd: number,
  ): void {
    if (this.problem !== '') return;
    const nameLength = nameEnd - nameStart;
    const valueLength = valueEnd - valueStart;
    if (!this.#admit(nameLength, valueLength)) return;
    const at = this.#reserve(nameLength + valueLength);
    copy(nameBytes, nameStart, nameEnd, this.#text, at);
    copy(valueBytes, valueStart, valueEnd, this.#text, at + nameLength);
    this.#record(at, nameLength, valueLength);
  }

  /** As `add`, for strings; a lone surrogate becomes U+FFFD. */
  addText(name: string, value: string): void {
    if (this.problem !== '') return;
    const most = (name.length + value.length) * 3;
    const at = this.#reserve(most);
    const nameLength = encoder.encodeInto(name, this.#text.subarray(at)).written;
    const valueLength = encoder.encodeInto(value, this.#text.subarray(at + nameLength)).written;
    this.#textLength = at;
    if (!this.#admit(nameLength, valueLength)) return;
    this.#textLength = at + nameLength + valueLength;
    this.#record(at, nameLength, valueLength);
  }

  /** Writes the canonical form to `bytes` and returns its length, or -1 with `problem` and `reason` set. */
  finish(): number {
    if (this.problem !== '') return -1;
    const order = this.#order;
    for (let i = 1; i < order.length; i++) {
      const label = order[i] ?? 0;
      let j = i;
      while (j > 0 && this.#compareNames(order[j - 1] ?? 0, label) > 0) {
        order[j] = order[j - 1] ?? 0;
        j--;
      }
      order[j] = label;
    }
    if (!this.#valid()) return -1;
    return this.#write();
  }

  /** Checks the bounds of one more label; an empty value passes (it is dropped when recorded). */
  #admit(nameLength: number, valueLength: number): boolean {
    const limits = this.#limits;
    if (nameLength === 0) return this.#refuse('invalid_labels', 'empty label name');
    if (nameLength > limits.maxLabelNameBytes) {
      return this.#refuse(
        'label_limit',
        `label name of ${nameLength} bytes, at most ${limits.maxLabelNameBytes} are allowed`,
      );
    }
    if (valueLength > limits.maxLabelValueBytes) {
      return this.#refuse(
        'label_limit',
        `label value of ${valueLength} bytes, at most ${limits.maxLabelValueBytes} are allowed`,
      );
    }
    if (valueLength > 0 && this.#order.length >= Math.min(limits.maxLabels, MOST_LABELS)) {
      return this.#refuse('label_limit', `more than ${limits.maxLabels} labels`);
    }
    return true;
  }

  #refuse(reason: RejectReason, problem: string): false {
    this.reason = reason;
    this.problem = problem;
    return false;
  }

  #reserve(length: number): number {
    const at = this.#textLength;
    if (at + length > this.#text.length) {
      const bigger = new Uint8Array(Math.max(this.#text.length * 2, at + length));
      bigger.set(this.#text.subarray(0, at));
      this.#text = bigger;
    }
    this.#textLength = at + length;
    return at;
  }

  #record(at: number, nameLength: number, valueLength: number): void {
    if (valueLength === 0) return;
    this.#order.push(this.#places.length);
    this.#places.push(at, at + nameLength, at + nameLength + valueLength);
  }

  #compareNames(x: number, y: number): number {
    const places = this.#places;
    return compareRanges(
      this.#text,
      places[x] ?? 0,
      places[x + 1] ?? 0,
      this.#text,
      places[y] ?? 0,
      places[y + 1] ?? 0,
    );
  }

  #valid(): boolean {
    for (let i = 0; i < this.#order.length; i++) {
      const label = this.#order[i] ?? 0;
      const start = this.#places[label] ?? 0;
      const middle = this.#places[label + 1] ?? 0;
      const end = this.#places[label + 2] ?? 0;
      if (!validUtf8(this.#text, start, middle) || !validUtf8(this.#text, middle, end)) {
        return this.#refuse('invalid_labels', `label ${this.#quote(start, middle)} is not UTF-8`);
      }
      if (i > 0 && this.#compareNames(this.#order[i - 1] ?? 0, label) === 0) {
        return this.#refuse('duplicate_label', `label ${this.#quote(start, middle)} occurs twice`);
      }
    }
    return true;
  }

  #quote(start: number, end: number): string {
    return JSON.stringify(decoder.decode(this.#text.subarray(start, Math.min(end, start + 64))));
  }

  #write(): number {
    const most = this.#textLength + this.#order.length * 8;
    if (most > this.bytes.length) this.bytes = new Uint8Array(most * 2);
    let at = 0;
    for (const label of this.#order) {
      const start = this.#places[label] ?? 0;
      const middle = this.#places[label + 1] ?? 0;
      const end = this.#places[label + 2] ?? 0;
      at = writeLength(this.bytes, at, middle - start);
      at = copy(this.#text, start, middle, this.bytes, at);
      at = writeLength(this.bytes, at, end - middle);
      at = copy(this.#text, middle, end, this.bytes, at);
    }
    return at;
  }
}

/**
 * Visits the labels of the canonical form `bytes[start, end)` in order. Positions are in `bytes`: the name lies in
 * [nameStart, nameEnd), the value in [valueStart, valueEnd).
 */
export function forEachLabel(
  bytes: Uint8Array,
  start: number,
  end: number,
  visit: (nameStart: number, nameEnd: number, valueStart: number, valueEnd: number) => void,
): void {
  let at = start;
  while (at < end) {
    let length = bytes[at++] ?? 0;
    if (length > 127) {
      length = readLength(bytes, at, length);
      at += lengthBytes(length) - 1;
    }
    const nameStart = at;
    const nameEnd = at + length;
    at = nameEnd;
    length = bytes[at++] ?? 0;
    if (length > 127) {
      length = readLength(bytes, at, length);
      at += lengthBytes(length) - 1;
    }
    visit(nameStart, nameEnd, at, at + length);
    at += length;
  }
}

/** Names and values in turn, sorted as in the canonical form. */
export function labelsToPairs(bytes: Uint8Array, start: number, end: number): string[] {
  const pairs: string[] = [];
  forEachLabel(bytes, start, end, (nameStart, nameEnd, valueStart, valueEnd) => {
    pairs.push(
      decoder.decode(bytes.subarray(nameStart, nameEnd)),
      decoder.decode(bytes.subarray(valueStart, valueEnd)),
    );
  });
  return pairs;
}

/** Of `labelsFromPairs`: two buffers for every set are more than the sets, where thousands are made at once. */
let pairsBuilder = new LabelSetBuilder();
const MAX_KEPT_BYTES = 65_536;

/** The canonical form of names and values in turn, in any order. Throws a RangeError when they are no label set. */
export function labelsFromPairs(pairs: readonly string[]): Uint8Array {
  const builder = pairsBuilder;
  builder.clear();
  for (let i = 0; i + 1 < pairs.length; i += 2) builder.addText(pairs[i] ?? '', pairs[i + 1] ?? '');
  const length = builder.finish();
  if (length < 0 || length > MAX_KEPT_BYTES) pairsBuilder = new LabelSetBuilder();
  if (length < 0) throw new RangeError(builder.problem);
  return builder.bytes.slice(0, length);
}

/** Orders two byte ranges; negative, zero or positive. */
export function compareRanges(
  a: Uint8Array,
  aStart: number,
  aEnd: number,
  b: Uint8Array,
  bStart: number,
  bEnd: number,
): number {
  const shorter = Math.min(aEnd - aStart, bEnd - bStart);
  for (let i = 0; i < shorter; i++) {
    const difference = (a[aStart + i] ?? 0) - (b[bStart + i] ?? 0);
    if (difference !== 0) return difference;
  }
  return aEnd - aStart - (bEnd - bStart);
}

function validUtf8(bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) {
    if ((bytes[i] ?? 0) > 127) return isUtf8(bytes.subarray(i, end));
  }
  return true;
}

/** Label texts are short: a loop beats `set` with its two views. Returns the end of the copy. */
function copy(from: Uint8Array, start: number, end: number, into: Uint8Array, at: number): number {
  if (end - start > 64) {
    into.set(from.subarray(start, end), at);
    return at + end - start;
  }
  let to = at;
  for (let i = start; i < end; i++) into[to++] = from[i] ?? 0;
  return to;
}

function writeLength(bytes: Uint8Array, at: number, length: number): number {
  let rest = length;
  let to = at;
  while (rest > 127) {
    bytes[to++] = (rest & 127) | 128;
    rest >>>= 7;
  }
  bytes[to++] = rest;
  return to;
}

/** Continues a length whose first byte was `first` (above 127). */
function readLength(bytes: Uint8Array, at: number, first: number): number {
  let length = first & 127;
  for (let shift = 7, i = at; shift < 32; shift += 7, i++) {
    const byte = bytes[i] ?? 0;
    length |= (byte & 127) << shift;
    if (byte < 128) break;
  }
  return length >>> 0;
}

function lengthBytes(length: number): number {
  return length < 128 ? 1 : length < 16384 ? 2 : length < 2097152 ? 3 : length < 268435456 ? 4 : 5;
}
