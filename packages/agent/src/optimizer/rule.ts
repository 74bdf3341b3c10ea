/** What an optimization rule is, and what it sees and may ask for. */
import type { Attributes, Metric, Priority } from '../source.ts';
import type { Vitals } from '../vitals.ts';

/** The vitals of the last window, and what the sources have last collected. */
export interface RuleMetrics extends Vitals {
  /** The latest values of a metric, one per attribute set; empty when no source has it. */
  latest(name: string): readonly Metric[];
}

/** The vital that a rule wants to improve: an application is judged by it. */
export interface Goal {
  readonly vital: keyof Vitals;
  readonly better: 'lower' | 'higher';
}

export interface OptimizationRule {
  /** Stable; also the `type` of the metrics. */
  readonly id: string;
  /** For people. */
  readonly name: string;
  /** Of rules that hold together the higher acts first; medium unless said otherwise. */
  readonly priority?: Priority;
  readonly enabled?: boolean;
  /** Time between two applications, ms. */
  readonly cooldown: number;
  readonly goal?: Goal;
  /**
   * Says that `action` does nothing by itself but asks for changes, so that a dry run may call it and tell what it would have done.
   * Of any other action a dry run tells only that it would have run.
   */
  readonly plans?: boolean;
  condition(metrics: RuleMetrics): boolean;
  action(metrics: RuleMetrics, changes: Changes): void | Promise<void>;
}

/** A registered cache as a rule sees it. */
export interface CacheView {
  readonly name: string;
  /** Share of hits since the last evaluation, 0 to 100; absent when it was hardly asked or is cold. */
  readonly hitPct?: number;
  /** The dial of its lifetime, where it can be set. */
  readonly ttl?: DialView;
  /** Route templates whose answers it holds; empty when the application names none. */
  readonly endpoints: readonly string[];
  /** Lives outside of this process. */
  readonly shared: boolean;
  readonly clearable: boolean;
  readonly warmable: boolean;
}

/** A number that may be set within bounds. */
export interface DialView {
  /** `cache.NAME.ttl_ms`, `pool.NAME.size`, `limit.NAME`, `sampling.NAME`. */
  readonly name: string;
  readonly value: number;
  readonly min: number;
  readonly max: number;
}

/** What an action may ask for. It is done after the action has ended, in this order, or only recorded when the optimizer runs dry. */
export interface Changes {
  readonly caches: readonly CacheView[];
  readonly dials: readonly DialView[];
  /** Sets a dial; a value out of bounds becomes the bound. */
  set(dial: string, value: number): void;
  clear(cache: string): void;
  warm(cache: string): void;
  /** Full garbage collection, where Node exposes it (`--expose-gc`). */
  collectGarbage(): void;
  /** Something for people to do: recorded, never done. */
  propose(text: string, attributes?: Attributes): void;
  /** Anything else. */
  run(description: string, run: () => void | Promise<void>): void;
}
