/**
 * A store's log records as a LogSource.
 *
 * Model: streams and fields get their LogQL names here (stream-names.ts), and every record its `detected_level` (level.ts). What a
 * record has is read when the engine asks for it.
 */
import type { Labels, LogRows, RecordQuerier } from '@sightline/store';
import { compileMatcher } from './pipeline/label-filter.ts';
import { recordMetadata } from './record-metadata.ts';
import type { LogCursor, LogSelect, LogSource } from './source.ts';
import { type ShownStream, StreamNames } from './stream-names.ts';

export class StoreLogSource implements LogSource {
  readonly #querier: RecordQuerier;
  readonly #names = new StreamNames();

  constructor(querier: RecordQuerier) {
    this.#querier = querier;
  }

  select({ matchers, start, end, direction, hints, budget }: LogSelect): LogCursor {
    const tests = matchers.map((matcher) => {
      return { name: matcher.name, test: compileMatcher(matcher) };
    });
    const rows = this.#querier.logs({
      wants: (stream) => {
        const { labels } = this.#names.of(stream);
        return tests.every(({ name, test }) => test(labels.get(name)));
      },
      from: start,
      to: end,
      backward: direction === 'backward',
      texts: hints,
      fields: [],
      budget,
    });
    return new StoreCursor(rows, this.#names);
  }
}

class StoreCursor implements LogCursor {
  readonly #rows: LogRows;
  readonly #names: StreamNames;

  constructor(rows: LogRows, names: StreamNames) {
    this.#rows = rows;
    this.#names = names;
  }

  next(): boolean {
    return this.#rows.next();
  }

  get #shown(): ShownStream {
    return this.#names.of(this.#rows.stream);
  }

  get stream(): Labels {
    return this.#shown.labels;
  }

  get tHi(): number {
    return this.#rows.tHi;
  }

  get tLo(): number {
    return this.#rows.tLo;
  }

  get line(): string {
    return this.#rows.body;
  }

  get metadata(): readonly string[] {
    return recordMetadata(this.#rows, this.#shown);
  }

  close(): void {
    this.#rows.close();
  }
}
