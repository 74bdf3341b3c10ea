/** The result of a TraceQL metrics query in Tempo's JSON (QueryRangeResponse and QueryInstantResponse). Points without a value are left out. */
import type { Exemplar, MetricsResult, MetricsSeries } from '@sightline/query';
import { numberJson, valueJson } from './tempo-search.ts';
import { quoted } from './text-pieces.ts';
import { millisOf } from './times.ts';

/** `inspected`: traces that were read. */
export function metricsJson(
  { times, series }: MetricsResult,
  instant: boolean,
  inspected: number,
): string {
  const list = instant
    ? series.filter(({ values }) => !Number.isNaN(values[0])).map(instantJson)
    : series.map((one) => rangeJson(one, times));
  return `{"series":[${list.join()}],"metrics":{"inspectedTraces":${inspected},"completedJobs":1,"totalJobs":1}}`;
}

function instantJson(series: MetricsSeries): string {
  return `{"labels":${labelsJson(series)},"value":${numberJson(series.values[0])}}`;
}

function rangeJson(series: MetricsSeries, times: Float64Array): string {
  const samples: string[] = [];
  for (let i = 0; i < times.length; i++) {
    const value = series.values[i];
    if (!Number.isNaN(value)) {
      samples.push(`{"timestampMs":"${times[i]}","value":${numberJson(value)}}`);
    }
  }
  const exemplars = series.exemplars.map(exemplarJson);
  const rest = exemplars.length === 0 ? '' : `,"exemplars":[${exemplars.join()}]`;
  return `{"labels":${labelsJson(series)},"samples":[${samples.join()}]${rest}}`;
}

function labelsJson({ labels }: MetricsSeries): string {
  const list = labels.map(
    ({ name, value }) => `{"key":${quoted(name)},"value":${valueJson(value)}}`,
  );
  return `[${list.join()}]`;
}

function exemplarJson({ traceId, startLo, startHi, value }: Exemplar): string {
  const label = `{"key":"trace:id","value":{"stringValue":"${traceId}"}}`;
  const timestamp = millisOf(startLo, startHi);
  return `{"labels":[${label}],"value":${numberJson(value)},"timestampMs":"${timestamp}"}`;
}
