/**
 * Keeps records from being shown twice that are in several runs.
 *
 * Model: only rows of equal time and stream can be the same. What has been shown of the present time is looked at when a row of
 * another run has that time too; within a run there are no repeats.
 */
import type { LogRun } from './log-run.ts';

/** The rows [from, to) of a run that were shown at the present time. */
interface ShownRows {
  run: LogRun;
  from: number;
  to: number;
}

/** What was shown of one stream. */
interface ShownStream {
  /** The one run that it was of. */
  run: LogRun;
  /** Made when a second run has rows of the stream. */
  identities: Set<string> | null;
}

export class ShownTies {
  #lo = 0;
  #hi = 0;
  #shown: ShownRows[] = [];
  /** By stream; made when a second run has the time. */
  #streams: Map<number, ShownStream> | undefined;

  /** Whether the row is the same as one that was shown; notes it if it is not. */
  isRepeat(run: LogRun, index: number): boolean {
    const lo = run.lo[index];
    const hi = run.hi[index];
    const shown = this.#shown;
    if (lo !== this.#lo || hi !== this.#hi || shown.length === 0) {
      this.#lo = lo;
      this.#hi = hi;
      this.#shown = [{ run, from: index, to: index + 1 }];
      this.#streams = undefined;
      return false;
    }
    const own = shown.find((rows) => rows.run === run);
    if ((own === undefined || shown.length > 1) && this.#isKnown(run, index)) return true;
    if (own === undefined) shown.push({ run, from: index, to: index + 1 });
    else own.to = index + 1;
    return false;
  }

  #isKnown(run: LogRun, index: number): boolean {
    this.#streams ??= this.#streamsShown();
    const stream = run.streams[index];
    const known = this.#streams.get(stream);
    if (known === undefined) {
      this.#streams.set(stream, { run, identities: null });
      return false;
    }
    if (known.run === run && known.identities === null) return false;
    known.identities ??= this.#identitiesOf(stream);
    const identity = run.identity(index);
    if (known.identities.has(identity)) return true;
    known.identities.add(identity);
    return false;
  }

  #streamsShown(): Map<number, ShownStream> {
    const streams = new Map<number, ShownStream>();
    for (const { run, from, to } of this.#shown) {
      for (let i = from; i < to; i++) streams.set(run.streams[i], { run, identities: null });
    }
    return streams;
  }

  #identitiesOf(stream: number): Set<string> {
    const identities = new Set<string>();
    for (const { run, from, to } of this.#shown) {
      for (let i = from; i < to; i++) {
        if (run.streams[i] === stream) identities.add(run.identity(i));
      }
    }
    return identities;
  }
}
