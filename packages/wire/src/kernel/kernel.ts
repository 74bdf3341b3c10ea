/**
 * The host of the intake kernel (packages/wire/kernel/intake.ts): one per thread, made when first used.
 *
 * Model: memory holds fixed regions for what the kernel finds (series records, times, value bits), then the compressed block of the
 * present request, then its uncompressed body. It grows for larger requests and never shrinks; threads that take large bodies end
 * when they are idle.
 *
 * Invariants: a body that `uncompress` returned lies in this memory and is valid until the next call; views are made anew after memory has
 * grown; regions are followed by slack for the kernel's wide loads and stores.
 */
import { DecodeError } from '../model/decode-error.ts';
import { hashWords, processKey } from '../model/hash.ts';
import { INTAKE_KERNEL } from './binary.ts';

const PAGE_BYTES = 65_536;
const SLACK_BYTES = 64;
/** Most series and rows that one `scan` returns. */
const MAX_SERIES = 1024;
const MAX_ROWS = 4096;
const SEED_AT = 1024;
const SERIES_AT = 4096;
/** Words of a series record: start and end of the message's content (addresses), first row, unused, four words of hash. */
export const SERIES_WORDS = 8;
const TIMES_AT = SERIES_AT + MAX_SERIES * SERIES_WORDS * 4;
const LOWS_AT = TIMES_AT + MAX_ROWS * 8;
const HIGHS_AT = LOWS_AT + MAX_ROWS * 4;
const BLOCK_AT = HIGHS_AT + MAX_ROWS * 4 + SLACK_BYTES;
const INITIAL_PAGES = 32;
/** The largest body and block that configuration allows, and the regions in front of them. */
const MAX_PAGES = 16_384;

/** By what the kernel's `uncompress` answers. */
const PROBLEMS = [
  '',
  'truncated snappy element',
  'truncated snappy literal',
  'snappy element past the end',
  'snappy copy before the start',
  'truncated snappy block',
];

type KernelFunction = (...numbers: number[]) => number;

export class IntakeKernel {
  /** Words of the memory: series records and value bits are read through it. */
  words: Uint32Array;
  /** Doubles of the memory: times are read through it. */
  numbers: Float64Array;
  #bytes: Uint8Array;
  readonly #memory: WebAssembly.Memory;
  readonly #uncompress: KernelFunction;
  readonly #elementAt: KernelFunction;
  readonly #scan: KernelFunction;
  readonly #scanned: KernelFunction;
  readonly #rows: KernelFunction;
  readonly #earliest: KernelFunction;
  readonly #latest: KernelFunction;
  readonly #digest: KernelFunction;

  constructor() {
    this.#memory = new WebAssembly.Memory({ initial: INITIAL_PAGES, maximum: MAX_PAGES });
    const module = new WebAssembly.Module(Buffer.from(INTAKE_KERNEL, 'base64'));
    const { exports } = new WebAssembly.Instance(module, { env: { memory: this.#memory } });
    this.#uncompress = exported(exports, 'uncompress');
    this.#elementAt = exported(exports, 'elementAt');
    this.#scan = exported(exports, 'scanSeries');
    this.#scanned = exported(exports, 'scanned');
    this.#rows = exported(exports, 'rows');
    this.#earliest = exported(exports, 'earliest');
    this.#latest = exported(exports, 'latest');
    this.#digest = exported(exports, 'digest');
    this.#bytes = new Uint8Array(this.#memory.buffer);
    this.words = new Uint32Array(this.#memory.buffer);
    this.numbers = new Float64Array(this.#memory.buffer);
    this.words.set(processKey, SEED_AT >> 2);
    exported(exports, 'setSeed')(SEED_AT);
  }

  /**
   * Uncompresses the elements of a snappy block, which begin at `from` and announce `length` bytes; the caller has bounded `length`.
   * Throws DecodeError when they are damaged.
   */
  uncompress(block: Uint8Array, from: number, length: number): Uint8Array {
    const blockEnd = BLOCK_AT + block.length;
    const bodyAt = Math.ceil((blockEnd + SLACK_BYTES) / SLACK_BYTES) * SLACK_BYTES;
    this.#reserve(bodyAt + length + SLACK_BYTES);
    this.#bytes.set(block, BLOCK_AT);
    const problem = this.#uncompress(BLOCK_AT + from, blockEnd, bodyAt, bodyAt + length);
    if (problem !== 0) throw new DecodeError(PROBLEMS[problem], this.#elementAt() - BLOCK_AT);
    return this.#bytes.subarray(bodyAt, bodyAt + length);
  }

  /** A 128-bit digest of `bytes` into `hashWords`, the same in every process; not one that resists forgery. */
  digest(bytes: Uint8Array): void {
    this.#reserve(BLOCK_AT + bytes.length + SLACK_BYTES);
    this.#bytes.set(bytes, BLOCK_AT);
    this.#digest(BLOCK_AT, BLOCK_AT + bytes.length, SERIES_AT);
    for (let i = 0; i < 4; i++) hashWords[i] = this.words[(SERIES_AT >> 2) + i];
  }

  /** Whether a body lies in this memory, so that `scan` can read it. */
  holds(body: Uint8Array): boolean {
    return body.buffer === this.#bytes.buffer;
  }

  /**
   * Scans plain series of the remote-write 1.0 request in [from, end) of `body`. Returns how many were found: their records begin at
   * `seriesAt`, their rows at `timesAt`, `lowsAt` and `highsAt`; `scannedTo` tells where it stopped.
   */
  scan(body: Uint8Array, from: number, end: number): number {
    const base = body.byteOffset;
    return this.#scan(
      base + from,
      base + end,
      SERIES_AT,
      MAX_SERIES,
      TIMES_AT,
      LOWS_AT,
      HIGHS_AT,
      MAX_ROWS,
    );
  }

  /** Offset in `body` of the first byte that the last `scan` did not take. */
  scannedTo(body: Uint8Array): number {
    return this.#scanned() - body.byteOffset;
  }

  /** Rows of the last `scan`. */
  get rows(): number {
    return this.#rows();
  }

  /** Whether all rows of the last `scan` lie in [min, max] (Unix ms); may be false though they do. */
  isWithin(min: number, max: number): boolean {
    return this.#earliest() >= min && this.#latest() <= max;
  }

  /** Index in `words` of the first series record. */
  readonly seriesAt = SERIES_AT >> 2;
  /** Index in `numbers` of the first row's time (Unix ms). */
  readonly timesAt = TIMES_AT >> 3;
  /** Index in `words` of the low word of the first row's value, and of the high word. */
  readonly lowsAt = LOWS_AT >> 2;
  readonly highsAt = HIGHS_AT >> 2;

  #reserve(bytes: number): void {
    const missing = bytes - this.#bytes.length;
    if (missing <= 0) return;
    this.#memory.grow(Math.ceil(missing / PAGE_BYTES));
    this.#bytes = new Uint8Array(this.#memory.buffer);
    this.words = new Uint32Array(this.#memory.buffer);
    this.numbers = new Float64Array(this.#memory.buffer);
  }
}

function exported(exports: WebAssembly.Exports, name: string): KernelFunction {
  const found = exports[name];
  if (typeof found !== 'function') throw new Error(`the intake kernel has no function ${name}`);
  return (...numbers) => Number(found(...numbers));
}

let shared: IntakeKernel | undefined;

/** The kernel of this thread. */
export function intakeKernel(): IntakeKernel {
  shared ??= new IntakeKernel();
  return shared;
}

/** As `IntakeKernel.digest`, with the kernel of this thread. */
export function digestBytes(bytes: Uint8Array): void {
  intakeKernel().digest(bytes);
}
