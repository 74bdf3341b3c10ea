/**
 * Attributes of the newest spans of a range: what completion shows beside the lists that the store keeps of flushed files, which do
 * not have spans of the last minutes, events or links.
 */

import { timeOfMs } from '@sightline/query';
import type { SpanSet } from '@sightline/store';
import type { SpanField } from '@sightline/wire';
import type { ExecuteContext } from '../context.ts';

/** Spans that are looked at. */
const MAX_SPANS = 20_000;

export type SampleScope = 'span' | 'event' | 'link';

export class SpanSample {
  readonly #sets: SpanSet[] = [];

  constructor({ records, budget }: ExecuteContext, startMs: number, endMs: number) {
    const sets = records.spanSets({
      wants: () => true,
      from: timeOfMs(startMs),
      to: timeOfMs(endMs, 999_999),
      names: [],
      fields: [],
      errors: false,
      minDuration: 0,
      maxDuration: Number.POSITIVE_INFINITY,
      budget,
    });
    let spans = 0;
    for (const set of sets) {
      this.#sets.push(set);
      spans += set.startLo.length;
      if (spans >= MAX_SPANS) break;
    }
  }

  names(scope: SampleScope): Set<string> {
    const names = new Set<string>();
    for (const set of this.#sets) {
      if (scope === 'span') for (const name of set.fieldNames()) names.add(name);
      else for (const { key } of fieldsOf(set, scope)) names.add(key);
    }
    return names;
  }

  /** Distinct values of an attribute with their types. */
  values(scope: SampleScope, name: string): { type: number; value: string }[] {
    const values = new Map<string, { type: number; value: string }>();
    const add = (type: number, value: string): void => {
      values.set(`${type} ${value}`, { type, value });
    };
    for (const set of this.#sets) {
      if (scope === 'span') {
        for (const value of set.field(name)?.values ?? []) {
          if (value !== null) add(value.type, value.text);
        }
      } else {
        for (const { key, type, value } of fieldsOf(set, scope)) if (key === name) add(type, value);
      }
    }
    return [...values.values()];
  }

  /** Names of events. */
  eventNames(): Set<string> {
    const names = this.#sets.flatMap((set) =>
      set.tails().values.flatMap(({ events }) => events.map(({ name }) => name)),
    );
    return new Set(names.filter((name) => name !== ''));
  }
}

function fieldsOf(set: SpanSet, scope: 'event' | 'link'): SpanField[] {
  return set
    .tails()
    .values.flatMap(({ events, links }) =>
      (scope === 'event' ? events : links).flatMap(({ fields }) => fields),
    );
}
