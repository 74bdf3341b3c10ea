/** The `stats` of an answer as Loki names them; Grafana shows `summary`, and reads that the other parts are there. */

/** What a query has done. */
export interface QueryWork {
  lines: number;
  bytes: number;
  /** Entries or points of the answer. */
  returned: number;
  /** Lines that passed the pipeline. */
  passed: number;
  execSeconds: number;
  queueSeconds: number;
}

export const NO_WORK: QueryWork = {
  lines: 0,
  bytes: 0,
  returned: 0,
  passed: 0,
  execSeconds: 0,
  queueSeconds: 0,
};

/** JSON-able. */
export function statsOf(work: QueryWork): object {
  const { lines, bytes, returned, passed, execSeconds, queueSeconds } = work;
  const perSecond = (count: number) => (execSeconds > 0 ? Math.round(count / execSeconds) : 0);
  return {
    summary: {
      bytesProcessedPerSecond: perSecond(bytes),
      linesProcessedPerSecond: perSecond(lines),
      totalBytesProcessed: bytes,
      totalLinesProcessed: lines,
      execTime: execSeconds,
      queueTime: queueSeconds,
      subqueries: 0,
      totalEntriesReturned: returned,
      splits: 0,
      shards: 0,
      totalPostFilterLines: passed,
      totalStructuredMetadataBytesProcessed: 0,
    },
    querier: {
      store: {
        ...NO_STORE,
        chunk: { ...NO_CHUNK, decompressedBytes: bytes, decompressedLines: lines },
      },
    },
    ingester: {
      totalReached: 0,
      totalChunksMatched: 0,
      totalBatches: 0,
      totalLinesSent: 0,
      store: { ...NO_STORE, chunk: NO_CHUNK },
    },
    cache: {},
    index: { totalChunks: 0, postFilterChunks: 0, shardsDuration: 0, usedBloomFilters: false },
  };
}

const NO_STORE = { totalChunksRef: 0, totalChunksDownloaded: 0, chunksDownloadTime: 0 };
const NO_CHUNK = {
  headChunkBytes: 0,
  headChunkLines: 0,
  decompressedBytes: 0,
  decompressedLines: 0,
  compressedBytes: 0,
  totalDuplicates: 0,
  postFilterLines: 0,
};
