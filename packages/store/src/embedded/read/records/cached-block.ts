/** A block of records in the cache of a query thread, with what was decoded of it. */
import type { RecordBlockReader } from '../../records/block-reader.ts';

/** Directory and objects of a block of which nothing else is decoded. */
const BLOCK_BYTES = 4096;

export class CachedBlock {
  readonly block: RecordBlockReader;

  constructor(block: RecordBlockReader) {
    this.block = block;
  }

  /** Approximate bytes of memory. */
  get bytes(): number {
    return BLOCK_BYTES + this.block.bytes;
  }
}
