/** What the main thread and the tail thread say to each other. Columns and texts are transferred, not copied. */

/** A batch of log records on its way to the tail thread. */
export interface SentBatch {
  tenant: string;
  n: number;
  stream: Uint32Array;
  tLo: Uint32Array;
  tHi: Uint32Array;
  severity: Uint8Array;
  at: Uint32Array;
  length: Uint32Array;
  side: Uint8Array;
  /** Names and values in turn of each stream, as they were sent. */
  labels: ReadonlyMap<number, readonly string[]>;
  /** What of it counts against the bound of what is on its way. */
  bytes: number;
}

/** A listener as it asks to be served. */
export interface TailAsk {
  tenant: string;
  /** A log query. */
  query: string;
  /** As categorised labels (queries/loki/streams-json.ts). */
  categorize: boolean;
  /** Lines are held back so long, so that late ones come in order. */
  delayMs: number;
}

export type ToTails =
  | { kind: 'open'; id: number; ask: TailAsk }
  /** The listener takes lines from now on. `before`: an answer of `query_range` with the lines that it begins with. */
  | { kind: 'begin'; id: number; before: Uint8Array | null }
  /** The listener takes more. */
  | { kind: 'ready'; id: number }
  | { kind: 'close'; id: number }
  | { kind: 'logs'; batch: SentBatch }
  /** So many lines of a tenant were not sent, because too much is on its way. */
  | { kind: 'missed'; tenant: string; lines: number };

export type FromTails =
  | { kind: 'opened'; id: number; problem: string | undefined }
  /** JSON of streams, without the brackets of their array; `ready` is waited for before there is more. */
  | { kind: 'lines'; id: number; streams: Uint8Array; dropped: number }
  | { kind: 'taken'; bytes: number };
