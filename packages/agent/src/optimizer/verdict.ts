/**
 * Whether an application has helped.
 *
 * The vital that the rule wants to improve decides when it has moved by at least a tenth; without such a goal response time and
 * errors do. More errors than before are worse in any case.
 */
import type { Vitals } from '../vitals.ts';
import type { Goal } from './rule.ts';

export type Verdict = 'better' | 'worse' | 'unclear';

/** What moves by less may be chance. */
const LEAST_PART = 0.1;
/** Points of the error rate; a rise from 0.1 to 0.2 % is not a tenth of the requests. */
const LEAST_ERROR_POINTS = 1;

const GENERAL: readonly Goal[] = [
  { vital: 'responseTimeMs', better: 'lower' },
  { vital: 'errorRatePct', better: 'lower' },
];

export function judge(before: Vitals, after: Vitals, goal: Goal | undefined): Verdict {
  const errors = moved(before, after, { vital: 'errorRatePct', better: 'lower' });
  if (errors === 'worse') return 'worse';
  const verdicts = (goal === undefined ? GENERAL : [goal]).map((one) => moved(before, after, one));
  if (verdicts.includes('worse')) return 'worse';
  return verdicts.includes('better') ? 'better' : 'unclear';
}

function moved(before: Vitals, after: Vitals, { vital, better }: Goal): Verdict {
  const [from, to] = [before[vital], after[vital]];
  if (from === undefined || to === undefined) return 'unclear';
  const least = vital === 'errorRatePct' ? LEAST_ERROR_POINTS : 0;
  const enough = Math.max(Math.abs(from) * LEAST_PART, least);
  if (Math.abs(to - from) < enough || to === from) return 'unclear';
  return to < from === (better === 'lower') ? 'better' : 'worse';
}
