/**
 * Selectors made ready once and kept: dashboards ask with the same ones again and again.
 *
 * Model: a selector is known by the text of its matchers; kept are its compiled patterns, and what its filter has learnt about values.
 * The one used longest ago goes first.
 */
import type { Matcher } from '../../matcher.ts';
import { CanonicalFilter, type CompiledMatcher, compileMatchers } from './matchers.ts';

export interface Selector {
  /** Equal for equal matchers in the same order. */
  readonly key: string;
  readonly matchers: readonly CompiledMatcher[];
  readonly filter: CanonicalFilter;
}

const MAX_SELECTORS = 64;
/** Values of a label whose test is remembered beyond the query, by matcher. */
const MAX_VALUES = 1024;

/** Throws PatternError. */
function makeSelector(matchers: readonly Matcher[], key: string): Selector {
  const compiled = compileMatchers(matchers);
  return { key, matchers: compiled, filter: new CanonicalFilter(compiled) };
}

export class SelectorCache {
  readonly #selectors = new Map<string, Selector>();

  /** Forgets what the queries before have learnt, where it is much. To be called between queries. */
  trim(): void {
    for (const { filter } of this.#selectors.values()) filter.trim(MAX_VALUES);
  }

  /** Throws PatternError. */
  get(matchers: readonly Matcher[]): Selector {
    const key = JSON.stringify(matchers.map(({ name, op, value }) => [name, op, value]));
    const known = this.#selectors.get(key);
    if (known !== undefined) this.#selectors.delete(key);
    const selector = known ?? makeSelector(matchers, key);
    this.#selectors.set(key, selector);
    if (this.#selectors.size > MAX_SELECTORS) {
      const oldest = this.#selectors.keys().next();
      if (oldest.done !== true) this.#selectors.delete(oldest.value);
    }
    return selector;
  }
}
