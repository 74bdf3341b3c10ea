/**
 * The way out: points and log records to an OTLP back end over HTTP.
 *
 * Model: batcher -> buffer -> one sender for each signal. What cannot be sent stays in the buffer within its bound.
 */
import type { OtlpLogRecord, OtlpPoint, OtlpSender } from '@sightline/wire/encode';
import { atMost } from '../at-most.ts';
import type { Timers } from '../clock.ts';
import type { AgentLog } from '../log.ts';
import { Batcher } from './batcher.ts';
import { type Chunk, ExportBuffer, type Signal } from './buffer.ts';
import { keptConnections, type Post } from './post.ts';
import { Sender } from './sender.ts';

export interface ExporterOptions {
  sender: OtlpSender;
  urls: Readonly<Record<Signal, URL>>;
  headers: Readonly<Record<Signal, Readonly<Record<string, string>>>>;
  timeoutMs: number;
  gzip: boolean;
  batchSize: number;
  intervalMs: number;
  bufferBytes: number;
  timers: Timers;
  log: AgentLog;
  userAgent: string;
  /** How requests are posted; over kept connections unless said otherwise. */
  post?: Post;
}

export class Exporter {
  readonly buffer: ExportBuffer;
  readonly batcher: Batcher;
  readonly senders: Readonly<Record<Signal, Sender>>;
  readonly #close: () => void;
  #closed = false;

  constructor(options: ExporterOptions) {
    const { timers, log, gzip, timeoutMs, batchSize, intervalMs } = options;
    const connections = keptConnections();
    const buffer = new ExportBuffer(options.bufferBytes);
    const sender = (signal: Signal): Sender =>
      new Sender({
        signal,
        buffer,
        timers,
        log,
        post: options.post ?? connections.post,
        target: {
          url: options.urls[signal],
          timeoutMs,
          headers: {
            'user-agent': options.userAgent,
            ...options.headers[signal],
            'content-type': 'application/x-protobuf',
            ...(gzip ? { 'content-encoding': 'gzip' } : {}),
          },
        },
      });
    this.buffer = buffer;
    this.#close = connections.close;
    this.senders = { metrics: sender('metrics'), logs: sender('logs'), traces: sender('traces') };
    this.batcher = new Batcher({
      sender: options.sender,
      batchSize,
      intervalMs,
      gzip,
      timers,
      push: (chunk) => this.add(chunk),
    });
  }

  /** Takes a request that is ready. */
  add(chunk: Chunk): void {
    if (this.#closed) return;
    this.buffer.push(chunk);
    this.senders[chunk.signal].wake();
  }

  addPoints(points: readonly OtlpPoint[]): void {
    if (this.#closed) return;
    this.batcher.addPoints(points);
  }

  addRecord(record: OtlpLogRecord): void {
    if (this.#closed) return;
    this.batcher.addRecord(record);
  }

  /** Sends what there is; resolves when it is sent, cannot be sent, or `timeoutMs` have passed. Keeps the process alive till then. */
  async flush(timeoutMs: number): Promise<void> {
    const sent = this.sendNow();
    if (this.buffer.length > 0) await atMost(timeoutMs, sent);
  }

  /** Sends what there is; resolves when it is sent or cannot be sent. Does not keep the process alive. */
  async sendNow(): Promise<void> {
    this.batcher.flush();
    await Promise.all(Object.values(this.senders).map((sender) => sender.flush()));
  }

  /** Gives up the connections, and with them what is under way; what comes later is left out. */
  close(): void {
    this.#closed = true;
    this.#close();
  }
}
