/**
 * `target_info`: a series of value 1 per resource, whose labels are the resource's attributes.
 *
 * A sample stands every half lookback from the resource's earliest to its latest point of the request, and at the latest, once per
 * request (prometheusremotewrite, addResourceTargetInfo). Our own bound: the samples of a resource grow with its points, so that
 * two points far apart do not make a small request a large one; the steps are longer then.
 *
 * Invariant: what is appended depends on the request alone, so that a repeated request decodes to the same rows.
 */
import { KIND_FLOAT } from '../model/batch.ts';
import type { DecodeContext } from './decode-context.ts';

/** Samples a resource gets at least before their number is bounded by its points. */
const FREE_SAMPLES = 32;

/** The bits of 1. */
const ONE_HIGH = 0x3ff00000;

interface Range {
  earliest: number;
  latest: number;
}

export class TargetInfo {
  readonly #intervalMs: number;
  /** What the current request has brought for each series so far. */
  readonly #done = new Map<number, Range>();

  constructor(lookbackMs: number) {
    this.#intervalMs = Math.max(1, Math.floor(lookbackMs / 2));
  }

  /** Begins a request. */
  begin(): void {
    this.#done.clear();
  }

  /** Appends the samples for the resource whose points the context has just read; false when it needs none. */
  append(context: DecodeContext): boolean {
    const { lookup, batch, earliest, latest } = context;
    const series = lookup.targetInfo();
    if (series === 0) {
      if (lookup.problem !== '') batch.reject(lookup.reason, `target_info: ${lookup.problem}`, 0);
      return false;
    }
    const done = this.#done.get(series);
    if (done !== undefined && earliest >= done.earliest && latest <= done.latest) return true;
    this.#done.set(series, { earliest, latest });
    const most = FREE_SAMPLES + 2 * context.taken;
    const interval = Math.max(this.#intervalMs, Math.ceil((latest - earliest) / most));
    for (let t = earliest; t < latest; t += interval) this.#row(context, series, t);
    this.#row(context, series, latest);
    return true;
  }

  #row(context: DecodeContext, series: number, t: number): void {
    const { batch } = context;
    const row = batch.row();
    batch.series[row] = series;
    batch.t[row] = t;
    batch.kind[row] = KIND_FLOAT;
    batch.lo[row] = 0;
    batch.hi[row] = ONE_HIGH;
    batch.st[row] = 0;
  }
}
