/**
 * The way of ended spans to the exporter.
 *
 * Model: spans are encoded as they end, so that none is kept, until there are BATCH of them or the oldest has waited INTERVAL_MS; then they are packed
 * and put into the exporter's buffer, which is bounded and keeps those with errors longest.
 *
 * Invariants: fewer than BATCH spans wait; spans that were not sampled are not encoded.
 */
import { gzipSync } from 'node:zlib';
import { TraceFlags } from '@opentelemetry/api';
import type { ReadableSpan, Span, SpanProcessor } from '@opentelemetry/sdk-trace';
import { OtlpTraces } from '@sightline/wire/encode';
import type { Timers } from '../clock.ts';
import type { Chunk } from '../export/buffer.ts';
import type { Attributes } from '../source.ts';
import { FineTime } from './fine-time.ts';

const BATCH = 512;
const INTERVAL_MS = 5000;
/** SpanStatusCode.ERROR */
const ERROR = 2;

export interface SpansOutOptions {
  readonly resource: Attributes;
  readonly gzip: boolean;
  readonly timers: Timers;
  readonly add: (chunk: Chunk) => void;
}

export class SpansOut implements SpanProcessor {
  readonly #options: SpansOutOptions;
  readonly #traces: OtlpTraces;
  readonly #time = new FineTime();
  #hasErrors = false;
  #cancelTimer: (() => void) | undefined;

  constructor(options: SpansOutOptions) {
    this.#options = options;
    this.#traces = new OtlpTraces(options.resource);
  }

  onStart(span: Span): void {
    this.#time.refine(span);
  }

  onEnd(span: ReadableSpan): void {
    if ((span.spanContext().traceFlags & TraceFlags.SAMPLED) === 0) return;
    this.#traces.add(span);
    if (span.status.code === ERROR) this.#hasErrors = true;
    if (this.#traces.count >= BATCH) this.pack();
    else this.#cancelTimer ??= this.#options.timers.after(INTERVAL_MS, () => this.pack());
  }

  /** Hands over what waits. */
  pack(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    const items = this.#traces.count;
    if (items === 0) return;
    const hasErrors = this.#hasErrors;
    this.#hasErrors = false;
    const encoded = this.#traces.finish();
    const body = this.#options.gzip ? gzipSync(encoded, { level: 1 }) : encoded;
    this.#options.add({ signal: 'traces', body, items, hasErrors, attempts: 0, inFlight: false });
  }

  forceFlush(): Promise<void> {
    this.pack();
    return Promise.resolve();
  }

  shutdown(): Promise<void> {
    return this.forceFlush();
  }
}
