/** What the optimizer tells of itself and of the caches and dials that are registered. */
import { InstrumentSet } from '../metrics.ts';
import type { Metric } from '../source.ts';
import type { Registry } from './registry.ts';
import type { Verdict } from './verdict.ts';

export class OptimizerMetrics {
  readonly #registry: Registry;
  readonly #set = new InstrumentSet();
  readonly #applications = this.#set.counter(
    'agent.optimizations',
    '{application}',
    'Applications of optimization rules by what became of them',
    ...['type', 'state'],
  );
  readonly #verdicts = this.#set.counter(
    'agent.optimization.verdicts',
    '{application}',
    'Applications by whether the vitals were better a window later',
    ...['type', 'verdict'],
  );
  readonly #failures = this.#set.counter(
    'agent.optimization.rule_failures',
    '{failure}',
    'Conditions and actions that threw or took too long',
    'type',
  );
  readonly #hits = this.#set.counter('cache.hits', '{lookup}', 'Lookups that were found', 'cache');
  readonly #misses = this.#set.counter(
    'cache.misses',
    '{lookup}',
    'Lookups that were not found',
    'cache',
  );
  readonly #size = this.#set.gauge('cache.entries', '{entry}', 'Entries of a cache', 'cache');
  readonly #dials = this.#set.gauge(
    'agent.dial',
    '{value}',
    'Numbers that optimization rules may set: lifetimes in ms, sizes, limits, rates',
    'dial',
  );

  constructor(registry: Registry) {
    this.#registry = registry;
  }

  count(rule: string, state: 'planned' | 'applied' | 'failed' | 'undone'): void {
    const point = this.#applications.point(rule, state);
    point.set(point.value + 1);
  }

  judged(rule: string, verdict: Verdict): void {
    const point = this.#verdicts.point(rule, verdict);
    point.set(point.value + 1);
  }

  ruleFailed(rule: string): void {
    const point = this.#failures.point(rule);
    point.set(point.value + 1);
  }

  collect(): readonly Metric[] {
    for (const { name, hits, misses, size } of this.#registry.cacheTotals()) {
      this.#hits.point(name).set(hits);
      this.#misses.point(name).set(misses);
      if (size !== undefined) this.#size.point(name).set(size);
    }
    for (const { name, value } of this.#registry.dialViews()) this.#dials.point(name).set(value);
    return this.#set.metrics();
  }
}
