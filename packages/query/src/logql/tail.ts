/**
 * A log query over lines as they arrive (live tail): the same stages, without a source.
 *
 * Model: lines that pass gather until they are taken; past the bounds they are counted and left out, so a slow reader costs nothing.
 * Which streams match is decided once per stream.
 */
import type { LogExpr } from './ast.ts';
import { type LogStream, StreamGroups } from './log-query.ts';
import type { StreamView } from './pipeline/entry-labels.ts';
import { compileMatcher } from './pipeline/label-filter.ts';
import { Pipeline } from './pipeline/pipeline.ts';

export class LogTail {
  readonly #tests: readonly { name: string; test: (value: string) => boolean }[];
  readonly #pipeline: Pipeline;
  readonly #maxLines: number;
  readonly #maxCharacters: number;
  #matching = new WeakMap<StreamView, boolean>();
  #groups = new StreamGroups();
  #lines = 0;
  #characters = 0;
  /** Lines that passed and were left out since the last `take`. */
  dropped = 0;

  /** At most `maxLines` wait to be taken, and so many characters of lines (one line more may). */
  constructor(expr: LogExpr, maxLines: number, maxCharacters = Number.POSITIVE_INFINITY) {
    this.#tests = expr.matchers.map((matcher) => {
      return { name: matcher.name, test: compileMatcher(matcher) };
    });
    this.#pipeline = new Pipeline(expr.stages);
    this.#maxLines = maxLines;
    this.#maxCharacters = maxCharacters;
  }

  /** Whether lines of a stream are of interest; equal label sets should be the same object. */
  matches(stream: StreamView): boolean {
    let known = this.#matching.get(stream);
    if (known === undefined) {
      known = this.#tests.every(({ name, test }) => test(stream.get(name)));
      this.#matching.set(stream, known);
    }
    return known;
  }

  /** Lines that wait to be taken. */
  get waiting(): number {
    return this.#lines;
  }

  /** Whether a line may pass, by the texts that it must (not) hold; cheaper than `push`, and never wrong about what passes. */
  mayPass(line: string): boolean {
    return this.#pipeline.hints.lines.every(
      ({ anyOf, negated }) => anyOf.some((text) => line.includes(text)) !== negated,
    );
  }

  /** One line of a stream that matches. */
  push(
    stream: StreamView,
    metadata: readonly string[],
    line: string,
    tHi: number,
    tLo: number,
  ): void {
    const labels = this.#groups.of(stream);
    if (!this.#pipeline.process(labels, metadata, line, tHi, tLo)) return;
    if (this.#lines === this.#maxLines || this.#characters >= this.#maxCharacters) {
      this.dropped++;
      return;
    }
    this.#lines++;
    this.#characters += this.#pipeline.line.length;
    this.#groups.add(labels, this.#pipeline, tHi, tLo);
  }

  /** What has gathered. */
  take(): LogStream[] {
    const streams = this.#groups.finish();
    this.#groups = new StreamGroups();
    this.#lines = 0;
    this.#characters = 0;
    this.dropped = 0;
    return streams;
  }
}
