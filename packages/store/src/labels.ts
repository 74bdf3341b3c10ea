/**
 * Label sets as queries see them.
 *
 * Model: every label name and value is interned once per thread (`symbol`), and a label set is a list of symbol ids, name and
 * value in turn, sorted by name in byte order. Grouping and matching compare integers; strings appear only in answers.
 *
 * Invariants: no name occurs twice, no value is empty, a set never changes. Symbols are never freed: the query pool
 * retires a worker whose `symbolCount()` has grown past its bound.
 */

const texts: string[] = [''];
const ids = new Map<string, number>([['', 0]]);

/** The id of a string in this thread; 0 is the empty string. */
export function symbol(text: string): number {
  const known = ids.get(text);
  if (known !== undefined) return known;
  const id = texts.length;
  texts.push(text);
  ids.set(text, id);
  return id;
}

/** The id of a string if it has one, or -1: a label that nobody has interned matches nothing. */
export function knownSymbol(text: string): number {
  return ids.get(text) ?? -1;
}

export function symbolText(id: number): string {
  return texts[id] ?? '';
}

export function symbolCount(): number {
  return texts.length;
}

/** Orders strings by their UTF-8 bytes, as Prometheus sorts label names (UTF-16 order differs for surrogate pairs). */
export function compareBytes(a: string, b: string): number {
  if (a === b) return 0;
  const shorter = Math.min(a.length, b.length);
  for (let i = 0; i < shorter; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) {
      const xSurrogate = x >= 0xd800 && x <= 0xdfff;
      const ySurrogate = y >= 0xd800 && y <= 0xdfff;
      return xSurrogate === ySurrogate ? x - y : xSurrogate ? 1 : -1;
    }
  }
  return a.length - b.length;
}

export const METRIC_NAME = '__name__';
const metricName = symbol(METRIC_NAME);

export class Labels {
  /** Symbol ids: name, value, name, value... Read only. */
  readonly ids: readonly number[];
  #key: string | undefined;

  /** `sortedIds` must satisfy the invariants above; use `fromPairs` for anything unsorted. */
  constructor(sortedIds: readonly number[]) {
    this.ids = sortedIds;
  }

  static readonly empty = new Labels([]);

  /** From names and values in turn, in any order; empty values are dropped, the last of a repeated name stays. */
  static fromPairs(pairs: readonly string[]): Labels {
    const byName = new Map<string, string>();
    for (let i = 0; i + 1 < pairs.length; i += 2) byName.set(pairs[i] ?? '', pairs[i + 1] ?? '');
    return Labels.#fromMap(byName);
  }

  static of(record: Readonly<Record<string, string>>): Labels {
    return Labels.#fromMap(new Map(Object.entries(record)));
  }

  static #fromMap(byName: ReadonlyMap<string, string>): Labels {
    const names = [...byName.keys()].filter((name) => byName.get(name) !== '').sort(compareBytes);
    const sorted: number[] = [];
    for (const name of names) sorted.push(symbol(name), symbol(byName.get(name) ?? ''));
    return new Labels(sorted);
  }

  /** Number of labels. */
  get size(): number {
    return this.ids.length >> 1;
  }

  /** Value of a label, '' when absent. */
  get(name: string): string {
    const id = knownSymbol(name);
    return id < 0 ? '' : symbolText(this.valueId(id));
  }

  /** Symbol of the value of the label whose name has this symbol; 0 when absent. */
  valueId(nameId: number): number {
    const list = this.ids;
    for (let i = 0; i < list.length; i += 2) if (list[i] === nameId) return list[i + 1] ?? 0;
    return 0;
  }

  get metricName(): string {
    return symbolText(this.valueId(metricName));
  }

  /** A string that is equal for equal label sets and for no others; for map keys, within this thread. */
  get key(): string {
    if (this.#key === undefined) {
      let key = '';
      for (const id of this.ids) key += String.fromCharCode(id >>> 16, id & 0xffff);
      this.#key = key;
    }
    return this.#key;
  }

  /** The labels with these names only. */
  keep(nameIds: ReadonlySet<number>): Labels {
    return this.#filter((id) => nameIds.has(id));
  }

  /** The labels without these names. */
  drop(nameIds: ReadonlySet<number>): Labels {
    return this.#filter((id) => !nameIds.has(id));
  }

  withoutName(): Labels {
    return this.valueId(metricName) === 0 ? this : this.#filter((id) => id !== metricName);
  }

  #filter(keeps: (nameId: number) => boolean): Labels {
    const kept: number[] = [];
    for (let i = 0; i < this.ids.length; i += 2) {
      const name = this.ids[i] ?? 0;
      if (keeps(name)) kept.push(name, this.ids[i + 1] ?? 0);
    }
    return kept.length === this.ids.length ? this : new Labels(kept);
  }

  /** With one label set to `value`; an empty value removes it. */
  with(name: string, value: string): Labels {
    const pairs = this.toPairs();
    pairs.push(name, value);
    return Labels.fromPairs(pairs);
  }

  /** Names and values in turn. */
  toPairs(): string[] {
    return this.ids.map(symbolText);
  }

  toObject(): Record<string, string> {
    const pairs: [string, string][] = [];
    for (let i = 0; i < this.ids.length; i += 2) {
      pairs.push([symbolText(this.ids[i] ?? 0), symbolText(this.ids[i + 1] ?? 0)]);
    }
    // Defines `__proto__` as any other name, which an assignment would not.
    return Object.fromEntries(pairs);
  }

  /** Prometheus' order: by name, then value, pair by pair; the shorter set first. */
  static compare(a: Labels, b: Labels): number {
    const shorter = Math.min(a.ids.length, b.ids.length);
    for (let i = 0; i < shorter; i++) {
      const x = a.ids[i] ?? 0;
      const y = b.ids[i] ?? 0;
      if (x !== y) return compareBytes(symbolText(x), symbolText(y));
    }
    return a.ids.length - b.ids.length;
  }
}
