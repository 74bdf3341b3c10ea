/**
 * The symbol table of a remote-write 2.0 request: where each string lies, and its hash once somebody asks.
 *
 * Model: `add` records positions as the request is stepped through; `form` hashes a series' references by chaining the 128-bit hashes
 * of their strings, so that the same labels have the same form whatever their numbers are in this request. A symbol
 * that many series share is hashed once.
 *
 * Invariants: symbol 0 is the empty string; memory is 28 bytes a symbol and symbols are bounded.
 */
import { DecodeError, RequestLimitError } from '../model/decode-error.ts';
import { hashView, hashWords, processKey, taggedSeed } from '../model/hash.ts';

const MAX_SYMBOLS = 1 << 20;
/** References of one series that a form may have: twice the most labels any limit allows. */
const MAX_REFS = 8192;

const METRIC_NAME = new TextEncoder().encode('__name__');
const formSeed = taggedSeed('remote-write 2.0');

// One table serves all requests of the thread: a request is decoded in one go.
let starts = new Uint32Array(1024);
let ends = new Uint32Array(1024);
let hashes = new Uint32Array(4096);
let hashed = new Uint8Array(1024);
const formWords = new Uint32Array(4 * MAX_REFS);
const formView = new DataView(formWords.buffer);

export class SymbolTable {
  readonly #view: DataView;
  count = 0;

  constructor(view: DataView) {
    this.#view = view;
  }

  /** Records the symbol in [start, end) of the body. */
  add(start: number, end: number): void {
    const index = this.count;
    if (index === 0 && end !== start) throw new DecodeError('symbol 0 is not empty', start);
    if (index === MAX_SYMBOLS) {
      throw new RequestLimitError(`more than ${MAX_SYMBOLS} symbols in one request`);
    }
    if (index === starts.length) grow();
    starts[index] = start;
    ends[index] = end;
    hashed[index] = 0;
    this.count = index + 1;
  }

  start(ref: number): number {
    return starts[ref];
  }

  end(ref: number): number {
    return ends[ref];
  }

  /** Hashes the strings of refs[0, count) into `hashWords`; all must be below `count` of the table. */
  form(refs: Uint32Array, count: number): void {
    let at = 0;
    for (let i = 0; i < count; i++) {
      const ref = refs[i];
      if (hashed[ref] === 0) this.#hash(ref);
      const from = ref * 4;
      formWords[at] = hashes[from];
      formWords[at + 1] = hashes[from + 1];
      formWords[at + 2] = hashes[from + 2];
      formWords[at + 3] = hashes[from + 3];
      at += 4;
    }
    hashView(formView, 0, at * 4, formSeed);
  }

  /** Puts the hash of a symbol into four words of `into`. */
  copyHash(ref: number, into: Uint32Array, at: number): void {
    if (hashed[ref] === 0) this.#hash(ref);
    for (let i = 0; i < 4; i++) into[at + i] = hashes[ref * 4 + i];
  }

  /** Whether a symbol is the label name of metric names. */
  isMetricName(ref: number): boolean {
    const start = starts[ref];
    if (ends[ref] - start !== METRIC_NAME.length) return false;
    for (let i = 0; i < METRIC_NAME.length; i++) {
      if (this.#view.getUint8(start + i) !== METRIC_NAME[i]) return false;
    }
    return true;
  }

  #hash(ref: number): void {
    hashView(this.#view, starts[ref], ends[ref], processKey);
    hashes.set(hashWords, ref * 4);
    hashed[ref] = 1;
  }
}

/** References of one series that fit a form. */
export const MAX_FORM_REFS = MAX_REFS;

/** Gives large tables back after a request that needed them. */
export function shrinkSymbols(): void {
  if (starts.length <= 65_536) return;
  starts = new Uint32Array(1024);
  ends = new Uint32Array(1024);
  hashes = new Uint32Array(4096);
  hashed = new Uint8Array(1024);
}

function grow(): void {
  const size = starts.length * 2;
  starts = larger(starts, size);
  ends = larger(ends, size);
  hashes = larger(hashes, size * 4);
  const flags = new Uint8Array(size);
  flags.set(hashed);
  hashed = flags;
}

function larger(from: Uint32Array, size: number): Uint32Array<ArrayBuffer> {
  const into = new Uint32Array(size);
  into.set(from);
  return into;
}
