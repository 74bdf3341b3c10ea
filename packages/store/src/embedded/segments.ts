/**
 * The head: a few segments that take turns, each with its companions for log records and spans.
 *
 * Model: one is active, some are frozen and wait for their flush, the others are free. A snapshot pins the segments it lists; a flushed
 * segment becomes free when nothing pins it. Life of a segment: head.ts.
 *
 * Invariants: a slot's segment and companions are frozen, flushed and freed together and have one number. Companions have room for the
 * largest request from the start, but take records only up to a bound: past it a turn is over as soon as another segment is free.
 * Records are seen by snapshots and by the flush when they are published, and are taken back until then; samples are seen at once: one
 * that comes again replaces itself.
 */
import { LogBatch, MetricBatch, type SpanBatch } from '@sightline/wire';
import { HeadSegment, type SharedHeadSegment } from './head.ts';
import { RecordSegment, type SharedRecordSegment } from './record-head.ts';

export type RecordBatch = LogBatch | SpanBatch;

/** Records that a companion takes before its turn is over; past twice as many it takes none. */
const TURN_ROWS = 262_144;
const TURN_BYTES = 32 * 1024 * 1024;
const FULL_FACTOR = 2;
/** As many records are no small run (flush/record-merge.ts). */
const RUN_ROWS = 8192;
const RUN_BYTES = 4 * 1024 * 1024;

interface Slot {
  segment: HeadSegment;
  logs: RecordSegment;
  spans: RecordSegment;
  /** What of the companions is published. */
  logRows: number;
  logBytes: number;
  spanRows: number;
  spanBytes: number;
  /** Streams of the records of this life. */
  streams: Set<number>;
  state: 'free' | 'active' | 'frozen' | 'flushed';
  pins: number;
}

export interface SegmentOptions {
  count: number;
  rows: number;
  maxSeries: number;
  sideBytes: number;
  /** Hard room of each companion. */
  recordRows: number;
  recordBytes: number;
}

/** The rows of one segment that a snapshot may see. */
export interface SegmentSnapshot {
  slot: number;
  number: number;
  rows: number;
  logRows: number;
  spanRows: number;
}

/** What other threads need of all segments; by slot. */
export interface SharedSegments {
  segments: SharedHeadSegment[];
  logs: SharedRecordSegment[];
  spans: SharedRecordSegment[];
}

export class Segments {
  readonly #slots: Slot[];
  #active: Slot | undefined;

  constructor(options: SegmentOptions) {
    const { count, rows, maxSeries, sideBytes, recordRows, recordBytes } = options;
    this.#slots = Array.from({ length: count }, (_, slot) => ({
      segment: HeadSegment.create(slot, rows, maxSeries, sideBytes),
      logs: RecordSegment.create('logs', recordRows, recordBytes),
      spans: RecordSegment.create('spans', recordRows, recordBytes),
      logRows: 0,
      logBytes: 0,
      spanRows: 0,
      spanBytes: 0,
      streams: new Set(),
      state: 'free',
      pins: 0,
    }));
  }

  get shared(): SharedSegments {
    return {
      segments: this.#slots.map(({ segment }) => segment.shared),
      logs: this.#slots.map(({ logs }) => logs.shared),
      spans: this.#slots.map(({ spans }) => spans.shared),
    };
  }

  /** Number of the active segment. */
  get activeNumber(): number {
    return this.#activeSlot.segment.number;
  }

  /** Samples and records in the active segment. */
  get activeRows(): number {
    return rowsOf(this.#activeSlot);
  }

  /** Whether the log records or the spans in the active segment are enough for a flush that need not be merged with others. */
  get hasRun(): boolean {
    const { logs, spans } = this.#activeSlot;
    return isRun(logs) || isRun(spans);
  }

  /** Whether a batch can ever fit. */
  couldFit(batch: MetricBatch | RecordBatch): boolean {
    const slot = this.#slots[0];
    if (slot === undefined) return false;
    const { shared } = batch instanceof MetricBatch ? slot.segment : companion(slot, batch);
    return batch.n <= shared.maxRows && batch.sideLength <= shared.side.byteLength;
  }

  /** Whether the active segment takes a batch. */
  takes(batch: MetricBatch | RecordBatch): boolean {
    const slot = this.#activeSlot;
    if (batch instanceof MetricBatch) return slot.segment.fits(batch);
    const records = companion(slot, batch);
    return !this.#isOver(records) && records.fits(batch);
  }

  /** Whether anything can be appended now, to this segment or to the next. */
  hasRoom(): boolean {
    const { segment, logs, spans } = this.#activeSlot;
    const isFull =
      segment.rows === segment.shared.maxRows || this.#isOver(logs) || this.#isOver(spans);
    return !isFull || this.hasFree();
  }

  #isOver({ rows, sideUsed }: RecordSegment): boolean {
    const factor = this.hasFree() ? 1 : FULL_FACTOR;
    return rows >= TURN_ROWS * factor || sideUsed >= TURN_BYTES * factor;
  }

  /** Appends a batch whose handles are sids to the active segment. The caller has checked `takes`. */
  append(batch: MetricBatch | RecordBatch): void {
    const slot = this.#activeSlot;
    if (batch instanceof MetricBatch) slot.segment.append(batch);
    else companion(slot, batch).append(batch);
  }

  /** Lets the records be seen that were appended; returns how many they are. */
  publish(): { logs: number; spans: number } {
    const slot = this.#activeSlot;
    const fresh = { logs: slot.logs.rows - slot.logRows, spans: slot.spans.rows - slot.spanRows };
    slot.logRows = slot.logs.rows;
    slot.logBytes = slot.logs.sideUsed;
    slot.spanRows = slot.spans.rows;
    slot.spanBytes = slot.spans.sideUsed;
    return fresh;
  }

  /** Takes the records back that were appended and not published. */
  takeBack(): void {
    const { logs, spans, logRows, logBytes, spanRows, spanBytes } = this.#activeSlot;
    logs.cutBack(logRows, logBytes);
    spans.cutBack(spanRows, spanBytes);
  }

  /** Streams with records in the active segment; who appends records adds theirs. */
  get activeStreams(): Set<number> {
    return this.#activeSlot.streams;
  }

  hasFree(): boolean {
    return this.#slots.some((slot) => slot.state === 'free');
  }

  /**
   * Freezes the active segment, if any, and begins a new one; returns the frozen one. The caller has checked `hasFree`, and has
   * published or taken back what was appended.
   */
  rotate(number: number): HeadSegment | undefined {
    const frozen = this.#active;
    const next = this.#slots.find((slot) => slot.state === 'free');
    if (next === undefined) throw new Error('no free head segment');
    if (frozen !== undefined) frozen.state = 'frozen';
    next.segment.reset(number);
    next.logs.reset(number);
    next.spans.reset(number);
    next.streams.clear();
    next.state = 'active';
    this.#active = next;
    this.publish();
    return frozen?.segment;
  }

  /** The rows of a frozen segment are in partition files. */
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
    return live.map(({ segment, logRows, spanRows }) => ({
      slot: segment.shared.slot,
      number: segment.number,
      rows: segment.rows,
      logRows,
      spanRows,
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

  /** The lowest number that a snapshot, present or to come, may have. */
  get lowestNumber(): number {
    return this.#slots
      .filter(({ state }) => state !== 'free')
      .reduce((least, { segment }) => Math.min(least, segment.number), Number.POSITIVE_INFINITY);
  }

  /** Whether any segment that may still be read or flushed has rows of a series or records of a stream. */
  hasRows(sid: number): boolean {
    return this.#slots.some(
      ({ state, segment, streams }) =>
        state !== 'free' && (segment.hasRows(sid) || streams.has(sid)),
    );
  }

  get rows(): number {
    return this.#live().reduce((sum, { segment }) => sum + segment.rows, 0);
  }

  get recordRows(): number {
    return this.#live().reduce((sum, { logs, spans }) => sum + logs.rows + spans.rows, 0);
  }

  get bytes(): number {
    return this.#live().reduce(
      (sum, { segment, logs, spans }) => sum + segment.usedBytes + logs.usedBytes + spans.usedBytes,
      0,
    );
  }

  /** Address space of all segments. */
  get reservedBytes(): number {
    const { segments, logs, spans } = this.shared;
    return (
      segments.reduce((sum, { buffer, side }) => sum + buffer.byteLength + side.byteLength, 0) +
      [...logs, ...spans].reduce(
        (sum, { columns, side }) => sum + columns.byteLength + side.byteLength,
        0,
      )
    );
  }

  get #activeSlot(): Slot {
    if (this.#active === undefined) throw new Error('no active head segment');
    return this.#active;
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

function isRun({ rows, sideUsed }: RecordSegment): boolean {
  return rows >= RUN_ROWS || sideUsed >= RUN_BYTES;
}

function companion(slot: Slot, batch: RecordBatch): RecordSegment {
  return batch instanceof LogBatch ? slot.logs : slot.spans;
}

function rowsOf({ segment, logs, spans }: Slot): number {
  return segment.rows + logs.rows + spans.rows;
}
