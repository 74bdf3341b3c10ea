/** Log lines in memory behind a `LogSource`, for tests of the engine. Checks nothing; hints are applied, as a store would. */
import { Labels } from '@sightline/store';
import { compareTimes, type TimeNs, timeOfMs } from '@sightline/wire';
import { compileMatcher } from '../pipeline/label-filter.ts';
import type { LogCursor, LogSelect, LogSource } from '../source.ts';

export interface MemoryEntry {
  stream: Labels;
  time: TimeNs;
  line: string;
  metadata: readonly string[];
}

/** One entry: labels, Unix ms, line, structured metadata. */
export function entryOf(
  labels: Record<string, string>,
  ms: number,
  line: string,
  metadata: Record<string, string> = {},
): MemoryEntry {
  return {
    stream: Labels.of(labels),
    time: timeOfMs(ms),
    line,
    metadata: Object.entries(metadata).flat(),
  };
}

const NOTHING: MemoryEntry = {
  stream: Labels.empty,
  time: { hi: 0, lo: 0 },
  line: '',
  metadata: [],
};

class MemoryCursor implements LogCursor {
  readonly #entries: readonly MemoryEntry[];
  #at = -1;

  constructor(entries: readonly MemoryEntry[]) {
    this.#entries = entries;
  }

  get #entry(): MemoryEntry {
    return this.#entries[this.#at] ?? NOTHING;
  }

  next(): boolean {
    this.#at++;
    return this.#at < this.#entries.length;
  }

  get stream(): Labels {
    return this.#entry.stream;
  }

  get tHi(): number {
    return this.#entry.time.hi;
  }

  get tLo(): number {
    return this.#entry.time.lo;
  }

  get line(): string {
    return this.#entry.line;
  }

  get metadata(): readonly string[] {
    return this.#entry.metadata;
  }

  close(): void {}
}

export class MemorySource implements LogSource {
  readonly #entries: readonly MemoryEntry[];

  constructor(entries: readonly MemoryEntry[]) {
    const streams = new Map<string, Labels>();
    this.#entries = entries.map((entry) => {
      const stream = streams.get(entry.stream.key) ?? entry.stream;
      streams.set(stream.key, stream);
      return { ...entry, stream };
    });
  }

  select({ matchers, start, end, direction, hints }: LogSelect): LogCursor {
    const tests = matchers.map((matcher) => {
      return { name: matcher.name, test: compileMatcher(matcher) };
    });
    const found = this.#entries.filter(
      ({ stream, time, line }) =>
        compareTimes(time, start) >= 0 &&
        compareTimes(time, end) < 0 &&
        tests.every(({ name, test }) => test(stream.get(name))) &&
        hints.every(({ anyOf, negated }) => anyOf.some((text) => line.includes(text)) !== negated),
    );
    const sign = direction === 'forward' ? 1 : -1;
    found.sort((a, b) => sign * compareTimes(a.time, b.time));
    return new MemoryCursor(found);
  }
}
