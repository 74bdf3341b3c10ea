/**
 * Warnings and infos of a query, with Prometheus' texts.
 *
 * Model: an annotation is a text and the offset of the expression it is about. Equal texts are one annotation, placed where it was
 * added last; the place is shown as line and byte column, both from 1.
 */

import { quote } from './go-quote.ts';
import { formatG } from './number-format.ts';
import { positionText } from './parse-error.ts';

/** `line:column` of an offset; without the query's text everything is taken to stand in line 1. */
function placeOf(offset: number, text: string | undefined): string {
  return text === undefined ? `1:${offset + 1}` : positionText(text, offset);
}

interface Monotonicity {
  position: number;
  minBucket: number;
  maxBucket: number;
  maxDiff: number;
  minMs: number;
  maxMs: number;
  samples: number;
}

type HistogramOperation = 'addition' | 'subtraction' | 'aggregation';

/** ` for metric name "x"`, or nothing for no name. */
export function forName(metricName: string): string {
  return metricName === '' ? '' : ` for metric name ${quote(metricName)}`;
}

function rounded2(value: number): string {
  if (value === 0 || !Number.isFinite(value)) return String(value);
  return String(Number(value.toPrecision(2)));
}

function rfc3339(ms: number): string {
  return new Date(Math.floor(ms / 1000) * 1000).toISOString().replace('.000Z', 'Z');
}

export class Annotations {
  #warnings = new Map<string, number>();
  #infos = new Map<string, number>();
  #monotonicity = new Map<string, Monotonicity>();

  warn(text: string, position: number): void {
    this.#warnings.set(text, position);
  }

  info(text: string, position: number): void {
    this.#infos.set(text, position);
  }

  mixedFloatsHistograms(metricName: string, position: number): void {
    const name = quote(metricName);
    this.warn(`encountered a mix of histograms and floats for metric name ${name}`, position);
  }

  mixedSchemas(metricName: string, position: number): void {
    this.warn(
      'vector contains a mix of histograms with exponential and custom buckets schemas for metric name ' +
        quote(metricName),
      position,
    );
  }

  notCounter(metricName: string, position: number): void {
    this.warn(`this native histogram metric is not a counter: ${quote(metricName)}`, position);
  }

  notGauge(metricName: string, position: number): void {
    this.warn(`this native histogram metric is not a gauge: ${quote(metricName)}`, position);
  }

  resetCollision(operation: HistogramOperation, position: number): void {
    this.warn(`conflicting counter resets during histogram ${operation}`, position);
  }

  boundsReconciled(operation: HistogramOperation, position: number): void {
    this.info(`mismatched custom buckets were reconciled during ${operation}`, position);
  }

  histogramsIgnoredInRange(metricName: string, position: number): void {
    this.info(
      `ignored histograms in a range containing both floats and histograms for metric name ${quote(metricName)}`,
      position,
    );
  }

  invalidQuantile(q: number, position: number): void {
    this.warn(`quantile value should be between 0 and 1, got ${formatG(q)}`, position);
  }

  invalidRatio(ratio: number, cappedTo: number, position: number): void {
    this.warn(
      `ratio value should be between -1 and 1, got ${formatG(ratio)}, capping to ${formatG(cappedTo)}`,
      position,
    );
  }

  histogramIgnored(aggregation: string, position: number): void {
    this.info(`ignored histogram in ${aggregation} aggregation`, position);
  }

  incompatibleTypes(left: string, operator: string, right: string, position: number): void {
    this.info(
      `incompatible sample types encountered for binary operator "${operator}": ${left} ${operator} ${right}`,
      position,
    );
  }

  /** Classic buckets that were not monotonic at one time; merged over the query. */
  forcedMonotonicity(
    metricName: string,
    position: number,
    at: Omit<Monotonicity, 'position'>,
  ): void {
    const known = this.#monotonicity.get(metricName);
    if (known === undefined) {
      this.#monotonicity.set(metricName, { ...at, position });
      return;
    }
    known.position = position;
    known.minBucket = Math.min(known.minBucket, at.minBucket);
    known.maxBucket = Math.max(known.maxBucket, at.maxBucket);
    known.maxDiff = Math.max(known.maxDiff, at.maxDiff);
    known.minMs = Math.min(known.minMs, at.minMs);
    known.maxMs = Math.max(known.maxMs, at.maxMs);
    known.samples += at.samples;
  }

  /** The texts that an answer carries; `text` is the query. */
  finish(text: string | undefined): { warnings: string[]; infos: string[] } {
    const warnings: string[] = [];
    const infos: string[] = [];
    for (const [message, position] of this.#warnings) {
      warnings.push(`PromQL warning: ${message} (${placeOf(position, text)})`);
    }
    for (const [message, position] of this.#infos) {
      infos.push(`PromQL info: ${message} (${placeOf(position, text)})`);
    }
    for (const [name, m] of this.#monotonicity) {
      infos.push(
        'PromQL info: input to histogram_quantile needed to be fixed for monotonicity ' +
          '(see https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile)' +
          `${forName(name)}, from buckets ${formatG(m.minBucket)} to ${formatG(m.maxBucket)}, with a max diff of ` +
          `${rounded2(m.maxDiff)}, over ${m.samples} samples from ${rfc3339(m.minMs)} to ${rfc3339(m.maxMs)} ` +
          `(${placeOf(m.position, text)})`,
      );
    }
    return { warnings, infos };
  }
}
