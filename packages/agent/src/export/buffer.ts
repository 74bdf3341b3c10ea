/**
 * What waits to be sent: encoded and packed requests in the order in which they were made, bounded in bytes.
 *
 * Invariants: past the bound the oldest request without errors goes, then the oldest with; one that is being sent stays. What went
 * is counted, in requests and in items (points, log records, spans).
 */
export const SIGNALS = ['metrics', 'logs', 'traces'] as const;

export type Signal = (typeof SIGNALS)[number];

export interface Chunk {
  readonly signal: Signal;
  readonly body: Uint8Array;
  readonly items: number;
  /** Holds an event of severity error. */
  readonly hasErrors: boolean;
  attempts: number;
  inFlight: boolean;
}

export class ExportBuffer {
  readonly maxBytes: number;
  bytes = 0;
  items = 0;
  /** Items that had to make room. */
  readonly evicted: Record<Signal, number> = { metrics: 0, logs: 0, traces: 0 };
  readonly #chunks = new Set<Chunk>();

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
  }

  get length(): number {
    return this.#chunks.size;
  }

  push(chunk: Chunk): void {
    this.#chunks.add(chunk);
    this.bytes += chunk.body.length;
    this.items += chunk.items;
    while (this.bytes > this.maxBytes) {
      const victim = this.#oldest((other) => !other.hasErrors) ?? this.#oldest(() => true);
      if (victim === undefined) return;
      this.evicted[victim.signal] += victim.items;
      this.remove(victim);
    }
  }

  /** The oldest of a signal. */
  next(signal: Signal): Chunk | undefined {
    for (const chunk of this.#chunks) if (chunk.signal === signal) return chunk;
    return undefined;
  }

  remove(chunk: Chunk): void {
    if (!this.#chunks.delete(chunk)) return;
    this.bytes -= chunk.body.length;
    this.items -= chunk.items;
  }

  #oldest(matches: (chunk: Chunk) => boolean): Chunk | undefined {
    for (const chunk of this.#chunks) if (!chunk.inFlight && matches(chunk)) return chunk;
    return undefined;
  }
}
