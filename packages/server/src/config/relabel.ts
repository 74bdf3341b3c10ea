/** `relabel_configs` and `metric_relabel_configs`: Prometheus' rules for which keys go with which action (model/relabel). */

import {
  compileRule,
  RELABEL_ACTIONS,
  type RelabelAction,
  type RelabelRule,
} from '../intake/scrape/relabel.ts';
import * as z from '../zod.ts';
import { scalar, section } from './scrape-values.ts';

const ruleSchema = section({
  source_labels: z.array(z.string().min(1)).optional(),
  separator: scalar.optional(),
  target_label: z.string().optional(),
  regex: scalar.optional(),
  modulus: z.number().int().min(1).optional(),
  replacement: scalar.optional(),
  action: z
    .string()
    .transform((text) => text.toLowerCase())
    .pipe(z.enum(RELABEL_ACTIONS))
    .default('replace'),
});

type RuleInput = z.output<typeof ruleSchema>;

const NEEDS_TARGET: ReadonlySet<RelabelAction> = new Set([
  'replace',
  'hashmod',
  'lowercase',
  'uppercase',
  'keepequal',
  'dropequal',
]);

/** Keys an action must not have. */
const FORBIDDEN: Readonly<Partial<Record<RelabelAction, readonly (keyof RuleInput)[]>>> = {
  lowercase: ['replacement'],
  uppercase: ['replacement'],
  keepequal: ['regex', 'modulus', 'separator', 'replacement'],
  dropequal: ['regex', 'modulus', 'separator', 'replacement'],
  labeldrop: ['source_labels', 'target_label', 'modulus', 'separator', 'replacement'],
  labelkeep: ['source_labels', 'target_label', 'modulus', 'separator', 'replacement'],
};

export const relabelRules = z.array(
  ruleSchema.transform((input, context): RelabelRule => {
    const refuse = (key: string, message: string): never => {
      context.addIssue({ code: 'custom', path: [key], message });
      return z.NEVER;
    };
    const { action } = input;
    for (const key of FORBIDDEN[action] ?? []) {
      if (input[key] !== undefined) return refuse(key, `does not go with action ${action}`);
    }
    if (NEEDS_TARGET.has(action) && (input.target_label ?? '') === '') {
      return refuse('target_label', `is needed for action ${action}`);
    }
    if (action === 'hashmod' && input.modulus === undefined) {
      return refuse('modulus', 'is needed for action hashmod');
    }
    try {
      return compileRule({
        action,
        sourceLabels: input.source_labels ?? [],
        separator: input.separator ?? ';',
        targetLabel: input.target_label ?? '',
        regex: input.regex ?? '(.*)',
        modulus: input.modulus ?? 0,
        replacement: input.replacement ?? '$1',
      });
    } catch (error) {
      return refuse('regex', error instanceof Error ? error.message : String(error));
    }
  }),
);
