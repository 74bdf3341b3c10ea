/**
 * The metrics of one collection of a source that asks somebody else: tables, statements and keys come and go, so they are written down anew
 * each time and no set of attributes is remembered.
 *
 * Invariants: what is not a number is left out; at most MAX_READINGS are kept, the rest is counted in `dropped`.
 */
import type { AttributeValue, Metric, MetricKind } from '../source.ts';

/** What a source can measure; its documentation is made of these. */
export interface MetricDefinition {
  readonly name: string;
  readonly kind: MetricKind;
  /** UCUM. */
  readonly unit: string;
  readonly description: string;
  /** Keys of the attributes, in the order of the values given to `add`. */
  readonly attributes: readonly string[];
}

const MAX_READINGS = 5000;

export class Readings {
  readonly metrics: Metric[] = [];
  dropped = 0;
  readonly #common: Readonly<Record<string, AttributeValue>>;

  /** `common` are attributes of every metric. */
  constructor(common: Readonly<Record<string, AttributeValue>> = {}) {
    this.#common = common;
  }

  add(definition: MetricDefinition, value: number, ...values: readonly string[]): void {
    if (!Number.isFinite(value)) return;
    if (this.metrics.length >= MAX_READINGS) {
      this.dropped++;
      return;
    }
    const attributes: Record<string, AttributeValue> = { ...this.#common };
    for (const [index, key] of definition.attributes.entries()) {
      const text = values[index];
      if (text !== undefined && text !== '') attributes[key] = text;
    }
    const { name, kind, unit, description } = definition;
    this.metrics.push({ name, kind, unit, description, value, attributes });
  }
}

export function define(
  name: string,
  kind: MetricKind,
  unit: string,
  description: string,
  ...attributes: readonly string[]
): MetricDefinition {
  return { name, kind, unit, description, attributes };
}
