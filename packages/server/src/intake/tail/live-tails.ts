/**
 * Live tail on the main thread: who listens, and the way of log records to the thread that runs their queries.
 *
 * Model: the first listener starts the thread and makes this an observer of intake; batches of tenants who have a listener are copied to the
 * thread, which answers with lines for each listener that has said it takes more. When nobody has listened for a while the
 * thread ends.
 *
 * Invariants: nobody listens, nothing is copied; listeners and the bytes on their way to the thread are bounded, what does not fit is
 * counted as dropped for those it was meant for; a thread that does not answer is ended, and its listeners are told.
 */
import { Worker } from 'node:worker_threads';
import type { LogBatch } from '@sightline/wire';
import type { LabelsOf, LogObserver } from '../record-observers.ts';
import type { FromTails, SentBatch, TailAsk, ToTails } from './messages.ts';

const WORKER = new URL(
  import.meta.url.endsWith('.ts') ? './tail-worker.ts' : './tail-worker.js',
  import.meta.url,
);
const MAX_BYTES_ON_WAY = 16 * 1024 * 1024;
/** A thread that has taken so long over one message is ended. */
const MAX_SILENCE_MS = 10_000;
const WATCH_MS = 1000;
const IDLE_MS = 30_000;
const HEAP_MIB = 256;
const YOUNG_MIB = 16;

/** Gets what a tail finds. */
export interface TailListener {
  /** JSON of streams, without the brackets of their array. More comes once `ready` was called. */
  lines(streams: Uint8Array, dropped: number): void;
  /** The tail is over; nothing comes any more. */
  ended(reason: string): void;
}

/** A tail that was not begun. */
export class TailRefused extends Error {
  override readonly name = 'TailRefused';
  readonly reason: 'query' | 'limit' | 'closed';
  constructor(reason: 'query' | 'limit' | 'closed', message: string) {
    super(message);
    this.reason = reason;
  }
}

export interface TailStats {
  open: number;
  /** Since the process began. */
  refused: number;
  /** Lines that listeners have lost. */
  dropped: number;
}

interface Open {
  ask: TailAsk;
  listener: TailListener;
  opened: (problem: TailRefused | undefined) => void;
}

export interface LiveTailOptions {
  /** Most listeners. */
  maxTails: number;
  /** Begins to show batches to an observer; returns how to end it. */
  watch(observer: LogObserver): () => void;
  maxSilenceMs?: number;
  idleMs?: number;
}

export class LiveTails implements LogObserver {
  readonly #options: LiveTailOptions;
  readonly #open = new Map<number, Open>();
  readonly #tenants = new Map<string, number>();
  #lastId = 0;
  #thread: Worker | undefined;
  #unwatch: (() => void) | undefined;
  #watchdog: NodeJS.Timeout | undefined;
  #idle: NodeJS.Timeout | undefined;
  #bytesOnWay = 0;
  /** Messages that wait for an answer, and since when. */
  #unanswered = 0;
  #lastAnswerMs = 0;
  #closed = false;
  readonly #counts = { refused: 0, dropped: 0 };

  constructor(options: LiveTailOptions) {
    this.#options = options;
  }

  stats(): TailStats {
    return { open: this.#open.size, ...this.#counts };
  }

  /** Begins a tail; `begin` has to be called before the first lines. Rejects with TailRefused. */
  async open(ask: TailAsk, listener: TailListener): Promise<LiveTail> {
    if (this.#closed) throw new TailRefused('closed', 'shutting down');
    const { maxTails } = this.#options;
    if (this.#open.size >= maxTails) {
      this.#counts.refused++;
      throw new TailRefused('limit', `${maxTails} live tails are open already (limit logs.tails)`);
    }
    const id = ++this.#lastId;
    const problem = await new Promise<TailRefused | undefined>((opened) => {
      this.#open.set(id, { ask, listener, opened });
      this.#tenants.set(ask.tenant, (this.#tenants.get(ask.tenant) ?? 0) + 1);
      this.#start();
      this.#await();
      this.#post({ kind: 'open', id, ask });
    });
    if (problem !== undefined) {
      this.#close(id);
      throw problem;
    }
    return {
      begin: (before) => this.#post({ kind: 'begin', id, before }),
      ready: () => this.#post({ kind: 'ready', id }),
      close: () => this.#close(id),
    };
  }

  onLogs(tenant: string, batch: LogBatch, labelsOf: LabelsOf): void {
    if (!this.#tenants.has(tenant)) return;
    const bytes = batch.sideLength + batch.n * 21;
    if (this.#bytesOnWay > 0 && this.#bytesOnWay + bytes > MAX_BYTES_ON_WAY) {
      this.#post({ kind: 'missed', tenant, lines: batch.n });
      return;
    }
    const sent = copyOf(tenant, batch, labelsOf, bytes);
    this.#bytesOnWay += bytes;
    this.#await();
    this.#post({ kind: 'logs', batch: sent }, buffersOf(sent));
  }

  /** Ends every tail. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#end('the process is stopping');
  }

  #close(id: number): void {
    const open = this.#open.get(id);
    if (open === undefined) return;
    this.#open.delete(id);
    this.#leave(open.ask.tenant);
    this.#post({ kind: 'close', id });
    if (this.#open.size === 0) this.#rest();
  }

  #leave(tenant: string): void {
    const left = (this.#tenants.get(tenant) ?? 0) - 1;
    if (left > 0) this.#tenants.set(tenant, left);
    else this.#tenants.delete(tenant);
  }

  #post(message: ToTails, transfer: ArrayBuffer[] = []): void {
    this.#thread?.postMessage(message, transfer);
  }

  /** A message goes out that is answered. */
  #await(): void {
    if (this.#unanswered++ === 0) this.#lastAnswerMs = performance.now();
  }

  #answered(): void {
    this.#unanswered--;
    this.#lastAnswerMs = performance.now();
  }

  #start(): void {
    clearTimeout(this.#idle);
    this.#unwatch ??= this.#options.watch(this);
    if (this.#thread !== undefined) return;
    const thread = new Worker(WORKER, {
      name: 'tail',
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MIB, maxYoungGenerationSizeMb: YOUNG_MIB },
    });
    this.#thread = thread;
    this.#unanswered = 0;
    this.#bytesOnWay = 0;
    thread.unref();
    thread.on('message', (message: FromTails) => {
      if (this.#thread === thread) this.#take(message);
    });
    thread.on('error', (error) => {
      if (this.#thread === thread) void this.#end(`live tail failed: ${textOf(error)}`);
    });
    const maxSilenceMs = this.#options.maxSilenceMs ?? MAX_SILENCE_MS;
    this.#watchdog = setInterval(
      () => {
        const isSilent = performance.now() - this.#lastAnswerMs > maxSilenceMs;
        if (this.#unanswered > 0 && isSilent) {
          void this.#end('a live tail took too long over its lines; all of them were ended');
        }
      },
      Math.min(WATCH_MS, maxSilenceMs),
    ).unref();
  }

  #take(message: FromTails): void {
    switch (message.kind) {
      case 'opened': {
        this.#answered();
        const { problem } = message;
        const refused = problem === undefined ? undefined : new TailRefused('query', problem);
        this.#open.get(message.id)?.opened(refused);
        return;
      }
      case 'taken':
        this.#answered();
        this.#bytesOnWay -= message.bytes;
        return;
      case 'lines':
        this.#counts.dropped += message.dropped;
        this.#open.get(message.id)?.listener.lines(message.streams, message.dropped);
    }
  }

  /** Nobody listens any more. */
  #rest(): void {
    this.#unwatch?.();
    this.#unwatch = undefined;
    clearTimeout(this.#idle);
    const end = () => void this.#end('');
    this.#idle = setTimeout(end, this.#options.idleMs ?? IDLE_MS).unref();
  }

  async #end(reason: string): Promise<void> {
    const thread = this.#thread;
    this.#thread = undefined;
    clearInterval(this.#watchdog);
    clearTimeout(this.#idle);
    this.#unwatch?.();
    this.#unwatch = undefined;
    const open = [...this.#open.values()];
    this.#open.clear();
    this.#tenants.clear();
    for (const { listener, opened } of open) {
      opened(new TailRefused('closed', reason));
      listener.ended(reason);
    }
    await thread?.terminate();
  }
}

export interface LiveTail {
  /** The listener takes lines from now on, at first those of `before`: an answer of `query_range`. */
  begin(before: Uint8Array | null): void;
  /** The listener takes more. */
  ready(): void;
  close(): void;
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function copyOf(tenant: string, batch: LogBatch, labelsOf: LabelsOf, bytes: number): SentBatch {
  const { n } = batch;
  const stream = batch.stream.slice(0, n);
  const labels = new Map<number, readonly string[]>();
  for (const handle of stream) if (!labels.has(handle)) labels.set(handle, labelsOf(handle));
  return {
    tenant,
    n,
    stream,
    tLo: batch.tLo.slice(0, n),
    tHi: batch.tHi.slice(0, n),
    severity: batch.severity.slice(0, n),
    at: batch.at.slice(0, n),
    length: batch.length.slice(0, n),
    side: batch.side.slice(0, batch.sideLength),
    labels,
    bytes,
  };
}

function buffersOf({ stream, tLo, tHi, severity, at, length, side }: SentBatch): ArrayBuffer[] {
  const columns = [stream, tLo, tHi, severity, at, length, side];
  return columns.map(({ buffer }) => buffer).filter((buffer) => buffer instanceof ArrayBuffer);
}
