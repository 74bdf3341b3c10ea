/** The rules that every application has, in the order of their priority. */
import type { OptimizationRule } from '../rule.ts';
import { cacheHitRule } from './cache-hits.ts';
import { memoryRule } from './memory.ts';
import { slowQueryRule, type TimedStatement } from './slow-queries.ts';
import { slowResponseRule } from './slow-responses.ts';

export interface RuleOptions {
  /** For the rule about slow queries; what took most time first. */
  readonly statements?: () => readonly TimedStatement[];
}

export function builtInRules({ statements }: RuleOptions): readonly OptimizationRule[] {
  return [
    memoryRule(),
    slowResponseRule(),
    slowQueryRule(statements ?? (() => [])),
    cacheHitRule(),
  ];
}
