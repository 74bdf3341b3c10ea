/**
 * Which retention class keeps a record of a file that is over.
 *
 * Model: classes are asked in their order and the first that matches keeps the record. A trace is kept whole: what matches one of its
 * spans keeps all of them, so spans are looked at twice, the first time for the traces that match (`prepare`), then also
 * in files beside this one (thin-neighbours.ts). A share is decided by a hash of the trace id that is the same in every file.
 *
 * Invariants: at most MAX_TRACES traces are remembered; past that only the spans that match themselves are kept.
 */
import {
  hashBytes,
  hashWords,
  labelsFromPairs,
  labelsToPairs,
  processKey,
  SEVERITY_CODES,
  severityNumberOf,
} from '@sightline/wire';
import { HashTable } from '../hash-table.ts';
import { CanonicalFilter, compileMatchers } from '../read/matchers.ts';
import {
  COLUMN_DURATION,
  COLUMN_LEVEL,
  COLUMN_STATUS,
  COLUMN_STREAM,
  COLUMN_TRACE,
} from '../records/block-format.ts';
import type { RecordBlockReader } from '../records/block-reader.ts';
import { traceHash } from '../records/tokens.ts';
import type { LogClass, RecordClass, SpanClass } from '../retention-policy.ts';

const MAX_TRACES = 4_000_000;
const STATUS_ERROR = 2;
const NANOS_PER_MS = 1e6;
const TRACE_BYTES = 16;
/** By what stands in the column of severities. */
const SEVERITY_NUMBERS = Array.from({ length: SEVERITY_CODES }, (_, i) => severityNumberOf(i));

export interface ClassChoice {
  /** Begins with a file. `streams`: canonical labels by dense id - 1. */
  begin(streams: readonly Uint8Array[]): void;
  /** Looks at a block before any is chosen from; `keptBy` names the class that has kept all of it, '' for none. */
  prepare(block: RecordBlockReader, keptBy?: string): void;
  /** Per row the index of its class + 1, or 0. Throws CorruptionError. */
  choose(block: RecordBlockReader): Uint8Array;
}

/** Throws PatternError. */
export function classChoice(classes: readonly RecordClass[]): ClassChoice {
  const ofSpans = classes.filter((each): each is SpanClass => 'errors' in each);
  if (ofSpans.length > 0) return new SpanChoice(ofSpans);
  return new LogChoice(classes.filter((each): each is LogClass => 'minSeverity' in each));
}

class SpanChoice implements ClassChoice {
  readonly #classes: readonly SpanClass[];
  readonly #traces = new HashTable(MAX_TRACES);

  constructor(classes: readonly SpanClass[]) {
    this.#classes = classes;
  }

  begin(): void {}

  prepare(block: RecordBlockReader, keptBy = ''): void {
    const rows = keptBy === '' ? this.#matches(block) : this.#kept(block, keptBy);
    const { bytes, offsets, codes } = tracesOf(block);
    for (let row = 0; row < block.rows; row++) {
      const match = rows[row];
      if (match === 0) continue;
      const at = offsets[codes[row]];
      hashBytes(bytes, at, at + TRACE_BYTES, processKey);
      const known = this.#traces.get(hashWords);
      if (known === 0 || match < known) this.#traces.set(hashWords, match);
    }
  }

  choose(block: RecordBlockReader): Uint8Array {
    const chosen = this.#matches(block);
    const { bytes, offsets, codes, count } = tracesOf(block);
    const ofTrace = new Uint8Array(count);
    for (let i = 0; i < count; i++) ofTrace[i] = this.#ofTrace(bytes, offsets[i]);
    for (let row = 0; row < block.rows; row++) {
      const match = ofTrace[codes[row]];
      if (match !== 0 && (chosen[row] === 0 || match < chosen[row])) chosen[row] = match;
    }
    return chosen;
  }

  /** As `#matches`, of a block that a class has kept; shares are decided by the trace id alone. */
  #kept(block: RecordBlockReader, keptBy: string): Uint8Array {
    const kept = this.#classes.findIndex((each) => each.name === keptBy && isConditional(each));
    return new Uint8Array(block.rows).fill(kept + 1);
  }

  /** Per row the first class whose conditions it fulfils by itself, + 1; shares are not looked at. */
  #matches(block: RecordBlockReader): Uint8Array {
    const matches = new Uint8Array(block.rows);
    const status = block.rowWords(COLUMN_STATUS).lo;
    const duration = block.rowWords(COLUMN_DURATION);
    for (let i = this.#classes.length - 1; i >= 0; i--) {
      const { errors, minDurationMs } = this.#classes[i];
      if (!isConditional(this.#classes[i])) continue;
      const least = minDurationMs * NANOS_PER_MS;
      for (let row = 0; row < block.rows; row++) {
        if (errors && status[row] !== STATUS_ERROR) continue;
        if (duration.hi[row] * 2 ** 32 + duration.lo[row] >= least) matches[row] = i + 1;
      }
    }
    return matches;
  }

  #ofTrace(bytes: Uint8Array, at: number): number {
    hashBytes(bytes, at, at + TRACE_BYTES, processKey);
    const matched = this.#traces.get(hashWords);
    const part = traceHash(bytes, at) / 2 ** 32;
    for (const [i, each] of this.#classes.entries()) {
      if (isConditional(each) ? matched === i + 1 : part < each.share) return i + 1;
    }
    return 0;
  }
}

function isConditional({ errors, minDurationMs }: SpanClass): boolean {
  return errors || minDurationMs > 0;
}

interface BlockTraces {
  bytes: Uint8Array;
  offsets: Uint32Array;
  count: number;
  /** Per row. */
  codes: Uint32Array;
}

function tracesOf(block: RecordBlockReader): BlockTraces {
  const column = block.column(COLUMN_TRACE) ?? block.fail('trace ids are missing');
  const { bytes, offsets, count } = block.strings(column);
  return { bytes, offsets, count, codes: block.codes(column) };
}

class LogChoice implements ClassChoice {
  readonly #classes: readonly LogClass[];
  readonly #filters: readonly CanonicalFilter[];
  /** Per class, by dense id of the stream. */
  #streams: readonly Uint8Array[] = [];

  constructor(classes: readonly LogClass[]) {
    this.#classes = classes;
    this.#filters = classes.map(({ streams }) => new CanonicalFilter(compileMatchers(streams)));
  }

  begin(streams: readonly Uint8Array[]): void {
    this.#streams = this.#filters.map((filter) =>
      Uint8Array.from([0, ...streams.map((labels) => (matches(filter, labels) ? 1 : 0))]),
    );
  }

  prepare(): void {}

  choose(block: RecordBlockReader): Uint8Array {
    const chosen = new Uint8Array(block.rows);
    const level = block.rowWords(COLUMN_LEVEL).lo;
    const stream = block.rowWords(COLUMN_STREAM).lo;
    for (let i = this.#classes.length - 1; i >= 0; i--) {
      const { minSeverity } = this.#classes[i];
      const wanted = this.#streams[i];
      for (let row = 0; row < block.rows; row++) {
        if (SEVERITY_NUMBERS[level[row]] >= minSeverity && wanted[stream[row]] === 1)
          chosen[row] = i + 1;
      }
    }
    return chosen;
  }
}

/** Whether labels satisfy a selector that has underscores where their names have other characters. */
function matches(filter: CanonicalFilter, labels: Uint8Array): boolean {
  const pairs = labelsToPairs(labels, 0, labels.length);
  const renamed = new Map<string, string>();
  for (let i = 0; i < pairs.length; i += 2) {
    const name = pairs[i].replace(/[^a-zA-Z0-9_]/g, '_');
    if (!renamed.has(name)) renamed.set(name, pairs[i + 1]);
  }
  const canonical = labelsFromPairs([...renamed].flat());
  return filter.matchesCanonical(canonical, 0, canonical.length);
}
