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
  const written = new Set<string>();
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
    for (const metric of same) {
      // A family has one type, a series one value: what comes later with another is left out.
      if (typeOf(metric) !== typeOf(first)) continue;
      const pairs = pairsOf(metric);
      const key = `${name}{${labelsText(pairs)}}`;
      if (written.has(key)) continue;
      written.add(key);
      writeMetric(writer, name, pairs, metric);
    }
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

/** Label names and values in turn; values of attributes whose names become the same are joined, as OpenTelemetry has it. */
function pairsOf({ attributes = {} }: Metric): string[] {
  const labels = new Map<string, string>();
  for (const [key, value] of Object.entries(attributes)) {
    const label = labelName(key, DEFAULT_TRANSLATION);
    const before = labels.get(label);
    labels.set(label, before === undefined ? String(value) : `${before};${value}`);
  }
  return [...labels].flat();
}

function writeMetric(
  writer: ExpositionWriter,
  name: string,
  pairs: readonly string[],
  { value, distribution }: Metric,
): void {
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
