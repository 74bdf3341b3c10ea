/**
 * Log queries: the lines that pass, grouped into streams by the labels they end up with.
 *
 * Model: the cursor gives lines in the order of the direction; reading stops when `limit` lines have passed. A result stream is one
 * set of labels in three parts, so that an answer may show them together or apart (categorised labels): what the stream
 * has, structured metadata, and what stages parsed. Within a stream, entries keep the order of the direction.
 */
import { compareBytes, type QueryBudget } from '@sightline/store';
import type { TimeNs } from '@sightline/wire';
import type { LogExpr } from './ast.ts';
import { StreamLabels, type StreamView } from './pipeline/entry-labels.ts';
import { Pipeline } from './pipeline/pipeline.ts';
import type { Direction, LogSource } from './source.ts';

/** Lines of one set of labels. All pairs are names and values in turn, sorted by name within their part. */
export interface LogStream {
  stream: readonly string[];
  structuredMetadata: readonly string[];
  parsed: readonly string[];
  tHi: number[];
  tLo: number[];
  lines: string[];
}

export interface LogRange {
  /** Inclusive. */
  start: TimeNs;
  /** Exclusive. */
  end: TimeNs;
  direction: Direction;
  limit: number;
  /** Lines are at least so far apart (Unix nanoseconds, below 2^53); all by default. */
  intervalNs?: number;
}

const ENTRY_BYTES = 48;
const POLL_LINES = 4096;

/** Throws the budget's errors. */
export function evalLogQuery(
  expr: LogExpr,
  range: LogRange,
  source: LogSource,
  budget: QueryBudget,
): LogStream[] {
  const pipeline = new Pipeline(expr.stages);
  const { start, end, direction, limit, intervalNs = 0 } = range;
  const { lines: hints, labels: labelHints } = pipeline.hints;
  const { matchers } = expr;
  const streams = new StreamGroups();
  const cursor = source.select({
    matchers,
    start,
    end,
    direction,
    hints,
    labelHints,
    wanted: null,
    budget,
  });
  let seen = 0;
  let passed = 0;
  let last: TimeNs | null = null;
  try {
    while (passed < limit && cursor.next()) {
      if (++seen % POLL_LINES === 0) budget.poll();
      const { tHi, tLo } = cursor;
      const stream = streams.of(cursor.stream);
      if (!pipeline.process(stream, cursor.metadata, cursor.line, tHi, tLo)) continue;
      if (intervalNs > 0) {
        if (last !== null && distance(last, tHi, tLo) < intervalNs) continue;
        last = { hi: tHi, lo: tLo };
      }
      passed++;
      budget.addBytes(ENTRY_BYTES + pipeline.line.length);
      streams.add(stream, pipeline, tHi, tLo);
    }
  } finally {
    cursor.close();
  }
  return streams.finish();
}

function distance(from: TimeNs, hi: number, lo: number): number {
  return Math.abs((hi - from.hi) * 2 ** 32 + (lo - from.lo));
}

/** Gathers lines by the labels that they end up with. */
export class StreamGroups {
  readonly #known = new Map<StreamView, StreamLabels>();
  readonly #plain = new Map<StreamLabels, LogStream>();
  readonly #byKey = new Map<string, LogStream>();

  of(labels: StreamView): StreamLabels {
    let stream = this.#known.get(labels);
    if (stream === undefined) {
      stream = new StreamLabels(labels);
      this.#known.set(labels, stream);
    }
    return stream;
  }

  add(stream: StreamLabels, pipeline: Pipeline, tHi: number, tLo: number): void {
    const into = pipeline.labels.isPlain ? this.#plainStream(stream) : this.#parsedStream(pipeline);
    into.tHi.push(tHi);
    into.tLo.push(tLo);
    into.lines.push(pipeline.line);
  }

  #plainStream(stream: StreamLabels): LogStream {
    let found = this.#plain.get(stream);
    if (found === undefined) {
      found = this.#keyed(stream.pairs, [], []);
      this.#plain.set(stream, found);
    }
    return found;
  }

  #parsedStream({ labels }: Pipeline): LogStream {
    return this.#keyed(labels.streamPairs(), labels.metadataPairs(), labels.parsedPairs());
  }

  #keyed(
    stream: readonly string[],
    metadata: readonly string[],
    parsed: readonly string[],
  ): LogStream {
    const key = JSON.stringify([stream, metadata, parsed]);
    let found = this.#byKey.get(key);
    if (found === undefined) {
      found = { stream, structuredMetadata: metadata, parsed, tHi: [], tLo: [], lines: [] };
      this.#byKey.set(key, found);
    }
    return found;
  }

  /** Sorted by their labels. */
  finish(): LogStream[] {
    const entries = [...this.#byKey].sort(([a], [b]) => compareBytes(a, b));
    return entries.map(([, stream]) => stream);
  }
}
