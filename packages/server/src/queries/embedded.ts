/** The embedded store in a query thread; loaded by worker.ts. */
import {
  type EmbeddedReaderHandle,
  type EmbeddedSnapshot,
  loadReader,
  type ReaderOptions,
} from '@sightline/store';
import type { StoreReader } from './reader.ts';

/** What a thread is given once; structured-cloneable. */
export interface EmbeddedThreadStore {
  handle: EmbeddedReaderHandle;
  options: ReaderOptions;
}

export async function openReader(store: EmbeddedThreadStore): Promise<StoreReader> {
  const reader = await loadReader(store.handle, store.options);
  return {
    dir: store.handle.dir,
    querier: (snapshot: EmbeddedSnapshot, budget) => reader.open(snapshot, budget),
    records: (snapshot: EmbeddedSnapshot, budget) => reader.records(snapshot, budget),
    close: () => reader.close(),
  };
}
