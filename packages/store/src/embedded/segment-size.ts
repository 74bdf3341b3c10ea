/**
 * How large head segments are.
 *
 * Model: a segment holds what a journal file brings back at a start, and any batch that a request may bring. Memory that no row is
 * written to costs address space only.
 */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { journalFileName, LOG_ROW_BYTES } from './journal-format.ts';
import type { EmbeddedStoreOptions } from './options.ts';
import { journalNumbers } from './recovery.ts';
import type { SegmentOptions } from './segments.ts';

const MIN_SIDE_BYTES = 64 * 1024 * 1024;
/** Room that one row takes in a journal file at least; bounds the rows that a file can hold. */
const MIN_JOURNAL_ROW_BYTES = 20;
/** The largest batch of log records or spans fits, on top of what a segment takes in its turn (segments.ts). */
const MIN_RECORD_ROWS = 2 ** 21;
const MIN_RECORD_BYTES = 320 * 1024 * 1024;

export function segmentOptions(options: EmbeddedStoreOptions): SegmentOptions {
  const journalBytes = largestJournal(options.dir);
  return {
    count: options.headSegments,
    rows: Math.max(options.headRows, Math.ceil(journalBytes / MIN_JOURNAL_ROW_BYTES)),
    maxSeries: options.maxSeries,
    sideBytes: Math.max(MIN_SIDE_BYTES, journalBytes),
    recordRows: Math.max(MIN_RECORD_ROWS, Math.ceil(journalBytes / LOG_ROW_BYTES)),
    recordBytes: Math.max(MIN_RECORD_BYTES, journalBytes),
  };
}

/** Size of the largest journal file. */
function largestJournal(dir: string): number {
  const journals = join(dir, 'journal');
  const sizes = journalNumbers(journals).map(
    (number) => statSync(join(journals, journalFileName(number))).size,
  );
  return Math.max(0, ...sizes);
}
