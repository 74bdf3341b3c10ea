/** Which traces are kept: a share of them that may be changed while the application runs. */
import type { Context } from '@opentelemetry/api';
import {
  ParentBasedSampler,
  type Sampler,
  type SamplingResult,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace';

export class RatioSampler implements Sampler {
  #ratio: number;
  #sampler: TraceIdRatioBasedSampler;

  constructor(ratio: number) {
    this.#ratio = ratio;
    this.#sampler = new TraceIdRatioBasedSampler(ratio);
  }

  get ratio(): number {
    return this.#ratio;
  }

  set ratio(ratio: number) {
    this.#ratio = ratio;
    this.#sampler = new TraceIdRatioBasedSampler(ratio);
  }

  shouldSample(context: Context, traceId: string): SamplingResult {
    return this.#sampler.shouldSample(context, traceId);
  }

  toString(): string {
    return this.#sampler.toString();
  }
}

/** Asks the request's own parent first. */
export function parentBased(root: Sampler): Sampler {
  return new ParentBasedSampler({ root });
}
