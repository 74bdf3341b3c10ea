/** Metrics as a page of Prometheus text. */
import { ExpositionWriter, labelsText } from '@sightline/wire';
import type { Metric } from '../source.ts';

export function expositionOf(metrics: readonly Metric[]): string {
  const writer = new ExpositionWriter('text');
  let family = '';
  for (const metric of metrics.toSorted((a, b) =>
    a.name < b.name ? -1 : a.name > b.name ? 1 : 0,
  )) {
    const { name, kind, unit = '', description = '' } = metric;
    if (name !== family) {
      const type = kind === 'counter' || kind === 'histogram' ? kind : 'gauge';
      writer.family({ name, type, help: description, unit });
      family = name;
    }
    writeMetric(writer, metric);
  }
  return writer.end();
}

function writeMetric(writer: ExpositionWriter, metric: Metric): void {
  const { name, value, distribution } = metric;
  const pairs = Object.entries(metric.attributes ?? {}).flatMap(([key, text]) => [
    key,
    String(text),
  ]);
  if (distribution === undefined) {
    writer.sample(name, labelsText(pairs), value);
    return;
  }
  let cumulative = 0;
  for (const [index, bound] of [...distribution.bounds, Number.POSITIVE_INFINITY].entries()) {
    cumulative += distribution.buckets[index] ?? 0;
    const le = Number.isFinite(bound) ? String(bound) : '+Inf';
    writer.sample(`${name}_bucket`, labelsText([...pairs, 'le', le]), cumulative);
  }
  writer.sample(`${name}_sum`, labelsText(pairs), distribution.sum);
  writer.sample(`${name}_count`, labelsText(pairs), value);
}
