/** What a block of spans gives to completion beside its field columns. */
import type { ByteStrings } from '../blocks/byte-strings.ts';
import {
  COLUMN_LEVEL,
  COLUMN_STREAM,
  COLUMN_TEXT,
  type FieldSample,
  MAX_BLOCK_ROWS,
  type OperationSample,
} from './block-format.ts';
import type { ColumnBuilder } from './column-builder.ts';
import { FieldSampler, forEachTailField } from './tail.ts';

const MAX_OPERATIONS = 2000;
/** Distinct events and links that are looked at. */
const SAMPLED_TAILS = 512;

/** Fields of some of the events and links. */
export function sampleTails({ bytes, offsets, count }: ByteStrings): FieldSample[] {
  const sampler = new FieldSampler();
  for (let i = 0; i < count && i < SAMPLED_TAILS; i++) {
    const ignore = (): void => {};
    forEachTailField(bytes, offsets[i], offsets[i + 1], ignore, (scope, ...field) =>
      sampler.add(scope, bytes, ...field),
    );
  }
  return sampler.samples();
}

/** Names and kinds by stream, each once; `fixed` has the columns by their kind. */
export function sampleOperations(rows: number, fixed: readonly ColumnBuilder[]): OperationSample[] {
  const { codes, strings } = fixed[COLUMN_TEXT];
  const streams = fixed[COLUMN_STREAM].words.lo;
  const kinds = fixed[COLUMN_LEVEL].words.lo;
  const seen = new Set<number>();
  const operations: OperationSample[] = [];
  for (let row = 0; row < rows; row++) {
    // Below 2^53: a block has at most 2^14 names, a kind is a byte, a file has far fewer than 2^31 streams.
    const key = (streams[row] * MAX_BLOCK_ROWS + codes[row]) * 256 + kinds[row];
    if (seen.has(key)) continue;
    seen.add(key);
    const [start, end] = [strings.offsets[codes[row]], strings.offsets[codes[row] + 1]];
    const name = Buffer.from(strings.bytes.subarray(start, end)).toString();
    operations.push({ stream: streams[row], kind: kinds[row], name });
    if (operations.length === MAX_OPERATIONS) break;
  }
  return operations;
}
