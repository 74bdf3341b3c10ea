/** Does what a plan wants, one step after the other; each has a deadline. A step that fails does not keep the others from being done. */
import { errorText } from '../error-text.ts';
import type { Wanted } from './plan.ts';
import { dialValue, type Registry } from './registry.ts';

type Outcome = 'planned' | 'done' | 'skipped' | 'failed' | 'undone';

/** A step as history tells it. */
export interface Step {
  readonly kind: Wanted['kind'];
  /** The dial or cache, the text of a proposal, the description of anything else. */
  readonly target: string;
  /** Of a dial: before and after. */
  readonly from?: number;
  readonly to?: number;
  readonly outcome: Outcome;
  /** Why it was skipped or failed. */
  readonly reason?: string;
}

export interface ApplyOptions {
  readonly registry: Registry;
  readonly dryRun: boolean;
  readonly deadlineMs: number;
  /** Whether another application has set a dial and is not judged yet: to set it again would spoil both comparisons. */
  observed(dial: string): boolean;
}

export async function applyPlan(
  wanted: readonly Wanted[],
  options: ApplyOptions,
): Promise<readonly Step[]> {
  const steps: Step[] = [];
  for (const step of wanted) steps.push(await applyStep(step, options));
  return steps;
}

async function applyStep(step: Wanted, options: ApplyOptions): Promise<Step> {
  const { kind, target } = step;
  if (step.kind === 'set') return setDial(step.target, step.to, options);
  if (step.kind === 'propose') return { kind, target, outcome: 'done' };
  if (step.kind === 'collect_garbage' && typeof globalThis.gc !== 'function') {
    return { kind, target, outcome: 'skipped', reason: 'Node runs without --expose-gc' };
  }
  if (options.dryRun) return { kind, target, outcome: 'planned' };
  return attempt({ kind, target }, options.deadlineMs, () => act(step, options.registry));
}

function act(step: Wanted, registry: Registry): void | Promise<void> {
  if (step.kind === 'clear') return registry.clearCache(step.target);
  if (step.kind === 'warm') return registry.cache(step.target)?.warm?.();
  if (step.kind === 'run') return step.run();
  if (step.kind === 'collect_garbage') globalThis.gc?.();
}

async function setDial(target: string, to: number, options: ApplyOptions): Promise<Step> {
  const skipped = (reason: string): Step => ({
    kind: 'set',
    target,
    to,
    outcome: 'skipped',
    reason,
  });
  const dial = options.registry.dial(target);
  const from = dial === undefined ? null : dialValue(dial);
  if (dial === undefined || from === null) return skipped('the application tells no value');
  if (from === to) return { ...skipped('has this value already'), from };
  if (options.observed(target)) {
    return { ...skipped('another change of it is not judged yet'), from };
  }
  const step = { kind: 'set', target, from, to } as const;
  if (options.dryRun) return { ...step, outcome: 'planned' };
  return attempt(step, options.deadlineMs, () => dial.set(to));
}

async function attempt(
  step: Omit<Step, 'outcome' | 'reason'>,
  deadlineMs: number,
  run: () => void | Promise<void>,
): Promise<Step> {
  const failure = await failureOf(deadlineMs, run);
  if (failure === null) return { ...step, outcome: 'done' };
  return { ...step, outcome: 'failed', reason: failure.message };
}

/** Runs something of the application's; what it threw, or that it took too long. The deadline does not keep the process alive. */
export async function failureOf(
  deadlineMs: number,
  run: () => void | Promise<void>,
): Promise<Error | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`took more than ${deadlineMs} ms`)), deadlineMs);
    timer.unref();
  });
  try {
    await Promise.race([run(), late]);
    return null;
  } catch (error) {
    return error instanceof Error ? error : new Error(errorText(error));
  } finally {
    clearTimeout(timer);
  }
}
