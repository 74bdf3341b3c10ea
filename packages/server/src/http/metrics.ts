/** `GET /metrics`: our own metrics in the text format or OpenMetrics, as the client prefers. */
import type { Instrument, InstrumentSource, Point } from '@sightline/agent/sources';
import { CONTENT_TYPES, ExpositionWriter, labelsText, preferredFormat } from '@sightline/wire';
import type { FastifyInstance } from 'fastify';
import { boundText, familyOf, labelsOf } from '../intake/self/names.ts';

export interface MetricsDeps {
  /** The sources with values of now. */
  sources(): readonly InstrumentSource[];
}

export function registerMetrics(app: FastifyInstance, deps: MetricsDeps): void {
  app.get('/metrics', async (request, reply) => {
    const format = preferredFormat(request.headers.accept);
    const writer = new ExpositionWriter(format);
    for (const source of deps.sources()) {
      for (const instrument of source.instruments) writeInstrument(writer, instrument);
    }
    return reply
      .header('content-type', CONTENT_TYPES[format])
      .header('cache-control', 'no-store')
      .send(writer.end());
  });
}

function writeInstrument(writer: ExpositionWriter, { descriptor, points }: Instrument): void {
  if (!points.some((point) => point.present)) return;
  const family = familyOf(descriptor);
  writer.family(family);
  for (const point of points) {
    if (!point.present) continue;
    const pairs = labelsOf(descriptor, point);
    if (descriptor.kind === 'histogram') {
      writeHistogram(writer, family.name, descriptor.bounds, pairs, point);
    } else writer.sample(family.name, labelsText(pairs), point.value);
  }
}

function writeHistogram(
  writer: ExpositionWriter,
  name: string,
  bounds: readonly number[],
  pairs: readonly string[],
  point: Point,
): void {
  let cumulative = 0;
  point.buckets.forEach((count, i) => {
    cumulative += count;
    const labels = labelsText([...pairs, 'le', boundText(bounds, i)]);
    writer.sample(`${name}_bucket`, labels, cumulative);
  });
  writer.sample(`${name}_sum`, labelsText(pairs), point.sum);
  writer.sample(`${name}_count`, labelsText(pairs), point.value);
}
