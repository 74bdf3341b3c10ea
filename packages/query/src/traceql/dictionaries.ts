/**
 * Dictionaries made of dictionaries.
 *
 * Invariant: the same parts give the same object for as long as they live, so that what has been decided about a shared dictionary holds
 * for what is made of it, and nothing is copied once per trace.
 */
import { NIL, type Value } from './value.ts';

type Dictionary = readonly Value[];

const joined = new WeakMap<Dictionary, WeakMap<Dictionary, Dictionary>>();
const NIL_DICTIONARY: Dictionary = [NIL];

/** The values of the first, then those of the second. */
export function joinDictionaries(first: Dictionary, second: Dictionary): Dictionary {
  let behind = joined.get(first);
  if (behind === undefined) {
    behind = new WeakMap();
    joined.set(first, behind);
  }
  let both = behind.get(second);
  if (both === undefined) {
    both = [...first, ...second];
    behind.set(second, both);
  }
  return both;
}

/** The values and nil as the last. */
export function withNil(values: Dictionary): Dictionary {
  return joinDictionaries(values, NIL_DICTIONARY);
}
