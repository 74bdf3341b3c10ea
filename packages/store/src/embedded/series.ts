/**
 * The live series of every tenant: in-memory id (`sid`) -> canonical labels, in memory that query and flush threads share.
 *
 * Model: `refs` holds four words a series: offset and length of its labels in `labels`, the tenant's index, and a generation that
 * counts how often the id was given out (ids of long idle series are given out again; a cache keyed by sid must also compare
 * the generation). Both buffers have their full size from the start: the operating system commits a page only when it is
 * first written, so an unused bound costs address space, not memory.
 *
 * Invariants: sid 0 is never given out; only the main thread writes; labels of a sid do not change while any head segment has
 * rows of it; sids never reach disk except as names local to one journal file.
 */

const REF_WORDS = 4;
const OFFSET = 0;
const LENGTH = 1;
const TENANT = 2;
const GENERATION = 3;
/** Label bytes are handed out in multiples of this, so that freed room can be reused by size. */
const LABEL_ALIGN = 32;
/** Average room per series that the label arena is sized for; node_exporter's series need about 110 bytes. */
const LABEL_BYTES_PER_SERIES = 512;

/** What another thread needs to read the table. */
export interface SharedSeries {
  refs: SharedArrayBuffer;
  labels: SharedArrayBuffer;
}

/** Read side; any thread. */
export class SeriesView {
  readonly labels: Uint8Array;
  protected readonly refs: Uint32Array;

  constructor(shared: SharedSeries) {
    this.refs = new Uint32Array(shared.refs);
    this.labels = new Uint8Array(shared.labels);
  }

  get capacity(): number {
    return this.refs.length / REF_WORDS;
  }

  /** Where the canonical labels of a series begin in `labels`. */
  labelStart(sid: number): number {
    return this.refs[sid * REF_WORDS + OFFSET];
  }

  labelEnd(sid: number): number {
    const at = sid * REF_WORDS;
    return this.refs[at + OFFSET] + this.refs[at + LENGTH];
  }

  tenantOf(sid: number): number {
    return this.refs[sid * REF_WORDS + TENANT];
  }

  generationOf(sid: number): number {
    return this.refs[sid * REF_WORDS + GENERATION];
  }
}

/** Write side; main thread only. */
export class SeriesTable extends SeriesView {
  readonly shared: SharedSeries;
  active = 0;
  #next = 1;
  #labelsUsed = 0;
  readonly #freeSids: number[] = [];
  readonly #freeLabels = new Map<number, number[]>();

  static create(maxSeries: number): SeriesTable {
    return new SeriesTable({
      refs: new SharedArrayBuffer((maxSeries + 1) * REF_WORDS * 4),
      labels: new SharedArrayBuffer(Math.max(1 << 20, maxSeries * LABEL_BYTES_PER_SERIES)),
    });
  }

  private constructor(shared: SharedSeries) {
    super(shared);
    this.shared = shared;
  }

  /** Highest sid ever given out. */
  get highest(): number {
    return this.#next - 1;
  }

  /** Bytes of label memory in use, free slots included. */
  get labelBytes(): number {
    return this.#labelsUsed;
  }

  /** Address space of the table. */
  get reservedBytes(): number {
    return this.shared.refs.byteLength + this.shared.labels.byteLength;
  }

  /** Gives out a sid for canonical labels; 0 when the table or its label memory is full. */
  add(tenant: number, labels: Uint8Array, start: number, length: number): number {
    const room = Math.ceil(length / LABEL_ALIGN) * LABEL_ALIGN;
    const sid = this.#freeSids.at(-1) ?? this.#next;
    if (sid >= this.capacity) return 0;
    const offset = this.#takeLabels(room);
    if (offset < 0) return 0;
    if (sid === this.#next) this.#next++;
    else this.#freeSids.pop();
    this.labels.set(labels.subarray(start, start + length), offset);
    const at = sid * REF_WORDS;
    this.refs[at + OFFSET] = offset;
    this.refs[at + LENGTH] = length;
    this.refs[at + TENANT] = tenant;
    this.refs[at + GENERATION] = this.refs[at + GENERATION] + 1;
    this.active++;
    return sid;
  }

  /** Takes a sid back. The caller guarantees that no head segment has rows of it. */
  free(sid: number): void {
    const at = sid * REF_WORDS;
    const length = this.refs[at + LENGTH];
    const room = Math.ceil(length / LABEL_ALIGN) * LABEL_ALIGN;
    const slots = this.#freeLabels.get(room);
    const offset = this.refs[at + OFFSET];
    if (slots === undefined) this.#freeLabels.set(room, [offset]);
    else slots.push(offset);
    this.refs[at + LENGTH] = 0;
    this.#freeSids.push(sid);
    this.active--;
  }

  isLive(sid: number): boolean {
    return sid > 0 && sid < this.#next && this.refs[sid * REF_WORDS + LENGTH] > 0;
  }

  #takeLabels(room: number): number {
    const reused = this.#freeLabels.get(room)?.pop();
    if (reused !== undefined) return reused;
    if (this.#labelsUsed + room > this.labels.length) return -1;
    const offset = this.#labelsUsed;
    this.#labelsUsed += room;
    return offset;
  }
}
