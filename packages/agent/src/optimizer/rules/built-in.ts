/** The rules that every application has, in the order of their priority. */
import type { OptimizationRule } from '../rule.ts';
import { cacheHitRule } from './cache-hits.ts';
import { memoryRule } from './memory.ts';
import { type SlowStatement, slowQueryRule } from './slow-queries.ts';
import { slowResponseRule } from './slow-responses.ts';

export interface RuleOptions {
  /** The statements that took longest lately, for the rule about slow queries. */
  readonly slowStatements?: () => readonly SlowStatement[];
}

export function builtInRules({ slowStatements }: RuleOptions): readonly OptimizationRule[] {
  return [
    memoryRule(),
    slowResponseRule(),
    slowQueryRule(slowStatements ?? (() => [])),
    cacheHitRule(),
  ];
}
