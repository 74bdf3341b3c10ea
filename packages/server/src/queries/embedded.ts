/** The embedded store in a query thread; loaded by worker.ts. */
import {
  EmbeddedReader,
  type EmbeddedReaderHandle,
  type EmbeddedSnapshot,
  type ReaderOptions,
} from '@sightline/store';
import type { StoreReader } from './reader.ts';

/** What a thread is given once; structured-cloneable. */
export interface EmbeddedThreadStore {
  handle: EmbeddedReaderHandle;
  options: ReaderOptions;
}

export function openReader(store: EmbeddedThreadStore): StoreReader {
  const reader = new EmbeddedReader(store.handle, store.options);
  return {
    dir: store.handle.dir,
    querier: (snapshot: EmbeddedSnapshot, budget) => reader.open(snapshot, budget),
    close: () => reader.close(),
  };
}
