/** A block of records in the cache of a query thread, with what was decoded of it. */
import type { RecordBlockReader } from '../../records/block-reader.ts';
import { LogBlock } from './log-block.ts';

/** Directory and objects of a block of which nothing else is decoded. */
const BLOCK_BYTES = 4096;

export class CachedBlock {
  readonly block: RecordBlockReader;
  #logs: LogBlock | undefined;

  constructor(block: RecordBlockReader) {
    this.block = block;
  }

  /** The rows, of a block of log records. */
  get logs(): LogBlock {
    this.#logs ??= new LogBlock(this.block);
    return this.#logs;
  }

  /** Approximate bytes of memory. */
  get bytes(): number {
    return BLOCK_BYTES + this.block.bytes + (this.#logs?.bytes ?? 0);
  }
}
