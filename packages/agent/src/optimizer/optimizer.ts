/**
 * Rules that relieve an application of what makes it slow.
 *
 * Model: at every evaluation each rule that is enabled, not resting and not running is asked, the important ones first. Where its
 * condition holds, its action asks for changes of what the application has registered; these are done (or, in a dry run,
 * recorded), the application is kept with the vitals of before, and `windowMs` later it is judged by the averages since it has settled.
 *
 * Invariants: nothing is changed in a dry run; a dial has at most one application that is not judged; between two applications of
 * a rule lies its cooldown; a rule that throws or takes too long is counted and rests, longer each time in a row; nothing thrown
 * by a rule or by the application leaves this class; rules, registrations, steps and history are bounded.
 */
import { type Clock, systemClock } from '../clock.ts';
import { errorText } from '../error-text.ts';
import { type AgentEvent, type Metric, type MonitoringSource, PRIORITIES } from '../source.ts';
import type { Vitals } from '../vitals.ts';
import { applyPlan, failureOf, type Step } from './apply.ts';
import { eventOf, stateOf } from './event.ts';
import { type Application, type Entry, History } from './history.ts';
import { OptimizerMetrics } from './own-metrics.ts';
import { Plan } from './plan.ts';
import {
  type Dial,
  type RegisteredCache,
  type RegisteredDial,
  type RegisteredPool,
  Registry,
} from './registry.ts';
import type { CacheView, OptimizationRule, RuleMetrics } from './rule.ts';
import { builtInRules, type RuleOptions } from './rules/built-in.ts';
import { notUndoable, revertAll, type UndoResult } from './undo.ts';
import { judge } from './verdict.ts';
import { VitalsMean, vitalsOf } from './vitals-mean.ts';

export interface OptimizerOptions extends RuleOptions {
  /** Only tell what would be done; true unless said otherwise. */
  readonly dryRun?: boolean;
  /** Undo by itself what made things worse. */
  readonly undoWorse?: boolean;
  /** From an application to its verdict, ms. */
  readonly windowMs?: number;
  /** Of an action and of each of its changes, ms. */
  readonly deadlineMs?: number;
  readonly historyLimit?: number;
  /** Without the built-in rules when false. */
  readonly builtIn?: boolean;
  readonly emit?: (event: AgentEvent) => void;
  readonly clock?: Clock;
}

const WINDOW_MS = 120_000;
const DEADLINE_MS = 10_000;
const HISTORY_LIMIT = 200;
const MAX_RULES = 100;
const SOURCE_INTERVAL_MS = 15_000;
/** How long a rule rests after a failure: at least its cooldown and this, doubled with every failure in a row up to the most. */
const LEAST_REST_MS = 60_000;
const MOST_REST_MS = 3_600_000;
const MOST_FAILURES = 30;

interface RuleState {
  readonly rule: OptimizationRule;
  /** On the monotonic clock: not asked before. */
  restsUntilMs: number;
  running: boolean;
  failuresInRow: number;
}

/** As a source it tells its own numbers and those of the registered caches and dials. */
export class Optimizer implements MonitoringSource {
  readonly id = 'optimizer';
  readonly name = 'Optimization rules';
  readonly priority = 'high';
  enabled = true;
  readonly intervalMs = SOURCE_INTERVAL_MS;
  readonly dryRun: boolean;
  readonly #registry: Registry;
  readonly #rules = new Map<string, RuleState>();
  readonly #history: History;
  readonly #metrics: OptimizerMetrics;
  readonly #clock: Clock;
  readonly #emit: (event: AgentEvent) => void;
  readonly #windowMs: number;
  readonly #deadlineMs: number;
  readonly #undoWorse: boolean;

  constructor(options: OptimizerOptions = {}) {
    this.dryRun = options.dryRun ?? true;
    this.#clock = options.clock ?? systemClock;
    this.#registry = new Registry(this.#clock);
    this.#emit = options.emit ?? (() => {});
    this.#windowMs = options.windowMs ?? WINDOW_MS;
    this.#deadlineMs = options.deadlineMs ?? DEADLINE_MS;
    this.#undoWorse = options.undoWorse ?? false;
    this.#history = new History(options.historyLimit ?? HISTORY_LIMIT);
    this.#metrics = new OptimizerMetrics(this.#registry);
    if (options.builtIn ?? true) for (const rule of builtInRules(options)) this.addRule(rule);
  }

  /** Adds a rule; the function returned takes it back. Throws a TypeError when it cannot be used as it is. */
  addRule(rule: OptimizationRule): () => void {
    checkRule(rule);
    if (this.#rules.has(rule.id)) throw new TypeError(`there is a rule ${rule.id} already`);
    if (this.#rules.size >= MAX_RULES) throw new TypeError(`there are ${MAX_RULES} rules already`);
    const state = {
      rule,
      restsUntilMs: Number.NEGATIVE_INFINITY,
      running: false,
      failuresInRow: 0,
    };
    this.#rules.set(rule.id, state);
    return () => {
      if (this.#rules.get(rule.id) === state) this.#rules.delete(rule.id);
    };
  }

  /** The four below let rules act on something; the function returned takes that back. */
  registerCache(cache: RegisteredCache): () => void {
    return this.#registry.addCache(cache);
  }

  registerPool(pool: RegisteredPool): () => void {
    return this.#registry.addPool(pool);
  }

  registerLimit(limit: RegisteredDial): () => void {
    return this.#registry.addDial(dialOf('limit', limit));
  }

  registerSampling(sampling: RegisteredDial): () => void {
    return this.#registry.addDial(dialOf('sampling', sampling));
  }

  /** The hit rate of the registered caches that are warm, since the last call. */
  vitals(): Vitals {
    const cacheHitPct = this.#registry.hitPct();
    return cacheHitPct === undefined ? {} : { cacheHitPct };
  }

  /** Judges what is due, then asks every rule. Resolves when what it began is done; never rejects. */
  async evaluate(metrics: RuleMetrics): Promise<void> {
    try {
      await this.#evaluate(metrics);
    } catch (error) {
      // Neither a condition nor an action: something else that the application has registered.
      this.#metrics.ruleFailed('');
      this.#tellFailure('', errorText(error));
    }
  }

  async #evaluate(metrics: RuleMetrics): Promise<void> {
    await this.#judgeDue(metrics);
    const caches = this.#registry.cacheViews();
    const nowMs = this.#clock.now();
    const due = [...this.#rules.values()]
      .filter(
        ({ rule, running, restsUntilMs }) =>
          rule.enabled !== false && !running && restsUntilMs <= nowMs,
      )
      .sort((a, b) => rankOf(a.rule) - rankOf(b.rule));
    for (const state of due) {
      if (!state.running && this.#holds(state, metrics)) await this.#act(state, metrics, caches);
    }
  }

  collect(): readonly Metric[] {
    return this.#metrics.collect();
  }

  /** Oldest first. */
  history(): readonly Application[] {
    return this.#history.list();
  }

  /** Sets every dial of an application back, unless something else has changed one of them since. */
  async undo(id: string): Promise<UndoResult> {
    const entry = this.#history.get(id);
    if (entry === undefined) return refused(`there is no application ${id} in the history`);
    const { application } = entry;
    if (application.state !== 'applied') return refused(`it is ${application.state}`);
    const reason = notUndoable(application, this.#registry);
    if (reason !== null) return refused(reason);
    const reverted = await revertAll(application, this.#registry, this.#deadlineMs);
    const done = reverted.failures.length === 0;
    this.#update(entry, { steps: reverted.steps, ...(done ? { state: 'undone' } : {}) });
    this.#metrics.count(application.rule, done ? 'undone' : 'failed');
    return done ? { done: true } : refused(reverted.failures.join('; '));
  }

  #holds(state: RuleState, metrics: RuleMetrics): boolean {
    try {
      return state.rule.condition(metrics) === true;
    } catch (error) {
      this.#rest(state, errorText(error));
      return false;
    }
  }

  async #act(state: RuleState, metrics: RuleMetrics, caches: readonly CacheView[]): Promise<void> {
    const { rule } = state;
    state.running = true;
    const plan = new Plan(this.#registry, caches);
    const asks = !this.dryRun || rule.plans === true;
    if (!asks) plan.run(`run the action of rule ${rule.id}`, () => {});
    const failure = asks
      ? await failureOf(this.#deadlineMs, () => rule.action(metrics, plan))
      : null;
    plan.close();
    const steps = failure === null ? await this.#apply(plan) : [];
    state.running = false;
    // It looked, and there was nothing to do: that is no application.
    if (failure === null && rule.plans === true && steps.length === 0) return;
    state.restsUntilMs = this.#clock.now() + rule.cooldown;
    if (failure !== null) this.#rest(state, failure.message);
    else state.failuresInRow = 0;
    this.#record(rule, metrics, steps, failure);
  }

  #apply(plan: Plan): Promise<readonly Step[]> {
    const open = new Set(
      this.#history
        .unjudged()
        .flatMap(({ application }) => application.steps)
        .filter(({ kind, outcome }) => kind === 'set' && outcome === 'done')
        .map(({ target }) => target),
    );
    return applyPlan(plan.wanted, {
      registry: this.#registry,
      dryRun: this.dryRun,
      deadlineMs: this.#deadlineMs,
      observed: (dial) => open.has(dial),
    });
  }

  #record(
    rule: OptimizationRule,
    metrics: RuleMetrics,
    steps: readonly Step[],
    failure: Error | null,
  ): void {
    const state = stateOf(steps, failure, this.dryRun);
    const nowMs = this.#clock.now();
    const application: Application = {
      id: this.#history.nextId(),
      rule: rule.id,
      ruleName: rule.name,
      timeMs: this.#clock.unixMs(),
      state,
      steps,
      before: vitalsOf(metrics),
      ...(failure === null ? {} : { reason: failure.message }),
    };
    this.#history.add({
      application,
      goal: rule.goal,
      settledAtMs: nowMs + this.#windowMs / 2,
      judgeAtMs: nowMs + this.#windowMs,
      after: new VitalsMean(),
    });
    this.#metrics.count(rule.id, state);
    this.#tell(application);
  }

  async #judgeDue(metrics: Vitals): Promise<void> {
    for (const entry of this.#history.unjudged()) {
      if (entry.settledAtMs <= this.#clock.now()) entry.after.add(metrics);
      if (entry.judgeAtMs > this.#clock.now()) continue;
      const after = entry.after.mean();
      const verdict = judge(entry.application.before, after, entry.goal);
      this.#update(entry, { after, verdict });
      this.#metrics.judged(entry.application.rule, verdict);
      if (verdict === 'worse' && this.#undoWorse) await this.undo(entry.application.id);
      this.#tell(entry.application);
    }
  }

  #update(entry: Entry, change: Partial<Application>): void {
    entry.application = { ...entry.application, ...change };
  }

  /** A failure: the rule is not asked for a while. */
  #rest(state: RuleState, error: string): void {
    const { rule } = state;
    const restMs = Math.max(rule.cooldown, LEAST_REST_MS) * 2 ** state.failuresInRow;
    state.restsUntilMs = this.#clock.now() + Math.min(restMs, MOST_REST_MS);
    state.failuresInRow = Math.min(state.failuresInRow + 1, MOST_FAILURES);
    this.#metrics.ruleFailed(rule.id);
    this.#tellFailure(rule.id, error);
  }

  #tellFailure(rule: string, error: string): void {
    this.#send({
      name: 'optimization.rule_failed',
      severity: 'warn',
      message:
        rule === ''
          ? `Optimization rules could not be asked: ${error}`
          : `Optimization rule ${rule} failed and rests: ${error}`,
      attributes: { rule, error },
    });
  }

  #tell(application: Application): void {
    this.#send(eventOf(application));
  }

  #send(event: AgentEvent): void {
    try {
      this.#emit(event);
    } catch {
      // A listener of the application: its errors are its own.
    }
  }
}

function dialOf(kind: string, { name, min, max, get, set }: RegisteredDial): Dial {
  return { name: `${kind}.${name}`, min, max, whole: false, get, set };
}

function rankOf({ priority }: OptimizationRule): number {
  return PRIORITIES.indexOf(priority ?? 'medium');
}

function refused(reason: string): UndoResult {
  return { done: false, reason };
}

function checkRule(rule: OptimizationRule): void {
  const { id, cooldown, condition, action, priority = 'medium' } = rule;
  if (typeof id !== 'string' || id === '') throw new TypeError('a rule needs an id');
  for (const [name, value] of Object.entries({ condition, action })) {
    if (typeof value !== 'function') throw new TypeError(`rule ${id} needs the function ${name}`);
  }
  if (typeof cooldown !== 'number' || !(cooldown >= 0)) {
    throw new TypeError(`rule ${id} needs a cooldown in milliseconds, not ${cooldown}`);
  }
  if (!PRIORITIES.includes(priority)) {
    throw new TypeError(`rule ${id}: priority is one of ${PRIORITIES.join(', ')}, not ${priority}`);
  }
}
