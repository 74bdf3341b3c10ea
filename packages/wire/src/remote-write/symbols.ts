/**
 * The symbol table of a remote-write 2.0 request: where each string lies, and its hash once somebody asks.
 *
 * Model: `add` records positions as the request is stepped through. A symbol's hash is that of its string, a label's that of the
 * hashes of its name and value, a series' form (`form`) that of the hashes of its labels in their order: so the same labels have the same
 * form whatever their numbers are in this request, and what many series share is hashed once.
 *
 * Invariants: symbol 0 is the empty string; memory is 28 bytes a symbol and symbols are bounded.
 */
import { DecodeError, RequestLimitError } from '../model/decode-error.ts';
import { hashView, hashWords, processKey, taggedSeed } from '../model/hash.ts';
import { ProtobufReader } from '../protobuf/reader.ts';

/** Field of a request that holds a symbol. */
export const SYMBOLS_FIELD = 4;
const MAX_SYMBOLS = 1 << 20;
/** References of one series that a form may have: twice the most labels any limit allows. */
const MAX_REFS = 8192;

const METRIC_NAME = new TextEncoder().encode('__name__');
const formSeed = taggedSeed('remote-write 2.0');
const pairSeed = taggedSeed('remote-write 2.0, label');

// One table serves all requests of the thread: a request is decoded in one go.
let starts = new Uint32Array(1024);
let ends = new Uint32Array(1024);
let hashes = new Uint32Array(4096);
let hashed = new Uint8Array(1024);
// Labels that many series of a request share: a direct-mapped table by the numbers of name and value. Eight words a slot: generation and
// name, value, hash.
const PAIR_SHIFT = 21;
const pairs = new Uint32Array(8 * 2 ** (32 - PAIR_SHIFT));
const MAX_GENERATION = 2 ** 12;
/** Of the current request, so that slots of earlier ones count as empty. */
let generation = 0;
const pairWords = new Uint32Array(8);
const pairView = new DataView(pairWords.buffer);

// Odd multipliers, one for each word of a form.
const K1 = 0x9e3779b1 | 0;
const K2 = 0x85ebca77 | 0;
const K3 = 0xc2b2ae3d | 0;
const K4 = 0x27d4eb2f | 0;

export class SymbolTable {
  count = 0;
  /** Where the request goes on after what has been stepped through. */
  after = 0;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #complete = false;

  /** `view` is of all of `bytes`. */
  constructor(bytes: Uint8Array, view: DataView) {
    this.#bytes = bytes;
    this.#view = view;
    if (++generation === MAX_GENERATION) {
      generation = 1;
      pairs.fill(0);
    }
  }

  /** Records the symbol in [start, end) of the body, unless a look ahead has done it. */
  add(start: number, end: number): void {
    if (!this.#complete) this.#record(start, end);
  }

  /** Whether there is such a symbol. Symbols stand before the time series; where they do not, this looks ahead, once. */
  has(ref: number): boolean {
    if (ref >= this.count && !this.#complete) this.#lookAhead();
    return ref < this.count;
  }

  #lookAhead(): void {
    this.#complete = true;
    const reader = new ProtobufReader();
    reader.reset(this.#bytes, this.after);
    while (reader.next()) {
      if (reader.field !== SYMBOLS_FIELD) {
        reader.skip();
        continue;
      }
      const length = reader.length();
      this.#record(reader.pos, reader.pos + length);
      reader.pos += length;
    }
  }

  #record(start: number, end: number): void {
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

  /**
   * Hashes the labels of refs[0, count), names and values in turn, into `hashWords`; all must be below `this.count`. Each word is a
   * polynomial of the labels' words: these are hashes already, so that sums of theirs collide no sooner than they do.
   */
  form(refs: Uint32Array, count: number): void {
    const table = pairs;
    const stamp = generation * MAX_SYMBOLS;
    let a = formSeed[0] | 0;
    let b = formSeed[1] | 0;
    let c = formSeed[2] | 0;
    let d = formSeed[3] | 0;
    for (let i = 0; i < count; i += 2) {
      const name = refs[i];
      const value = refs[i + 1];
      const mixed = Math.imul(name, K1) + Math.imul(value, K2);
      const slot = (mixed >>> PAIR_SHIFT) << 3;
      if (table[slot] !== stamp + name || table[slot + 1] !== value) this.#pair(slot, name, value);
      a = (Math.imul(a, K1) + table[slot + 2]) | 0;
      b = (Math.imul(b, K2) + table[slot + 3]) | 0;
      c = (Math.imul(c, K3) + table[slot + 4]) | 0;
      d = (Math.imul(d, K4) + table[slot + 5]) | 0;
    }
    hashWords[0] = a;
    hashWords[1] = b;
    hashWords[2] = c;
    hashWords[3] = d;
  }

  /** Hashes a name and a value into a slot of the pairs. */
  #pair(slot: number, name: number, value: number): void {
    this.copyHash(name, pairWords, 0);
    this.copyHash(value, pairWords, 4);
    hashView(pairView, 0, 32, pairSeed);
    pairs[slot] = generation * MAX_SYMBOLS + name;
    pairs[slot + 1] = value;
    pairs.set(hashWords, slot + 2);
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
