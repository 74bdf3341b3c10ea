/**
 * Metrics as a Prometheus page: names and labels as Sightline (and Prometheus) make them of OTLP, so that a series has one name whichever way
 * it came.
 */
import {
  DEFAULT_TRANSLATION,
  ExpositionWriter,
  labelName,
  labelsText,
  metricName,
} from '@sightline/wire/encode';
import type { Metric } from '../source.ts';

/** The page in the text format 0.0.4 or OpenMetrics, families by name. */
export function expositionOf(
  metrics: readonly Metric[],
  format: 'text' | 'openmetrics' = 'text',
): string {
  const families = new Map<string, Metric[]>();
  for (const metric of metrics) {
    const name = storedName(metric);
    const same = families.get(name);
    if (same === undefined) families.set(name, [metric]);
    else same.push(metric);
  }
  const writer = new ExpositionWriter(format);
  for (const name of [...families.keys()].sort()) {
    const same = families.get(name) ?? [];
    const [first] = same;
    if (name === '' || first === undefined) continue;
    writer.family({
      name,
      type: typeOf(first),
      help: first.description ?? '',
      unit: unitWord(name, first.unit),
    });
    // A family has one type: a metric of the same name and another kind is left out.
    for (const metric of same)
      if (typeOf(metric) === typeOf(first)) writeMetric(writer, name, metric);
  }
  return writer.end();
}

function storedName({ name, unit = '', kind = 'gauge' }: Metric): string {
  const nameKind = kind === 'counter' || kind === 'gauge' ? kind : 'other';
  return metricName(name, unit, nameKind, DEFAULT_TRANSLATION.strategy);
}

function typeOf({ kind }: Metric): 'counter' | 'gauge' | 'histogram' {
  return kind === 'counter' || kind === 'histogram' ? kind : 'gauge';
}

function unitWord(name: string, unit: string | undefined): string {
  const word = unit === 's' ? 'seconds' : unit === 'By' ? 'bytes' : '';
  return word !== '' && name.replace(/_total$/, '').endsWith(`_${word}`) ? word : '';
}

function writeMetric(writer: ExpositionWriter, name: string, metric: Metric): void {
  const { value, attributes = {}, distribution } = metric;
  const pairs = Object.entries(attributes).flatMap(([key, text]) => [
    labelName(key, DEFAULT_TRANSLATION),
    String(text),
  ]);
  if (distribution === undefined) {
    writer.sample(name, labelsText(pairs), value);
    return;
  }
  const { bounds, buckets, sum } = distribution;
  let cumulative = 0;
  for (let i = 0; i <= bounds.length; i++) {
    cumulative += buckets[i] ?? 0;
    const labels = labelsText([...pairs, 'le', boundText(bounds[i])]);
    writer.sample(`${name}_bucket`, labels, cumulative);
  }
  writer.sample(`${name}_sum`, labelsText(pairs), sum);
  writer.sample(`${name}_count`, labelsText(pairs), value);
}

/** As `le` is written since Prometheus 3: `0.01`, `1.0`, `+Inf`. */
function boundText(bound: number | undefined): string {
  if (bound === undefined) return '+Inf';
  const text = String(bound);
  return /[.e]/.test(text) ? text : `${text}.0`;
}
