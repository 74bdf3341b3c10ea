/** What an action asks for, collected step by step. */
import type { Attributes } from '../source.ts';
import type { Registry } from './registry.ts';
import { withinBounds } from './registry.ts';
import type { CacheView, Changes, DialView } from './rule.ts';

/** One thing that is to be done. */
export type Wanted =
  | { readonly kind: 'set'; readonly target: string; readonly to: number }
  | { readonly kind: 'clear' | 'warm'; readonly target: string }
  | { readonly kind: 'collect_garbage'; readonly target: 'process' }
  | { readonly kind: 'propose'; readonly target: string; readonly attributes: Attributes }
  | { readonly kind: 'run'; readonly target: string; run(): void | Promise<void> };

const MAX_STEPS = 64;
const MAX_TEXT = 500;

export class Plan implements Changes {
  readonly caches: readonly CacheView[];
  readonly dials: readonly DialView[];
  readonly wanted: Wanted[] = [];
  readonly #registry: Registry;
  #closed = false;

  constructor(registry: Registry, caches: readonly CacheView[]) {
    this.#registry = registry;
    this.caches = caches;
    this.dials = registry.dialViews();
  }

  /** From here on nothing is taken any more: the action had its time. */
  close(): void {
    this.#closed = true;
  }

  set(name: string, value: number): void {
    const dial = this.#registry.dial(name);
    if (dial === undefined) throw new TypeError(`there is no dial ${name}`);
    if (!Number.isFinite(value)) throw new TypeError(`${name}: ${value} is no number`);
    this.#add({ kind: 'set', target: name, to: withinBounds(dial, value) });
  }

  clear(cache: string): void {
    this.#add({ kind: 'clear', target: this.#known(cache) });
  }

  warm(cache: string): void {
    this.#add({ kind: 'warm', target: this.#known(cache) });
  }

  collectGarbage(): void {
    this.#add({ kind: 'collect_garbage', target: 'process' });
  }

  propose(text: string, attributes: Attributes = {}): void {
    this.#add({ kind: 'propose', target: text.slice(0, MAX_TEXT), attributes });
  }

  run(description: string, run: () => void | Promise<void>): void {
    this.#add({ kind: 'run', target: description.slice(0, MAX_TEXT), run });
  }

  #known(cache: string): string {
    if (this.#registry.cache(cache) === undefined)
      throw new TypeError(`there is no cache ${cache}`);
    return cache;
  }

  #add(step: Wanted): void {
    if (this.#closed) throw new Error('the action has taken too long: nothing is changed any more');
    if (this.wanted.length >= MAX_STEPS) throw new RangeError(`more than ${MAX_STEPS} changes`);
    this.wanted.push(step);
  }
}
