/** Our own metrics under the names in which they are stored: OpenTelemetry's, translated as OTLP's are by default. */
import type { MetricDescriptor, MetricKind, Point } from '@sightline/agent/sources';
import {
  DEFAULT_TRANSLATION,
  labelName,
  type MetricMetadata,
  type MetricType,
  metricName,
} from '@sightline/wire';

const TYPES: Readonly<Record<MetricKind, MetricType>> = {
  counter: 'counter',
  gauge: 'gauge',
  updowncounter: 'gauge',
  histogram: 'histogram',
};

/** Name, type and help of the family as stored. `unit` is the word in the name (`seconds`), or ''. */
export function familyOf(descriptor: MetricDescriptor): MetricMetadata {
  const { name, kind, unit, description } = descriptor;
  const nameKind = kind === 'counter' || kind === 'gauge' ? kind : 'other';
  const stored = metricName(name, unit, nameKind, DEFAULT_TRANSLATION.strategy);
  const words = stored.replace(/_total$/, '').split('_');
  const unitWord = unit === 's' ? 'seconds' : unit === 'By' ? 'bytes' : '';
  return {
    name: stored,
    type: TYPES[kind],
    help: description,
    unit: words.at(-1) === unitWord ? unitWord : '',
  };
}

/** Label names and values of a point in turn. */
export function labelsOf(descriptor: MetricDescriptor, point: Point): string[] {
  return descriptor.attributes.flatMap((key, i) => [
    labelName(key, DEFAULT_TRANSLATION),
    point.attributeValues[i] ?? '',
  ]);
}

/** Text of a bucket's bound, as `le` is written since Prometheus 3: `0.01`, `1.0`, `+Inf`. */
export function boundText(bounds: readonly number[], bucket: number): string {
  const bound = bounds[bucket];
  if (bound === undefined) return '+Inf';
  const text = String(bound);
  return text.includes('.') ? text : `${text}.0`;
}
