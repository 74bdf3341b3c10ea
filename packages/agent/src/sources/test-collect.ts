/** For tests of sources: one collection with the events that it emitted. */
import type { AgentEvent, Metric, MonitoringSource } from '../source.ts';

export interface Run {
  readonly metrics: readonly Metric[];
  readonly events: readonly AgentEvent[];
}

export async function collect(
  source: MonitoringSource,
  signal = new AbortController().signal,
): Promise<Run> {
  const events: AgentEvent[] = [];
  const metrics = await source.collect({ signal, emit: (event) => events.push(event) });
  return { metrics, events };
}

/** Of the first metric of this name that has these attributes; NaN when there is none. */
export function value(run: Run, name: string, attributes: Metric['attributes'] = {}): number {
  const found = run.metrics.find(
    (metric) =>
      metric.name === name &&
      Object.entries(attributes).every(([key, want]) => metric.attributes?.[key] === want),
  );
  return found?.value ?? Number.NaN;
}

export function named(run: Run, name: string): readonly AgentEvent[] {
  return run.events.filter((event) => event.name === name);
}

/** Closes the source whatever happens. */
export async function withSource<Source extends MonitoringSource>(
  source: Source,
  use: (source: Source) => Promise<void>,
): Promise<void> {
  try {
    await use(source);
  } finally {
    await source.close?.();
  }
}
