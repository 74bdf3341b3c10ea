/**
 * Spans that wait for the other side of their request: a client for the server, or the server for its client.
 *
 * Model: one slot a span, found by side, trace id and the span id that both sides know (the client's own). Slots hang in chains by hash,
 * and in one list by age. When all slots are taken the oldest span makes room.
 *
 * Invariants: slots are bounded; a slot is in the list and in one chain, or free. Keys are words as `DataView.getInt32` reads them.
 */
import { processKey } from '@sightline/wire';

export const CLIENT = 1;
export const SERVER = 2;

const FIRST_SLOTS = 1024;
const [K1, K2, K3] = processKey.map((word) => word | 1);
const NONE = -1;
const KEY_WORDS = 6;

export class PendingSpans {
  count = 0;
  /** The slot that waits longest, -1 when none does. */
  oldest = NONE;
  /** What is kept of a span, by slot. */
  service = new Uint32Array(0);
  durationNs = new Float64Array(0);
  failed = new Uint8Array(0);
  /** One of the connection types of service-graph.ts. */
  connection = new Uint8Array(0);
  /** Number of the name of whom a client has called, -1 when it does not say. */
  peer = new Int32Array(0);
  addedMs = new Float64Array(0);
  side = new Uint8Array(0);
  #keys = new Int32Array(0);
  /** First slot of each chain, and the next one of each slot. */
  #heads = new Int32Array(0);
  #next = new Int32Array(0);
  #newer = new Int32Array(0);
  #older = new Int32Array(0);
  #newest = NONE;
  /** First of the slots given back, chained by `#next`; slots from `#used` on were never taken. */
  #free = NONE;
  #used = 0;
  readonly #maxSlots: number;

  constructor(maxSlots: number) {
    this.#maxSlots = maxSlots;
    this.#grow(Math.min(FIRST_SLOTS, maxSlots));
  }

  get isFull(): boolean {
    return this.count >= this.#maxSlots;
  }

  /** The slot of a span of `side` whose trace id is at `trace` of the view and whose client's id is at `span`; -1 when none waits. */
  find(view: DataView, trace: number, span: number, side: number): number {
    let slot = this.#heads[this.#chainOf(view, trace, span)];
    while (slot !== NONE) {
      if (this.side[slot] === side && this.#isKey(slot, view, trace, span)) return slot;
      slot = this.#next[slot];
    }
    return NONE;
  }

  /** Takes a slot; the caller has made room and fills the columns of the slot. */
  add(view: DataView, trace: number, span: number, side: number, nowMs: number): number {
    let slot = this.#free;
    if (slot !== NONE) this.#free = this.#next[slot];
    else {
      slot = this.#used++;
      if (slot >= this.side.length) this.#grow(Math.min(slot * 2, this.#maxSlots));
    }
    const key = slot * KEY_WORDS;
    for (let i = 0; i < 4; i++) this.#keys[key + i] = view.getInt32(trace + i * 4);
    this.#keys[key + 4] = view.getInt32(span);
    this.#keys[key + 5] = view.getInt32(span + 4);
    const chain = this.#chainOf(view, trace, span);
    this.#next[slot] = this.#heads[chain];
    this.#heads[chain] = slot;
    this.side[slot] = side;
    this.addedMs[slot] = nowMs;
    this.#older[slot] = this.#newest;
    this.#newer[slot] = NONE;
    if (this.#newest === NONE) this.oldest = slot;
    else this.#newer[this.#newest] = slot;
    this.#newest = slot;
    this.count++;
    return slot;
  }

  remove(slot: number): void {
    const chain = this.#chainOfSlot(slot);
    let at = this.#heads[chain];
    if (at === slot) this.#heads[chain] = this.#next[slot];
    else {
      while (this.#next[at] !== slot) at = this.#next[at];
      this.#next[at] = this.#next[slot];
    }
    const older = this.#older[slot];
    const newer = this.#newer[slot];
    if (older === NONE) this.oldest = newer;
    else this.#newer[older] = newer;
    if (newer === NONE) this.#newest = older;
    else this.#older[newer] = older;
    this.#next[slot] = this.#free;
    this.#free = slot;
    this.count--;
  }

  #isKey(slot: number, view: DataView, trace: number, span: number): boolean {
    const keys = this.#keys;
    const at = slot * KEY_WORDS;
    return (
      keys[at + 4] === view.getInt32(span) &&
      keys[at + 5] === view.getInt32(span + 4) &&
      keys[at] === view.getInt32(trace) &&
      keys[at + 1] === view.getInt32(trace + 4) &&
      keys[at + 2] === view.getInt32(trace + 8) &&
      keys[at + 3] === view.getInt32(trace + 12)
    );
  }

  #chainOf(view: DataView, trace: number, span: number): number {
    return this.#chain(view.getInt32(trace + 12), view.getInt32(span), view.getInt32(span + 4));
  }

  #chainOfSlot(slot: number): number {
    const at = slot * KEY_WORDS;
    return this.#chain(this.#keys[at + 3], this.#keys[at + 4], this.#keys[at + 5]);
  }

  /** Multiplied by secret numbers, so that nobody can choose ids that hang in one chain. */
  #chain(trace: number, high: number, low: number): number {
    const mixed = Math.imul(trace, K1) + Math.imul(high, K2) + Math.imul(low, K3);
    return (mixed >>> 8) & (this.#heads.length - 1);
  }

  #grow(slots: number): void {
    this.service = grown(this.service, new Uint32Array(slots));
    this.durationNs = grown(this.durationNs, new Float64Array(slots));
    this.failed = grown(this.failed, new Uint8Array(slots));
    this.connection = grown(this.connection, new Uint8Array(slots));
    this.peer = grown(this.peer, new Int32Array(slots));
    this.addedMs = grown(this.addedMs, new Float64Array(slots));
    this.side = grown(this.side, new Uint8Array(slots));
    this.#keys = grown(this.#keys, new Int32Array(slots * KEY_WORDS));
    this.#next = grown(this.#next, new Int32Array(slots));
    this.#newer = grown(this.#newer, new Int32Array(slots));
    this.#older = grown(this.#older, new Int32Array(slots));
    this.#heads = new Int32Array(2 ** Math.ceil(Math.log2(slots))).fill(NONE);
    // Growing happens when every slot is taken: all of the list hang themselves in again.
    for (let slot = this.oldest; slot !== NONE; slot = this.#newer[slot]) {
      const chain = this.#chainOfSlot(slot);
      this.#next[slot] = this.#heads[chain];
      this.#heads[chain] = slot;
    }
  }
}

function grown<T extends { set(from: T): void }>(from: T, into: T): T {
  into.set(from);
  return into;
}
