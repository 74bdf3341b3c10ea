/**
 * Rows of records as a flush and a merge take them: those of a companion of the head (record-head.ts), or of blocks read back.
 *
 * `lo` and `hi` are the time of a log record or the start of a span, `level` its severity or kind; ends and status are of spans only.
 * Row i has the record side[at[i], at[i] + length[i]).
 */
import type { RecordSignal } from '../../records.ts';
import { RecordBlockEncoder } from '../records/block-encoder.ts';
import { MAX_BLOCK_ROWS, type RecordBlock } from '../records/block-format.ts';

export const TRACE_ID_BYTES = 16;
/** Traces of up to this many spans are not cut by the end of a block that is full of rows. */
const MAX_WHOLE_ROWS = MAX_BLOCK_ROWS / 8;

export interface RecordRows {
  readonly signal: RecordSignal;
  readonly lo: Uint32Array;
  readonly hi: Uint32Array;
  readonly endLo: Uint32Array;
  readonly endHi: Uint32Array;
  readonly at: Uint32Array;
  readonly length: Uint32Array;
  readonly level: Uint8Array;
  readonly status: Uint8Array;
  readonly side: Uint8Array;
}

/** Whether two rows of spans have one trace id. */
export function sameTrace({ at, side }: RecordRows, a: number, b: number): boolean {
  const left = at[a];
  const right = at[b];
  for (let i = TRACE_ID_BYTES - 1; i >= 0; i--)
    if (side[left + i] !== side[right + i]) return false;
  return true;
}

/** Encoders keep their columns between flushes: growing them anew costs more than they hold. */
const encoders: Partial<Record<RecordSignal, RecordBlockEncoder>> = {};

/**
 * The blocks of `rows` in `order` (positions in `rows`); `stream[i]` is the dense id for `rows[i]`. A record that cannot be encoded is
 * none of ours: it is left out and `onLost` is told why. Blocks end between traces where they can: a trace in one block is read at once.
 */
export function* encodeBlocks(
  from: RecordRows,
  rows: Uint32Array,
  order: Uint32Array,
  stream: Uint32Array,
  onLost: (why: unknown) => void,
): Generator<RecordBlock> {
  const { signal } = from;
  encoders[signal] ??= new RecordBlockEncoder(signal);
  const encoder = encoders[signal];
  encoder.clear();
  const lost = new Set<number>();
  for (let i = 0, first = 0; i <= order.length; i++) {
    const ends =
      i === order.length ? encoder.rows > 0 : cutsTrace(from, rows, order, i, encoder.rows);
    if (encoder.full || ends) {
      first = i;
      yield encoder.finish();
    }
    if (i === order.length || lost.has(i)) continue;
    try {
      add(encoder, from, rows[order[i]], stream[order[i]]);
    } catch (error) {
      onLost(error);
      lost.add(i);
      encoder.clear();
      i = first - 1;
    }
  }
}

/** Whether a trace begins at `i` that has more rows than a block of `taken` rows has room for. */
function cutsTrace(
  from: RecordRows,
  rows: Uint32Array,
  order: Uint32Array,
  i: number,
  taken: number,
): boolean {
  if (from.signal === 'logs' || taken < MAX_BLOCK_ROWS - MAX_WHOLE_ROWS) return false;
  const over = i + MAX_BLOCK_ROWS - taken;
  const row = rows[order[i]];
  return (
    over < order.length &&
    sameTrace(from, row, rows[order[over]]) &&
    !sameTrace(from, row, rows[order[i - 1]])
  );
}

function add(encoder: RecordBlockEncoder, from: RecordRows, row: number, stream: number): void {
  const { lo, hi, level, at, length, side } = from;
  // As signed words: those above 2^31 would each be an object on the heap otherwise.
  const low = lo[row] | 0;
  const high = hi[row] | 0;
  if (from.signal === 'logs') {
    encoder.addLog(stream, low, high, level[row], side, at[row], length[row]);
    return;
  }
  const { endLo, endHi, status } = from;
  encoder.addSpan(
    stream,
    low,
    high,
    endLo[row] | 0,
    endHi[row] | 0,
    level[row],
    status[row],
    side,
    at[row],
    length[row],
  );
}
