/**
 * What is known of one method of one route, in fixed room.
 *
 * Model: totals since the beginning are the points of the public metrics themselves; percentiles come of two histograms of WINDOW_MS each, of
 * which the older is given up when the newer is full: they tell of the last 5 to 10 minutes.
 */
import type { Point } from '../metrics.ts';
import { LatencyHistogram, quantileOf } from '../tracking/latency-histogram.ts';
import { round } from '../tracking/operation.ts';
import type { HttpInstruments } from './instruments.ts';

const WINDOW_MS = 300_000;

/** Plain JSON. Percentiles (to within 3 %) and the mean tell of the last 5 to 10 minutes, the counts of all time. */
export interface EndpointSummary {
  readonly method: string;
  readonly endpoint: string;
  readonly count: number;
  /** Answers with a status of 500 and more. */
  readonly errors: number;
  readonly errorRatePct: number;
  /** Requests whose client went away before the answer was complete. */
  readonly aborted: number;
  readonly byStatus: Readonly<Record<string, number>>;
  readonly meanMs: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  readonly meanResponseBytes: number;
}

/** What a request was, once it has ended. Sizes are negative where they are not known. */
export interface Outcome {
  readonly status: number;
  readonly durationMs: number;
  /** The client went away before the answer was complete. */
  readonly aborted: boolean;
  /** An event stream or an upgraded connection: how long it lasts says nothing about speed. */
  readonly long: boolean;
  readonly requestBytes: number;
  readonly responseBytes: number;
}

export class Endpoint {
  readonly method: string;
  readonly template: string;
  readonly #instruments: HttpInstruments;
  readonly #byStatus = new Map<number, Point>();
  readonly #duration: Point;
  readonly #requestSize: Point;
  readonly #responseSize: Point;
  #present = new LatencyHistogram();
  #before = new LatencyHistogram();
  #presentSumMs = 0;
  #beforeSumMs = 0;
  #presentMaxMs = 0;
  #beforeMaxMs = 0;
  #windowStartMs: number;
  #aborted = 0;

  constructor(method: string, template: string, instruments: HttpInstruments, nowMs: number) {
    this.method = method;
    this.template = template;
    this.#instruments = instruments;
    this.#windowStartMs = nowMs;
    this.#duration = instruments.duration.point(method, template);
    this.#requestSize = instruments.requestSize.point(method, template);
    this.#responseSize = instruments.responseSize.point(method, template);
  }

  record(outcome: Outcome, nowMs: number): void {
    const { status, durationMs, aborted, long, requestBytes, responseBytes } = outcome;
    const point = this.#byStatus.get(status) ?? this.#statusPoint(status);
    point.set(point.value + 1);
    if (aborted) this.#aborted++;
    const { duration, requestSize, responseSize } = this.#instruments;
    if (requestBytes >= 0) requestSize.observe(this.#requestSize, requestBytes);
    if (responseBytes >= 0) responseSize.observe(this.#responseSize, responseBytes);
    if (long) return;
    duration.observe(this.#duration, durationMs / 1000);
    this.#rotate(nowMs);
    this.#present.record(durationMs);
    this.#presentSumMs += durationMs;
    if (durationMs > this.#presentMaxMs) this.#presentMaxMs = durationMs;
  }

  summary(nowMs: number): EndpointSummary {
    this.#rotate(nowMs);
    const byStatus: Record<string, number> = {};
    let count = 0;
    let errors = 0;
    for (const [status, { value }] of this.#byStatus) {
      byStatus[String(status)] = value;
      count += value;
      if (status >= 500) errors += value;
    }
    const recent = this.#present.count + this.#before.count;
    const maxMs = Math.max(this.#presentMaxMs, this.#beforeMaxMs);
    const quantile = (part: number): number =>
      round(Math.min(maxMs, quantileOf([this.#present, this.#before], part)));
    const responses = this.#responseSize.value;
    return {
      method: this.method,
      endpoint: this.template,
      count,
      errors,
      errorRatePct: count === 0 ? 0 : round((errors / count) * 100),
      aborted: this.#aborted,
      byStatus,
      meanMs: recent === 0 ? 0 : round((this.#presentSumMs + this.#beforeSumMs) / recent),
      p50Ms: quantile(0.5),
      p95Ms: quantile(0.95),
      p99Ms: quantile(0.99),
      maxMs: round(maxMs),
      meanResponseBytes: responses === 0 ? 0 : Math.round(this.#responseSize.sum / responses),
    };
  }

  #rotate(nowMs: number): void {
    const ageMs = nowMs - this.#windowStartMs;
    if (ageMs < WINDOW_MS) return;
    [this.#present, this.#before] = [this.#before, this.#present];
    this.#beforeSumMs = this.#presentSumMs;
    this.#beforeMaxMs = this.#presentMaxMs;
    this.#presentSumMs = 0;
    this.#presentMaxMs = 0;
    this.#present.clear();
    if (ageMs >= 2 * WINDOW_MS) {
      this.#before.clear();
      this.#beforeSumMs = 0;
      this.#beforeMaxMs = 0;
    }
    this.#windowStartMs = nowMs;
  }

  #statusPoint(status: number): Point {
    const { method, template } = this;
    const point = this.#instruments.total.point(method, template, String(status));
    this.#byStatus.set(status, point);
    return point;
  }
}
