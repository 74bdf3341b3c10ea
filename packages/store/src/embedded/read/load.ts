/** The reading half of the store, loaded by the threads that read: the others would hold 1.4 MB for nothing. */

import type { EmbeddedReaderHandle } from '../embedded-store.ts';
import type { EmbeddedReader, ReaderOptions } from './reader.ts';

/** Makes the reader of this thread. */
export async function loadReader(
  handle: EmbeddedReaderHandle,
  options: ReaderOptions,
): Promise<EmbeddedReader> {
  const { EmbeddedReader } = await import('./reader.ts');
  return new EmbeddedReader(handle, options);
}
