/** Blocks of files that a request may have to read, in order of their time ranges. */
import type { RecordBlockInfo } from '../../records/block-list.ts';
import type { RecordInputs } from './inputs.ts';
import type { LogFilter } from './log-filter.ts';
import type { RecordFile } from './record-file.ts';

export interface WaitingBlock {
  file: RecordFile;
  info: RecordBlockInfo;
  /** By dense id of the file 1 where the stream is asked for. */
  wanted: Uint8Array;
  /** Blocks with a greater one were written later. */
  order: number;
}

const MS_PER_HI = 2 ** 32 / 1e6;
/** Blocks of one flush are told apart by less than the numbers of flushes. */
const BLOCKS_PER_FLUSH = 2 ** 20;

/** The one to read first comes last. */
export function waitingBlocks(
  inputs: RecordInputs,
  filter: LogFilter,
  backward: boolean,
): WaitingBlock[] {
  const { from, last } = filter;
  const minMs = Math.floor(from.hi * MS_PER_HI + from.lo / 1e6) - 1;
  const maxMs = Math.ceil(last.hi * MS_PER_HI + last.lo / 1e6) + 1;
  const waiting: WaitingBlock[] = [];
  for (const file of inputs.files(minMs, maxMs)) {
    const wanted = filter.wantedStreams(file.streams);
    if (wanted === null) continue;
    for (const info of file.blocks) {
      if (info.tMax < minMs || info.tMin > maxMs || inputs.pinned.has(info.seq)) continue;
      const stream = wanted.indexOf(1, info.streamMin);
      if (stream < 0 || stream > info.streamMax) continue;
      const order = info.seq + (info.id % BLOCKS_PER_FLUSH) / BLOCKS_PER_FLUSH;
      waiting.push({ file, info, wanted, order });
    }
  }
  if (backward) waiting.sort((a, b) => a.info.tMax - b.info.tMax || a.order - b.order);
  else waiting.sort((a, b) => b.info.tMin - a.info.tMin || b.order - a.order);
  return waiting;
}
