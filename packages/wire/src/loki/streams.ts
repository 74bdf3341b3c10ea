/**
 * From the labels of a pushed stream to its handle.
 *
 * Model: the form is the hash of the labels' bytes as they lie (text in protobuf, an object in JSON, under seeds of their own); only a
 * form that the resolver does not know is parsed. A stream without `service_name` gets one (service-name.ts).
 */
import { LineProblem } from '../exposition/labels.ts';
import { hashBytes, hashWords, taggedSeed } from '../model/hash.ts';
import { LabelSetBuilder } from '../model/label-set.ts';
import type { RejectReason } from '../model/refusals.ts';
import type { DecodeLimits, SeriesResolver } from '../model/resolver.ts';
import { serviceOf } from './service-name.ts';

export class LokiStreams {
  /** Why the last `resolve` gave 0, and the reason to count its records under. */
  problem = '';
  reason: RejectReason = 'invalid_labels';
  readonly #seed: Uint32Array;
  readonly #form = new Uint32Array(4);
  readonly #builder = new LabelSetBuilder();
  readonly #parse: (bytes: Uint8Array) => string[];

  /** `parse` gives names and values in turn and throws LineProblem. */
  constructor(tag: string, parse: (bytes: Uint8Array) => string[]) {
    this.#seed = taggedSeed(tag);
    this.#parse = parse;
  }

  /** Handle of the stream whose labels are `body[start, end)`, or 0 with `problem` and `reason` set. */
  resolve(
    body: Uint8Array,
    start: number,
    end: number,
    resolver: SeriesResolver,
    limits: DecodeLimits,
  ): number {
    hashBytes(body, start, end, this.#seed);
    const known = resolver.lookup();
    if (known !== 0) return known;
    this.#form.set(hashWords);
    let pairs: string[];
    try {
      pairs = this.#parse(body.subarray(start, end));
    } catch (error) {
      if (!(error instanceof LineProblem)) throw error;
      return this.#refuse('invalid_labels', `labels of a stream: ${error.message}`);
    }
    const builder = this.#builder;
    builder.clear(limits);
    for (let i = 0; i < pairs.length; i += 2) builder.addText(pairs[i], pairs[i + 1]);
    const service = serviceOf(pairs);
    if (service !== '') builder.addText('service_name', service);
    const length = builder.finish();
    if (length < 0) return this.#refuse(builder.reason, `labels of a stream: ${builder.problem}`);
    hashWords.set(this.#form);
    const handle = resolver.register(builder.bytes, length);
    return handle === 0 ? this.#refuse('series_limit', resolver.refusal) : handle;
  }

  #refuse(reason: RejectReason, problem: string): 0 {
    this.reason = reason;
    this.problem = problem;
    return 0;
  }
}
