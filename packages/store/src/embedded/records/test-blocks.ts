/** Blocks and filters as tests and benches read them: from memory. */
import type { RecordBlock, RecordSignal } from './block-format.ts';
import { RecordBlockReader } from './block-reader.ts';
import { openFilters, openPage, type PagedFilter } from './filter-pages.ts';

export function readerOf(signal: RecordSignal, block: RecordBlock): RecordBlockReader {
  const { tokens, grams } = block.filters;
  const source = {
    piece: (index: number) => block.pieces[index],
    filters: openFilters(
      tokens.length,
      grams.length,
      true,
      (i) => [...tokens, ...grams][i],
      'test',
    ),
  };
  return new RecordBlockReader(signal, block.directory, source, 'test');
}

/** A filter of stored pages. */
export function filterOf(stored: readonly Uint8Array[]): PagedFilter {
  return { pages: stored.length, page: (index) => openPage(stored[index], 'test') };
}
