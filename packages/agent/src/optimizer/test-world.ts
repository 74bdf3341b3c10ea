/** A world for tests of the optimizer: a clock that is set by hand, vitals as one says, and what was emitted. */
import type { AgentEvent, Metric } from '../source.ts';
import type { Vitals } from '../vitals.ts';
import { Optimizer, type OptimizerOptions } from './optimizer.ts';
import type { OptimizationRule, RuleMetrics } from './rule.ts';

export class World {
  nowMs = 1000;
  readonly events: AgentEvent[] = [];
  readonly latest = new Map<string, readonly Metric[]>();
  readonly optimizer: Optimizer;

  constructor(options: OptimizerOptions = {}) {
    this.optimizer = new Optimizer({
      clock: { now: () => this.nowMs, unixMs: () => 1_700_000_000_000 + this.nowMs },
      emit: (event) => this.events.push(event),
      ...options,
    });
  }

  /** Evaluates `afterMs` later with these vitals. */
  async evaluate(vitals: Vitals, afterMs = 0): Promise<void> {
    this.nowMs += afterMs;
    const metrics: RuleMetrics = { ...vitals, latest: (name) => this.latest.get(name) ?? [] };
    await this.optimizer.evaluate(metrics);
  }

  /** Ids of the rules that have been applied (or planned), oldest first. */
  applied(): string[] {
    return this.optimizer.history().map(({ rule }) => rule);
  }

  /** What the last application did, e.g. `set cache.a.ttl_ms 1000 > 2000 done`. */
  lastSteps(): string[] {
    const last = this.optimizer.history().at(-1);
    return (last?.steps ?? []).map(({ kind, target, from, to, outcome }) =>
      kind === 'set' ? `set ${target} ${from} > ${to} ${outcome}` : `${kind} ${target} ${outcome}`,
    );
  }
}

/** A cache with a lifetime, of which hits and misses are set by hand. */
export class FakeCache {
  readonly name: string;
  lookups = { hits: 0, misses: 0 };
  lifetimeMs = 1000;
  cleared = 0;
  warmed = 0;
  readonly ttlMs = { min: 100, max: 8000 };
  readonly endpoints: readonly string[];

  constructor(name: string, endpoints: readonly string[] = []) {
    this.name = name;
    this.endpoints = endpoints;
  }

  hits(): number {
    return this.lookups.hits;
  }

  misses(): number {
    return this.lookups.misses;
  }

  size(): number {
    return 7;
  }

  getTtlMs(): number {
    return this.lifetimeMs;
  }

  setTtlMs(ttlMs: number): void {
    this.lifetimeMs = ttlMs;
  }

  clear(): void {
    this.cleared++;
  }

  warm(): Promise<void> {
    this.warmed++;
    return Promise.resolve();
  }

  look(hits: number, misses: number): void {
    this.lookups = { hits: this.lookups.hits + hits, misses: this.lookups.misses + misses };
  }
}

/** A rule that always holds and asks to set a dial. */
export function setting(
  dial: string,
  value: number,
  rule: Partial<OptimizationRule> = {},
): OptimizationRule {
  return {
    id: 'set',
    name: 'Set a dial',
    cooldown: 1000,
    plans: true,
    condition: () => true,
    action: (_metrics, changes) => changes.set(dial, value),
    ...rule,
  };
}

/** An optimizer without built-in rules, and a pool of 10 connections between 5 and 50. */
export function pooled(options: OptimizerOptions = {}): {
  world: World;
  pool: { size: number };
} {
  const world = new World({ builtIn: false, dryRun: false, windowMs: 60_000, ...options });
  const pool = { size: 10 };
  world.optimizer.registerPool({
    name: 'db',
    min: 5,
    max: 50,
    getSize: () => pool.size,
    setSize: (size) => {
      pool.size = size;
    },
  });
  return { world, pool };
}
