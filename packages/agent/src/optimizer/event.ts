/** Applications as events for people. */
import type { AgentEvent } from '../source.ts';
import type { Step } from './apply.ts';
import type { Application } from './history.ts';

const MAX_STEPS_TOLD = 5;

/** A failure, or every change that was tried failing, makes a failed application; proposals alone are an applied one. */
export function stateOf(
  steps: readonly Step[],
  failure: Error | null,
  dryRun: boolean,
): 'planned' | 'applied' | 'failed' {
  if (failure !== null) return 'failed';
  const tried = steps.filter(({ outcome }) => outcome === 'done' || outcome === 'failed');
  if (tried.length > 0 && tried.every(({ outcome }) => outcome === 'failed')) return 'failed';
  return dryRun ? 'planned' : 'applied';
}

export function eventOf(application: Application): AgentEvent {
  const { id, rule, ruleName, state, steps, verdict, reason } = application;
  const bad = state === 'failed' || verdict === 'worse';
  const told = steps.slice(0, MAX_STEPS_TOLD).map(stepText);
  if (steps.length > told.length) told.push(`${steps.length - told.length} more`);
  return {
    name: 'optimization',
    severity: bad ? 'warn' : 'info',
    message: `${ruleName}: ${headline(application)}${told.length === 0 ? '' : `: ${told.join('; ')}`}`,
    attributes: {
      id,
      rule,
      state,
      ...(verdict === undefined ? {} : { verdict }),
      ...(reason === undefined ? {} : { reason }),
    },
  };
}

function headline({ state, verdict, reason }: Application): string {
  if (state === 'failed') return `failed${reason === undefined ? '' : ` (${reason})`}`;
  if (state === 'undone') return `made things ${verdict ?? 'unclear'} and was undone`;
  if (verdict !== undefined) return `applied, since then ${verdict}`;
  return state === 'planned' ? 'would apply (dry run)' : 'applied';
}

function stepText({ kind, target, from, to, outcome, reason }: Step): string {
  const why = outcome === 'failed' || outcome === 'skipped' ? ` (${outcome}: ${reason ?? ''})` : '';
  if (kind === 'set')
    return `set ${target}${from === undefined ? '' : ` from ${from}`} to ${to}${why}`;
  if (kind === 'propose' || kind === 'run') return `${target}${why}`;
  return `${kind.replace('_', ' ')} ${target}${why}`;
}
