/**
 * The live tails of a process: queries over lines as they arrive. Runs in the tail thread.
 *
 * Model: each tail has a LogTail, in which lines that pass gather; `flush` hands them on as JSON, for tails that have said that they take
 * more. Which tails want a stream is decided once per stream of a batch; a record is read once, when any of them wants its stream.
 *
 * Invariants: what waits is bounded for each tail, further lines are counted as dropped; a tail gets nothing before it is ready and
 * nothing twice.
 */
import {
  LogqlParseError,
  type LogStream,
  LogTail,
  nameStream,
  parseLogql,
  recordMetadata,
} from '@sightline/query';
import { writeStreams } from '../../queries/loki/streams-json.ts';
import { nanosText } from '../../queries/loki/time-text.ts';
import { LogRecordReader } from '../log-record.ts';
import { readLastLines } from './last-lines.ts';
import type { FromTails, SentBatch, TailAsk } from './messages.ts';

const MAX_LINES = 2000;
const MAX_CHARACTERS = 1 << 20;
/** Streams whose names are kept from batch to batch. */
const MAX_STREAMS = 10_000;
/** Lines that were told before the tail began may still come so long. */
const SEEN_MS = 3000;
const encoder = new TextEncoder();

/** A stream as LogQL sees it. One object for equal streams. */
class TailStream {
  readonly labels = this;
  readonly metadata: readonly string[];
  readonly isResource: boolean;
  readonly #pairs: readonly string[];

  constructor(sent: readonly string[]) {
    const { own, metadata, isResource } = nameStream(sent);
    this.#pairs = own;
    this.metadata = metadata;
    this.isResource = isResource;
  }

  get(name: string): string {
    for (let i = 0; i < this.#pairs.length; i += 2) {
      if (this.#pairs[i] === name) return this.#pairs[i + 1] ?? '';
    }
    return '';
  }

  toPairs(): string[] {
    return [...this.#pairs];
  }
}

interface Tail {
  id: number;
  ask: TailAsk;
  lines: LogTail;
  ready: boolean;
  seen: ReadonlySet<string>;
  seenUntilMs: number;
  /** Nothing is handed on before. */
  notBeforeMs: number;
}

export class TailSet {
  readonly #tails = new Map<number, Tail>();
  readonly #streams = new Map<string, TailStream>();
  readonly #record = new LogRecordReader();
  readonly #send: (message: Extract<FromTails, { kind: 'lines' }>) => void;

  constructor(send: (message: Extract<FromTails, { kind: 'lines' }>) => void) {
    this.#send = send;
  }

  /** What is wrong with the query, or undefined. */
  open(id: number, ask: TailAsk): string | undefined {
    try {
      const expr = parseLogql(ask.query);
      if (expr.kind !== 'log') return 'only log queries can be tailed';
      this.#tails.set(id, {
        id,
        ask,
        lines: new LogTail(expr, MAX_LINES, MAX_CHARACTERS),
        ready: false,
        seen: new Set(),
        seenUntilMs: 0,
        notBeforeMs: 0,
      });
      return undefined;
    } catch (error) {
      if (error instanceof LogqlParseError) return error.message;
      throw error;
    }
  }

  close(id: number): void {
    this.#tails.delete(id);
  }

  /** Hands on the lines from before, and from then on what arrives. */
  begin(id: number, before: Uint8Array | null, nowMs: number): void {
    const tail = this.#tails.get(id);
    if (tail === undefined) return;
    tail.ready = true;
    if (before === null) return;
    const { streams, seen } = readLastLines(before);
    if (streams === '') return;
    tail.seen = seen;
    tail.seenUntilMs = nowMs + SEEN_MS;
    this.#hand(tail, streams, 0);
  }

  ready(id: number): void {
    const tail = this.#tails.get(id);
    if (tail !== undefined) tail.ready = true;
  }

  missed(tenant: string, lines: number): void {
    for (const tail of this.#tails.values()) {
      if (tail.ask.tenant === tenant) tail.lines.dropped += lines;
    }
  }

  push(batch: SentBatch): void {
    const tails = [...this.#tails.values()].filter(({ ask }) => ask.tenant === batch.tenant);
    if (tails.length === 0) return;
    const wanted = new Map<number, { stream: TailStream; by: LogTail[] }>();
    for (const [handle, labels] of batch.labels) {
      const stream = this.#streamOf(labels);
      const by = tails.filter(({ lines }) => lines.matches(stream)).map(({ lines }) => lines);
      if (by.length > 0) wanted.set(handle, { stream, by });
    }
    if (wanted.size === 0) return;
    for (let row = 0; row < batch.n; row++) {
      const found = wanted.get(batch.stream[row] ?? 0);
      if (found !== undefined) this.#pushRow(batch, row, found.stream, found.by);
    }
  }

  #pushRow(batch: SentBatch, row: number, stream: TailStream, tails: readonly LogTail[]): void {
    const record = this.#record;
    const at = batch.at[row] ?? 0;
    record.at(batch.side, at, at + (batch.length[row] ?? 0), batch.severity[row] ?? 0);
    const { body } = record;
    let metadata: string[] | undefined;
    for (const tail of tails) {
      if (!tail.mayPass(body)) continue;
      metadata ??= recordMetadata(record, stream);
      tail.push(stream, metadata, body, batch.tHi[row] ?? 0, batch.tLo[row] ?? 0);
    }
  }

  #streamOf(labels: readonly string[]): TailStream {
    const key = JSON.stringify(labels);
    let stream = this.#streams.get(key);
    if (stream === undefined) {
      if (this.#streams.size >= MAX_STREAMS) this.#streams.clear();
      stream = new TailStream(labels);
      this.#streams.set(key, stream);
    }
    return stream;
  }

  /** Hands on what has gathered, to those who take it. */
  flush(nowMs: number): void {
    for (const tail of this.#tails.values()) {
      const { lines, ready, ask } = tail;
      if (!ready || nowMs < tail.notBeforeMs || (lines.waiting === 0 && lines.dropped === 0)) {
        continue;
      }
      tail.notBeforeMs = nowMs + ask.delayMs;
      const { dropped } = lines;
      const streams = this.#unseen(tail, lines.take().map(inOrder), nowMs);
      if (streams.length === 0 && dropped === 0) continue;
      const texts: string[] = [];
      writeStreams(streams, 'forward', ask.categorize, (text) => texts.push(text));
      this.#hand(tail, texts.join(''), dropped);
    }
  }

  #hand(tail: Tail, streams: string, dropped: number): void {
    tail.ready = false;
    this.#send({ kind: 'lines', id: tail.id, streams: encoder.encode(streams), dropped });
  }

  #unseen(tail: Tail, streams: LogStream[], nowMs: number): LogStream[] {
    if (tail.seen.size === 0) return streams;
    const { seen } = tail;
    if (nowMs > tail.seenUntilMs) tail.seen = new Set();
    return streams
      .map((stream) => {
        const kept = stream.lines
          .keys()
          .toArray()
          .filter((i) => !seen.has(seenKey(stream, i)));
        return picked(stream, kept);
      })
      .filter(({ lines }) => lines.length > 0);
  }
}

function seenKey({ tHi, tLo, lines }: LogStream, i: number): string {
  return `${nanosText(tHi[i] ?? 0, tLo[i] ?? 0)} ${lines[i] ?? ''}`;
}

/** Entries by their times: they came in the order of arrival. */
function inOrder(stream: LogStream): LogStream {
  const { tHi, tLo, lines } = stream;
  const order = lines.keys().toArray();
  order.sort((a, b) => (tHi[a] ?? 0) - (tHi[b] ?? 0) || (tLo[a] ?? 0) - (tLo[b] ?? 0) || a - b);
  return picked(stream, order);
}

function picked(stream: LogStream, rows: readonly number[]): LogStream {
  return {
    ...stream,
    tHi: rows.map((i) => stream.tHi[i] ?? 0),
    tLo: rows.map((i) => stream.tLo[i] ?? 0),
    lines: rows.map((i) => stream.lines[i] ?? ''),
  };
}
