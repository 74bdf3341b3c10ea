/**
 * Which fields the loaded lines have, and which values are frequent.
 *
 * Bounds: the first `maxLines` lines are counted, 300 fields, 500 values a field; past them a field knows only how many lines had
 * it. Counting goes on page by page, so that a page costs the same however many came before.
 */
import type { LogLine } from '../api/loki.ts';
import { fieldsOf } from './fields.ts';
import type { FieldSource } from './query-edit.ts';

const maxFields = 300;
const maxValues = 500;

export interface FieldStat {
  readonly name: string;
  readonly source: FieldSource;
  /** Lines that have the field. */
  readonly lines: number;
  /** Different values; `more` when there are others that were not counted. */
  readonly distinct: number;
  readonly more: boolean;
}

interface Counts {
  readonly source: FieldSource;
  lines: number;
  more: boolean;
  readonly values: Map<string, number>;
}

export class FieldStats {
  static readonly maxLines = 50_000;
  readonly #fields = new Map<string, Counts>();
  /** Lines that were counted. */
  lines = 0;

  add(lines: readonly LogLine[]): void {
    for (const line of lines) {
      if (this.lines >= FieldStats.maxLines) return;
      this.lines += 1;
      for (const { name, value, source } of fieldsOf(line)) this.#count(name, value, source);
    }
  }

  #count(name: string, value: string, source: FieldSource): void {
    let counts = this.#fields.get(name);
    if (counts === undefined) {
      if (this.#fields.size >= maxFields) return;
      counts = { source, lines: 0, more: false, values: new Map() };
      this.#fields.set(name, counts);
    }
    counts.lines += 1;
    const before = counts.values.get(value);
    if (before !== undefined) counts.values.set(value, before + 1);
    else if (counts.values.size < maxValues) counts.values.set(value, 1);
    else counts.more = true;
  }

  /** All fields: those of streams first, then by the number of lines that have them. */
  fields(): FieldStat[] {
    return [...this.#fields]
      .map(([name, { source, lines, more, values }]) => {
        return { name, source, lines, more, distinct: values.size };
      })
      .sort(
        (a, b) =>
          Number(b.source === 'stream') - Number(a.source === 'stream') ||
          b.lines - a.lines ||
          a.name.localeCompare(b.name, 'en'),
      );
  }

  /** The `limit` most frequent values of a field. */
  top(name: string, limit: number): { readonly value: string; readonly lines: number }[] {
    const values = this.#fields.get(name)?.values ?? new Map<string, number>();
    return [...values]
      .map(([value, lines]) => ({ value, lines }))
      .sort((a, b) => b.lines - a.lines || a.value.localeCompare(b.value, 'en'))
      .slice(0, limit);
  }
}
