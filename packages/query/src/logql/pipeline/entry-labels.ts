/**
 * The labels of one line while a pipeline works on it.
 *
 * Model: three layers. The stream's own labels never change and are indexed once per stream; structured metadata and what stages
 * extract or format lie above them in small parallel arrays that are reused from line to line; labels that stages removed are
 * noted by name. `__error__` and `__error_details__` are fields of their own.
 *
 * Invariants: a name occurs once in the result. A parser never replaces a label of the stream or of the metadata: its value gets the
 * name with `_extracted`.
 */
import { compareBytes, type Labels } from '@sightline/store';

export const ERROR_LABEL = '__error__';
export const ERROR_DETAILS_LABEL = '__error_details__';
const DUPLICATE_SUFFIX = '_extracted';

const METADATA = 1;
const PARSED = 2;

/** Whether a label may be one that has given way to another of its name. */
export function isExtracted(name: string): boolean {
  return name.endsWith(DUPLICATE_SUFFIX);
}

/** The labels of a stream as a pipeline needs them. */
export type StreamView = Pick<Labels, 'get' | 'toPairs'>;

/** The labels of a stream, indexed. */
export class StreamLabels {
  readonly pairs: readonly string[];
  readonly byName: ReadonlyMap<string, string>;

  constructor(labels: StreamView) {
    this.pairs = labels.toPairs();
    const byName = new Map<string, string>();
    for (let i = 0; i < this.pairs.length; i += 2) {
      byName.set(this.pairs[i] ?? '', this.pairs[i + 1] ?? '');
    }
    this.byName = byName;
  }
}

const NO_STREAM = new Map<string, string>();

export class EntryLabels {
  error = '';
  errorDetails = '';
  #stream: ReadonlyMap<string, string> = NO_STREAM;
  /** Labels above those of the stream: `#names[0..#size)`. */
  readonly #names: string[] = [];
  readonly #values: string[] = [];
  readonly #layers: number[] = [];
  #size = 0;
  /** Names of the stream that are hidden. */
  readonly #removed: string[] = [];

  /** Begins a line. */
  reset(stream: StreamLabels, metadata: readonly string[]): void {
    this.error = '';
    this.errorDetails = '';
    this.#stream = stream.byName;
    this.#size = 0;
    if (this.#removed.length > 0) this.#removed.length = 0;
    for (let i = 0; i + 1 < metadata.length; i += 2) {
      const name = metadata[i] ?? '';
      const shown = this.#stream.has(name) ? name + DUPLICATE_SUFFIX : name;
      if (this.#indexOf(shown) < 0) this.#push(shown, metadata[i + 1] ?? '', METADATA);
    }
  }

  /** Whether nothing but the stream's own labels is there. */
  get isPlain(): boolean {
    return this.#size === 0 && this.#removed.length === 0 && this.error === '';
  }

  #indexOf(name: string): number {
    for (let i = 0; i < this.#size; i++) if (this.#names[i] === name) return i;
    return -1;
  }

  #push(name: string, value: string, layer: number): void {
    const at = this.#size++;
    this.#names[at] = name;
    this.#values[at] = value;
    this.#layers[at] = layer;
  }

  /** The value of a label, or undefined. */
  get(name: string): string | undefined {
    const at = this.#indexOf(name);
    if (at >= 0) return this.#values[at];
    if (name === ERROR_LABEL) return this.error === '' ? undefined : this.error;
    if (name === ERROR_DETAILS_LABEL) {
      return this.errorDetails === '' ? undefined : this.errorDetails;
    }
    if (this.#removed.length > 0 && this.#removed.includes(name)) return undefined;
    return this.#stream.get(name);
  }

  /** A value that a parser found. Of values with one name the first stays. */
  extract(name: string, value: string): void {
    const at = this.#indexOf(name);
    if (at >= 0 && this.#layers[at] === PARSED) return;
    const taken = at >= 0 || (this.#stream.has(name) && !this.#removed.includes(name));
    if (!taken) {
      this.#push(name, value, PARSED);
      return;
    }
    const shown = name + DUPLICATE_SUFFIX;
    if (this.#indexOf(shown) < 0 && !this.#stream.has(shown)) this.#push(shown, value, PARSED);
  }

  #setParsed(name: string, value: string): void {
    const at = this.#indexOf(name);
    if (at < 0) this.#push(name, value, PARSED);
    else {
      this.#values[at] = value;
      this.#layers[at] = PARSED;
    }
  }

  /** A value that replaces whatever has the name (label_format). */
  set(name: string, value: string): void {
    if (this.#stream.has(name) && !this.#removed.includes(name)) this.#removed.push(name);
    this.#setParsed(name, value);
  }

  remove(name: string): void {
    if (name === ERROR_LABEL) this.error = '';
    if (name === ERROR_DETAILS_LABEL) this.errorDetails = '';
    const at = this.#indexOf(name);
    if (at >= 0) {
      const last = --this.#size;
      this.#names[at] = this.#names[last] ?? '';
      this.#values[at] = this.#values[last] ?? '';
      this.#layers[at] = this.#layers[last] ?? 0;
    }
    if (this.#stream.has(name) && !this.#removed.includes(name)) this.#removed.push(name);
  }

  /** Notes what went wrong with the line; the first error stays. */
  fail(kind: string, details: string): void {
    if (this.error !== '') return;
    this.error = kind;
    this.errorDetails = details;
  }

  /** A string that is equal for lines of one stream only if they have the same labels (error apart). */
  key(): string {
    let key = '';
    for (let i = 0; i < this.#size; i++) {
      key += `${this.#names[i] ?? ''}\0${this.#values[i] ?? ''}\0`;
    }
    return this.#removed.length === 0 ? key : `${key}\0${this.#removed.join('\0')}`;
  }

  /** Every name that is there, for `keep`. */
  names(): string[] {
    const names = this.#names.slice(0, this.#size);
    for (const name of this.#stream.keys()) {
      if (!this.#removed.includes(name) && this.#indexOf(name) < 0) names.push(name);
    }
    return names;
  }

  /** Names and values in turn of what is left of the stream, sorted by name. */
  streamPairs(): string[] {
    const pairs: string[] = [];
    for (const [name, value] of this.#stream) {
      if (!this.#removed.includes(name) && this.#indexOf(name) < 0) pairs.push(name, value);
    }
    return pairs;
  }

  /** Structured metadata, sorted by name. */
  metadataPairs(): string[] {
    return this.#layerPairs(METADATA, []);
  }

  /** What stages extracted or set, and the error, sorted by name. */
  parsedPairs(): string[] {
    const extra: string[] = [];
    if (this.error !== '') extra.push(ERROR_LABEL);
    if (this.errorDetails !== '') extra.push(ERROR_DETAILS_LABEL);
    return this.#layerPairs(PARSED, extra);
  }

  #layerPairs(layer: number, extra: string[]): string[] {
    const names = extra;
    for (let i = 0; i < this.#size; i++) {
      if (this.#layers[i] === layer) names.push(this.#names[i] ?? '');
    }
    if (names.length > 1) names.sort(compareBytes);
    const pairs: string[] = [];
    for (const name of names) pairs.push(name, this.get(name) ?? '');
    return pairs;
  }
}
