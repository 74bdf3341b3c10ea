/** Sets the dials of an application back to what they were. */
import { failureOf, type Step } from './apply.ts';
import type { Application } from './history.ts';
import { dialValue, type Registry } from './registry.ts';

export type UndoResult =
  | { readonly done: true }
  | { readonly done: false; readonly reason: string };

const isSet = ({ kind, outcome }: Step): boolean => kind === 'set' && outcome === 'done';

/** Why an application cannot be undone: another hand has been at one of its dials, or there is none; null when it can. */
export function notUndoable({ steps }: Application, registry: Registry): string | null {
  const set = steps.filter(isSet);
  if (set.length === 0) return 'it has set nothing that could be set back';
  for (const { target, to } of set) {
    const dial = registry.dial(target);
    if (dial === undefined) return `${target} is not registered any more`;
    const now = dialValue(dial);
    if (now !== to)
      return `${target} is ${now ?? 'unknown'} now, not ${to}: changed by something else since`;
  }
  return null;
}

/** Sets every dial back, the last first. What cannot be set is told and stays as it is. */
export async function revertAll(
  { steps }: Application,
  registry: Registry,
  deadlineMs: number,
): Promise<{ steps: readonly Step[]; failures: readonly string[] }> {
  const undone = new Set<Step>();
  const failures: string[] = [];
  for (const step of [...steps].reverse()) {
    const { target, from } = step;
    if (!isSet(step) || from === undefined) continue;
    const failure = await failureOf(deadlineMs, () => registry.dial(target)?.set(from));
    if (failure === null) undone.add(step);
    else failures.push(`${target}: ${failure.message}`);
  }
  return {
    steps: steps.map((step) => (undone.has(step) ? { ...step, outcome: 'undone' } : step)),
    failures,
  };
}
