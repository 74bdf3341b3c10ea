/**
 * The head: a few segments that take turns.
 *
 * Model: one is active, some are frozen and wait for their flush, the others are free. A snapshot pins the segments it lists; a flushed
 * segment becomes free when nothing pins it. Life of a segment: head.ts.
 */
import type { MetricBatch } from '@sightline/wire';
import { HeadSegment, type SharedHeadSegment } from './head.ts';

interface Slot {
  segment: HeadSegment;
  state: 'free' | 'active' | 'frozen' | 'flushed';
  pins: number;
}

export interface SegmentOptions {
  count: number;
  rows: number;
  maxSeries: number;
  sideBytes: number;
}

/** The rows of one segment that a snapshot may see. */
export interface SegmentSnapshot {
  slot: number;
  rows: number;
  number: number;
}

export class Segments {
  readonly #slots: Slot[];
  #active: Slot | undefined;

  constructor(options: SegmentOptions) {
    this.#slots = Array.from({ length: options.count }, (_, slot) => ({
      segment: HeadSegment.create(slot, options.rows, options.maxSeries, options.sideBytes),
      state: 'free',
      pins: 0,
    }));
  }

  get shared(): SharedHeadSegment[] {
    return this.#slots.map((slot) => slot.segment.shared);
  }

  get active(): HeadSegment {
    if (this.#active === undefined) throw new Error('no active head segment');
    return this.#active.segment;
  }

  /** Whether a batch can ever fit. */
  couldFit(batch: MetricBatch): boolean {
    const shared = this.#slots[0]?.segment.shared;
    return (
      shared !== undefined &&
      batch.n <= shared.maxRows &&
      batch.sideLength <= shared.side.byteLength
    );
  }

  hasFree(): boolean {
    return this.#slots.some((slot) => slot.state === 'free');
  }

  /** Freezes the active segment, if any, and begins a new one; returns the frozen one. The caller has checked `hasFree`. */
  rotate(number: number): HeadSegment | undefined {
    const frozen = this.#active;
    const next = this.#slots.find((slot) => slot.state === 'free');
    if (next === undefined) throw new Error('no free head segment');
    if (frozen !== undefined) frozen.state = 'frozen';
    next.segment.reset(number);
    next.state = 'active';
    this.#active = next;
    return frozen?.segment;
  }

  /** The rows of a frozen segment are in day files. */
  flushed(slotIndex: number): void {
    const slot = this.#slots[slotIndex];
    if (slot?.state !== 'frozen') throw new Error(`head segment ${slotIndex} is not frozen`);
    slot.state = 'flushed';
    this.#reclaim(slot);
  }

  /** Live segments, oldest first, pinned until `unpin`. */
  pin(): SegmentSnapshot[] {
    const live = this.#live();
    for (const slot of live) slot.pins++;
    return live.map(({ segment }) => ({
      slot: segment.shared.slot,
      rows: segment.rows,
      number: segment.number,
    }));
  }

  unpin(snapshot: readonly SegmentSnapshot[]): void {
    for (const { slot } of snapshot) {
      const pinned = this.#slots[slot];
      if (pinned === undefined) continue;
      pinned.pins--;
      this.#reclaim(pinned);
    }
  }

  frozen(): HeadSegment[] {
    return this.#live()
      .filter((slot) => slot.state === 'frozen')
      .map((slot) => slot.segment);
  }

  /** Whether any segment that may still be read or flushed has rows of a series. */
  hasRows(sid: number): boolean {
    return this.#slots.some((slot) => slot.state !== 'free' && slot.segment.hasRows(sid));
  }

  get rows(): number {
    return this.#live().reduce((sum, slot) => sum + slot.segment.rows, 0);
  }

  get bytes(): number {
    return this.#live().reduce((sum, slot) => sum + slot.segment.usedBytes, 0);
  }

  /** Address space of all segments. */
  get reservedBytes(): number {
    return this.shared.reduce(
      (sum, { buffer, side }) => sum + buffer.byteLength + side.byteLength,
      0,
    );
  }

  #live(): Slot[] {
    return this.#slots
      .filter((slot) => slot.state === 'active' || slot.state === 'frozen')
      .sort((a, b) => a.segment.number - b.segment.number);
  }

  #reclaim(slot: Slot): void {
    if (slot.state === 'flushed' && slot.pins === 0) slot.state = 'free';
  }
}
