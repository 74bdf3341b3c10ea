/**
 * How often a source is collected: the zone, what a collection costs, and whether anything changes.
 *
 * Model: the interval is stretched by the zone's factor for the source's priority, times the greater of two: cost (so that a
 * collection takes at most COST_PART of the interval) and rest (doubled after every UNCHANGED collections that brought the same
 * values, up to MOST_REST; 1 again at the first change). Critical sources do not rest: what they tell is to be known at once.
 */
import type { CollectionPlan, SourceState } from '../collect/coordinator.ts';
import { intervalOf } from '../collect/schedule.ts';
import type { Metric, MonitoringSource } from '../source.ts';
import { BEHAVIOURS, type Zone } from './zone.ts';

const COST_PART = 0.01;
const MOST_COST = 10;
const UNCHANGED = 3;
const MOST_REST = 4;
/** Weight of the last duration among those before. */
const NEWEST = 0.3;

interface Habit {
  durationMs: number;
  fingerprint: number;
  unchanged: number;
}

export interface PaceOptions {
  /** The zone of now. */
  zone: () => Zone;
  /** Whether intervals follow cost and change. */
  adaptive: boolean;
  /** False: only sources of priority critical and high. */
  detailed: boolean;
}

export class Pace implements CollectionPlan {
  readonly #options: PaceOptions;
  readonly #habits = new WeakMap<MonitoringSource, Habit>();

  constructor(options: PaceOptions) {
    this.#options = options;
  }

  allows({ priority }: MonitoringSource): boolean {
    if (!this.#options.detailed && priority !== 'critical' && priority !== 'high') return false;
    return BEHAVIOURS[this.#options.zone()].stretch[priority] !== undefined;
  }

  stretch(source: MonitoringSource): number {
    const zone = BEHAVIOURS[this.#options.zone()].stretch[source.priority] ?? 1;
    const habit = this.#habits.get(source);
    if (!this.#options.adaptive || habit === undefined) return zone;
    const cost = Math.ceil(habit.durationMs / (intervalOf(source) * COST_PART));
    const rests = source.priority !== 'critical';
    const rest = rests ? 2 ** Math.floor(habit.unchanged / UNCHANGED) : 1;
    return zone * Math.max(1, Math.min(MOST_COST, cost), Math.min(MOST_REST, rest));
  }

  collected({ source, lastDurationMs }: SourceState, metrics: readonly Metric[]): void {
    const fingerprint = fingerprintOf(metrics);
    const habit = this.#habits.get(source);
    if (habit === undefined) {
      this.#habits.set(source, { durationMs: lastDurationMs, fingerprint, unchanged: 0 });
      return;
    }
    habit.durationMs += (lastDurationMs - habit.durationMs) * NEWEST;
    habit.unchanged = habit.fingerprint === fingerprint ? habit.unchanged + 1 : 0;
    habit.fingerprint = fingerprint;
  }
}

const value = new Float64Array(1);
const words = new Uint32Array(value.buffer);

/** The same for the same values in the same order. */
function fingerprintOf(metrics: readonly Metric[]): number {
  let a = metrics.length;
  let b = 0;
  for (const metric of metrics) {
    value[0] = metric.value;
    a = Math.imul(a ^ (words[0] ?? 0), 0x9e3779b1) ^ (a >>> 15);
    b = Math.imul(b ^ (words[1] ?? 0) ^ a, 0x85ebca6b) ^ (b >>> 13);
  }
  return (a >>> 0) + (b & 0x1fffff) * 4294967296;
}
