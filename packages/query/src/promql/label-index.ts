/**
 * Ordinals for label sets and parts of them: grouping and matching without strings.
 *
 * Model: an open-addressed hash table from sequences of symbol ids to ordinals 0, 1, 2... in order of first sight; the sequences
 * lie one after another in one array.
 */
import { compareBytes, Labels, METRIC_NAME, symbol, symbolText } from '@sightline/store';
import type { Aggregate } from './ast.ts';
import { quote } from './go-quote.ts';

const metricName = symbol(METRIC_NAME);

export class SequenceIndex {
  #slots = new Int32Array(64);
  #ids = new Int32Array(256);
  #ends: number[] = [];
  #hashes: number[] = [];
  #used = 0;

  get size(): number {
    return this.#ends.length;
  }

  /** The ordinal of a sequence; a new one equals the former `size`. */
  intern(ids: readonly number[] | Int32Array, length: number): number {
    let hash = length;
    for (let i = 0; i < length; i++) {
      hash = Math.imul(hash ^ (ids[i] ?? 0), 0x9e3779b1);
      hash ^= hash >>> 15;
    }
    const mask = this.#slots.length - 1;
    let slot = hash & mask;
    for (;;) {
      const ordinal = (this.#slots[slot] ?? 0) - 1;
      if (ordinal < 0) break;
      if (this.#hashes[ordinal] === hash && this.#equals(ordinal, ids, length)) return ordinal;
      slot = (slot + 1) & mask;
    }
    return this.#append(ids, length, hash, slot);
  }

  #equals(ordinal: number, ids: readonly number[] | Int32Array, length: number): boolean {
    const start = ordinal === 0 ? 0 : (this.#ends[ordinal - 1] ?? 0);
    if ((this.#ends[ordinal] ?? 0) - start !== length) return false;
    for (let i = 0; i < length; i++) if (this.#ids[start + i] !== ids[i]) return false;
    return true;
  }

  #append(ids: readonly number[] | Int32Array, length: number, hash: number, slot: number): number {
    if (this.#used + length > this.#ids.length) {
      const grown = new Int32Array(Math.max(this.#used + length, this.#ids.length * 2));
      grown.set(this.#ids);
      this.#ids = grown;
    }
    for (let i = 0; i < length; i++) this.#ids[this.#used + i] = ids[i] ?? 0;
    this.#used += length;
    const ordinal = this.#ends.length;
    this.#ends.push(this.#used);
    this.#hashes.push(hash);
    this.#slots[slot] = ordinal + 1;
    if (this.#ends.length * 2 > this.#slots.length) this.#rehash();
    return ordinal;
  }

  #rehash(): void {
    this.#slots = new Int32Array(this.#slots.length * 4);
    const mask = this.#slots.length - 1;
    for (let ordinal = 0; ordinal < this.#hashes.length; ordinal++) {
      let slot = (this.#hashes[ordinal] ?? 0) & mask;
      while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
      this.#slots[slot] = ordinal + 1;
    }
  }
}

/** Ordinals of whole label sets. */
export class LabelsIndex {
  #index = new SequenceIndex();

  get size(): number {
    return this.#index.size;
  }

  ordinal(labels: Labels): number {
    return this.#index.intern(labels.ids, labels.ids.length);
  }
}

/** Ordinals of the part of a label set that `by`/`on` names, or that `without`/`ignoring` leaves (the metric name never). */
export class Grouper {
  #index = new SequenceIndex();
  #names: number[];
  #excluded: Set<number> | null;
  #scratch: number[] = [];

  constructor(names: readonly string[], without: boolean) {
    const sorted = [...new Set(names)].sort(compareBytes);
    this.#names = sorted.map(symbol);
    this.#excluded = without ? new Set([...this.#names, metricName]) : null;
  }

  get size(): number {
    return this.#index.size;
  }

  ordinal(labels: Labels): number {
    const scratch = this.#scratch;
    let length = 0;
    if (this.#excluded === null) {
      for (const name of this.#names) scratch[length++] = labels.valueId(name);
    } else {
      const ids = labels.ids;
      for (let i = 0; i < ids.length; i += 2) {
        const name = ids[i] ?? 0;
        if (this.#excluded.has(name)) continue;
        scratch[length++] = name;
        scratch[length++] = ids[i + 1] ?? 0;
      }
    }
    return this.#index.intern(scratch, length);
  }

  /** The labels that the ordinal stands for, of any member. */
  part(labels: Labels): Labels {
    if (this.#excluded !== null) return labels.drop(this.#excluded);
    const kept: number[] = [];
    for (const name of this.#names) {
      const value = labels.valueId(name);
      if (value !== 0) kept.push(name, value);
    }
    return new Labels(kept);
  }
}

const metadataNames = new Set([metricName, symbol('__type__'), symbol('__unit__')]);

/** Without metric name, type and unit. */
export function withoutMetadata(labels: Labels): Labels {
  return labels.drop(metadataNames);
}

/** With one label set; symbol 0 as the value removes it. */
export function withLabel(labels: Labels, name: number, value: number): Labels {
  const { ids } = labels;
  const text = symbolText(name);
  let at = 0;
  while (at < ids.length && ids[at] !== name && compareBytes(symbolText(ids[at] ?? 0), text) < 0)
    at += 2;
  const known = ids[at] === name;
  if (value === (known ? ids[at + 1] : 0)) return labels;
  const changed = ids.slice(0, at);
  if (value !== 0) changed.push(name, value);
  for (let i = known ? at + 2 : at; i < ids.length; i++) changed.push(ids[i] ?? 0);
  return new Labels(changed);
}

const LEGACY_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** As Go prints label sets: `{a="b", c="d"}`. */
export function labelsText(labels: Labels): string {
  const pairs = labels.toPairs();
  let text = '';
  for (let i = 0; i < pairs.length; i += 2) {
    const name = pairs[i] ?? '';
    const shown = LEGACY_NAME.test(name) ? name : quote(name);
    text += `${i === 0 ? '' : ', '}${shown}=${quote(pairs[i + 1] ?? '')}`;
  }
  return `{${text}}`;
}

/** The labels that a series' group has in an aggregation. */
export function groupLabels(expr: Aggregate, grouper: Grouper, labels: Labels): Labels {
  return !expr.without && expr.grouping.length === 0 ? Labels.empty : grouper.part(labels);
}
