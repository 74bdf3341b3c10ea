/** A source that counts what a query looks at, for the statistics of its answer. */
import type { LogCursor, LogGroup, LogSelect, LogSource } from '@sightline/query';
import type { Labels } from '@sightline/store';

export class MeasuredSource implements LogSource {
  /** Lines that were shown; what the source has left out by itself is not seen here. */
  lines = 0;
  /** Length of the lines whose text was asked for. */
  bytes = 0;
  readonly #source: LogSource;

  constructor(source: LogSource) {
    this.#source = source;
  }

  select(request: LogSelect): LogCursor {
    return new MeasuredCursor(this.#source.select(request), this);
  }

  count(request: LogSelect, names: readonly string[], intervalMs: number): LogGroup[] | null {
    const groups = this.#source.count?.(request, names, intervalMs) ?? null;
    for (const { entries } of groups ?? []) for (const count of entries) this.lines += count;
    return groups;
  }
}

class MeasuredCursor implements LogCursor {
  readonly #cursor: LogCursor;
  readonly #counts: MeasuredSource;

  constructor(cursor: LogCursor, counts: MeasuredSource) {
    this.#cursor = cursor;
    this.#counts = counts;
  }

  next(): boolean {
    if (!this.#cursor.next()) return false;
    this.#counts.lines++;
    return true;
  }

  get stream(): Labels {
    return this.#cursor.stream;
  }

  get tHi(): number {
    return this.#cursor.tHi;
  }

  get tLo(): number {
    return this.#cursor.tLo;
  }

  get line(): string {
    const { line } = this.#cursor;
    this.#counts.bytes += line.length;
    return line;
  }

  get metadata(): readonly string[] {
    return this.#cursor.metadata;
  }

  close(): void {
    this.#cursor.close();
  }
}
