/** A resolver for tests: remembers canonical label sets and forms without bounds. */
import { hashWords } from '../model/hash.ts';
import { labelsToPairs } from '../model/label-set.ts';
import type { DecodeLimits, SeriesResolver } from '../model/resolver.ts';

export class TestResolver implements SeriesResolver {
  readonly refusal = 'too many series';
  /** Label pairs by handle. */
  readonly series: string[][] = [[]];
  readonly #forms = new Map<string, number>();
  readonly #sets = new Map<string, number>();
  maxSeries = Number.POSITIVE_INFINITY;

  lookup(): number {
    return this.#forms.get(hashWords.join()) ?? 0;
  }

  register(labels: Uint8Array, length: number): number {
    const form = hashWords.join();
    const pairs = labelsToPairs(labels, 0, length);
    const key = JSON.stringify(pairs);
    let handle = this.#sets.get(key);
    if (handle === undefined) {
      if (this.series.length > this.maxSeries) return 0;
      handle = this.series.push(pairs) - 1;
      this.#sets.set(key, handle);
    }
    this.#forms.set(form, handle);
    return handle;
  }

  /** As `name{a="b"}`, names in byte order. */
  text(handle: number): string {
    const pairs = this.series[handle] ?? [];
    let name = '';
    const labels: string[] = [];
    for (let i = 0; i < pairs.length; i += 2) {
      if (pairs[i] === '__name__') name = pairs[i + 1] ?? '';
      else labels.push(`${pairs[i]}=${JSON.stringify(pairs[i + 1])}`);
    }
    return labels.length === 0 ? name : `${name}{${labels.join(',')}}`;
  }
}

export const WIDE_LIMITS: DecodeLimits = {
  minTime: Number.NEGATIVE_INFINITY,
  maxTime: Number.POSITIVE_INFINITY,
  maxLabels: 64,
  maxLabelNameBytes: 1024,
  maxLabelValueBytes: 4096,
  maxPoints: 1_000_000,
};
