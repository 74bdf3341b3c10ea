/**
 * A log query over lines as they arrive (live tail): the same stages, without a source.
 *
 * Model: lines that pass gather until they are taken; past the bound they are counted and left out, so a slow reader costs nothing.
 * Which streams match is decided once per stream.
 */
import type { Labels } from '@sightline/store';
import type { LogExpr } from './ast.ts';
import { type LogStream, StreamGroups } from './log-query.ts';
import { compileMatcher } from './pipeline/label-filter.ts';
import { Pipeline } from './pipeline/pipeline.ts';

export class LogTail {
  readonly #tests: readonly { name: string; test: (value: string) => boolean }[];
  readonly #pipeline: Pipeline;
  readonly #maxLines: number;
  #matching = new WeakMap<Labels, boolean>();
  #groups = new StreamGroups();
  #lines = 0;
  /** Lines that passed and were left out since the last `take`. */
  dropped = 0;

  /** At most `maxLines` wait to be taken. */
  constructor(expr: LogExpr, maxLines: number) {
    this.#tests = expr.matchers.map((matcher) => {
      return { name: matcher.name, test: compileMatcher(matcher) };
    });
    this.#pipeline = new Pipeline(expr.stages);
    this.#maxLines = maxLines;
  }

  /** Whether lines of a stream are of interest; equal label sets should be the same object. */
  matches(stream: Labels): boolean {
    let known = this.#matching.get(stream);
    if (known === undefined) {
      known = this.#tests.every(({ name, test }) => test(stream.get(name)));
      this.#matching.set(stream, known);
    }
    return known;
  }

  /** One line of a stream that matches. */
  push(stream: Labels, metadata: readonly string[], line: string, tHi: number, tLo: number): void {
    const labels = this.#groups.of(stream);
    if (!this.#pipeline.process(labels, metadata, line, tHi, tLo)) return;
    if (this.#lines === this.#maxLines) {
      this.dropped++;
      return;
    }
    this.#lines++;
    this.#groups.add(labels, this.#pipeline, tHi, tLo);
  }

  /** What has gathered. */
  take(): LogStream[] {
    const streams = this.#groups.finish();
    this.#groups = new StreamGroups();
    this.#lines = 0;
    this.dropped = 0;
    return streams;
  }
}
