/**
 * Sends fewer values where that loses little.
 *
 * Model: a series has a window: the values since the last one that was sent. A value is held back or sent; what is sent stands for
 * its window.
 *
 *   light       holds back what has the value that was sent last. When it changes, the last value held back is sent with the new
 *               one, so that nothing is lost but points on a straight line.
 *   aggressive  holds back a part of all values, REDUCTION of zone orange by utilisation: first what has not changed, then of the
 *               least important sources first others, never the same series twice in a row. Of a gauge the mean of the window is
 *               sent; counters, histograms and up-down counters tell by their next value what happened meanwhile.
 *
 * Invariants: a series sends at least every RESEND_MS (as far as it is collected), so that it does not look ended; counts, sums
 * and the last states stay right.
 */
import type { OtlpPoint } from '@sightline/wire/encode';
import type { Sample, Series } from '../collect/check.ts';
import { PRIORITIES, type Priority } from '../source.ts';
import { ZONE_BOUNDS, type ZoneBehaviour } from '../zones/zone.ts';

/** Prometheus takes a series without samples for five minutes for ended. */
const RESEND_MS = 120_000;
const LEAST_REDUCTION = 0.3;
const MOST_REDUCTION = 0.5;

interface Window {
  sentMs: number;
  value: number;
  sum: number;
  /** Time of the last value held back; 0 when the last was sent. */
  heldMs: number;
  heldValue: number;
  heldSum: number;
  held: number;
}

/** Values of one source. */
export interface SampleGroup {
  readonly priority: Priority;
  readonly samples: readonly Sample[];
}

export class MetricCompression {
  /** Values that came and that were held back while compression was on. */
  offered = 0;
  heldBack = 0;
  #windows = new WeakMap<Series, Window>();
  #wasOff = true;
  /** Part of a value that is still to be held back. */
  #owed = 0;

  /** What is to be sent of values collected at `timeMs`. */
  compress(
    groups: readonly SampleGroup[],
    timeMs: number,
    mode: ZoneBehaviour['compression'],
    utilizationPct: number,
  ): OtlpPoint[] {
    const points: OtlpPoint[] = [];
    if (mode === 'off') {
      // What was held back is older than what comes now.
      if (!this.#wasOff) this.#windows = new WeakMap();
      this.#wasOff = true;
      for (const { samples } of groups) {
        for (const sample of samples) points.push(pointOf(sample, sample.value, timeMs));
      }
      return points;
    }
    this.#wasOff = false;
    const held =
      mode === 'light'
        ? this.#unchanged(groups, timeMs, Number.POSITIVE_INFINITY)
        : this.#reduced(groups, timeMs, reductionAt(utilizationPct));
    for (const { samples } of groups) {
      this.offered += samples.length;
      for (const sample of samples) {
        if (held.has(sample)) this.#hold(sample, timeMs);
        else this.#send(sample, timeMs, mode, points);
      }
    }
    this.heldBack += held.size;
    return points;
  }

  /** Those with the value that was sent last, the least important first. */
  #unchanged(groups: readonly SampleGroup[], timeMs: number, most: number): Set<Sample> {
    const held = new Set<Sample>();
    for (const { samples } of leastImportantFirst(groups)) {
      for (const sample of samples) {
        const window = this.#windows.get(sample.series);
        if (held.size >= most) return held;
        if (window !== undefined && mayHold(window, timeMs) && isSame(window, sample))
          held.add(sample);
      }
    }
    return held;
  }

  #reduced(groups: readonly SampleGroup[], timeMs: number, reduction: number): Set<Sample> {
    const count = groups.reduce((sum, { samples }) => sum + samples.length, 0);
    this.#owed = Math.min(count / 2, this.#owed + count * reduction);
    const most = Math.floor(this.#owed);
    const held = this.#unchanged(groups, timeMs, most);
    for (const { samples } of leastImportantFirst(groups)) {
      for (const sample of samples) {
        if (held.size >= most) break;
        const window = this.#windows.get(sample.series);
        if (window !== undefined && window.held === 0 && mayHold(window, timeMs)) held.add(sample);
      }
    }
    this.#owed -= held.size;
    return held;
  }

  #hold(sample: Sample, timeMs: number): void {
    const window = this.#windows.get(sample.series);
    if (window === undefined) return;
    window.heldMs = timeMs;
    window.heldValue = sample.value;
    window.heldSum += sample.value;
    window.held++;
  }

  #send(sample: Sample, timeMs: number, mode: 'light' | 'aggressive', points: OtlpPoint[]): void {
    const { series, value } = sample;
    const window = this.#windows.get(series);
    const sum = sample.distribution?.sum ?? 0;
    if (window === undefined) {
      this.#windows.set(series, {
        sentMs: timeMs,
        value,
        sum,
        heldMs: 0,
        heldValue: 0,
        heldSum: 0,
        held: 0,
      });
      points.push(pointOf(sample, value, timeMs));
      return;
    }
    let sent = value;
    if (window.held > 0 && mode === 'light' && sample.kind !== 'histogram') {
      if (window.heldValue !== value) points.push(pointOf(sample, window.heldValue, window.heldMs));
    } else if (window.held > 0 && sample.kind === 'gauge') {
      sent = (window.heldSum + value) / (window.held + 1);
    }
    points.push(pointOf(sample, sent, timeMs));
    Object.assign(window, {
      sentMs: timeMs,
      value,
      sum,
      heldMs: 0,
      heldValue: 0,
      heldSum: 0,
      held: 0,
    });
  }
}

/** The part that is held back: 30 % where zone orange begins, 50 % where it ends and above. */
export function reductionAt(utilizationPct: number): number {
  const { orange, red } = ZONE_BOUNDS;
  const part = Math.min(1, Math.max(0, (utilizationPct - orange) / (red - orange)));
  return LEAST_REDUCTION + (MOST_REDUCTION - LEAST_REDUCTION) * part;
}

function leastImportantFirst(groups: readonly SampleGroup[]): SampleGroup[] {
  return [...groups].sort(
    (a, b) => PRIORITIES.indexOf(b.priority) - PRIORITIES.indexOf(a.priority),
  );
}

function mayHold(window: Window, timeMs: number): boolean {
  return timeMs - window.sentMs < RESEND_MS;
}

function isSame(window: Window, sample: Sample): boolean {
  return window.value === sample.value && window.sum === (sample.distribution?.sum ?? 0);
}

function pointOf(sample: Sample, value: number, timeMs: number): OtlpPoint {
  const { name, kind, unit, description, attributes, distribution } = sample;
  return { name, kind, unit, description, attributes, distribution, value, timeMs, startMs: 0 };
}
