/**
 * `node --conditions=development packages/query/bench/promql.ts`
 *
 * Times queries over 50,000 series of 60 samples in memory: the cost of the engine alone. Prints the median and the best of a few runs.
 */
import { Engine, encodeQueryData, parsePromql } from '@sightline/query';
import { Labels } from '@sightline/store';
import {
  freeBudget,
  MemoryQuerier,
  type MemorySeries,
} from '../src/promql/testing/memory-querier.ts';

const INSTANCES = 100;
const METRICS = 500;
const SAMPLES = 60;
const STEP_MS = 15_000;
const START_MS = 1_700_000_000_000;
const END_MS = START_MS + (SAMPLES - 1) * STEP_MS;

function makeSeries(): MemorySeries[] {
  const series: MemorySeries[] = [];
  for (let metric = 0; metric < METRICS; metric++) {
    const name = metric < 300 ? `metric_${metric >> 2}_total` : `metric_${metric >> 2}`;
    for (let instance = 0; instance < INSTANCES; instance++) {
      const labels = Labels.of({
        __name__: name,
        instance: `host-${instance}:9100`,
        job: `job-${instance % 5}`,
        part: `p${metric & 3}`,
      });
      const t = new Float64Array(SAMPLES);
      const v = new Float64Array(SAMPLES);
      for (let i = 0; i < SAMPLES; i++) {
        t[i] = START_MS + i * STEP_MS;
        v[i] = (instance + 1) * i + metric * 0.25;
      }
      series.push({ labels, t, v });
    }
  }
  return series;
}

const querier = new MemoryQuerier(makeSeries());
const engine = new Engine({ maxSamples: 50_000_000 });

const queries = [
  'metric_3_total{instance="host-7:9100",part="p1"}',
  'sum by (instance) (rate({__name__=~".+"}[5m]))',
  'topk(10, {__name__=~".+"})',
  '100 - avg by (instance) (rate(metric_1_total[5m])) * 100',
  'quantile by (job) (0.9, {__name__=~".+"})',
  'count({__name__=~".+"})',
  'metric_2_total / on (instance, part) metric_3_total',
  'sum by (job) ({__name__=~".+"}) / on (job) count by (job) ({__name__=~".+"})',
  'last_over_time({__name__=~".+"}[5m])',
  'avg by (job) (avg_over_time({__name__=~".+"}[5m]))',
];

function median(times: number[]): number {
  times.sort((a, b) => a - b);
  return times[times.length >> 1] ?? 0;
}

function time(run: () => number): { medianMs: number; bestMs: number; bytes: number } {
  const times: number[] = [];
  let bytes = 0;
  const deadline = performance.now() + 1500;
  while (times.length < 3 || (performance.now() < deadline && times.length < 15)) {
    const before = performance.now();
    bytes = run();
    times.push(performance.now() - before);
  }
  return { medianMs: median(times), bestMs: times[0] ?? 0, bytes };
}

for (const query of queries) {
  const expr = parsePromql(query);
  const size = (chunks: Uint8Array[]) => chunks.reduce((sum, { length }) => sum + length, 0);
  const instant = time(() =>
    size(encodeQueryData(engine.instant(expr, END_MS, querier, freeBudget, query))),
  );
  const range = time(() =>
    size(
      encodeQueryData(engine.range(expr, START_MS, END_MS, STEP_MS, querier, freeBudget, query)),
    ),
  );
  const show = ({ medianMs, bestMs, bytes }: typeof instant) =>
    `${medianMs.toFixed(1)} ms (best ${bestMs.toFixed(1)}, ${bytes} bytes)`;
  console.log(`${query}\n  instant ${show(instant)}\n  range   ${show(range)}`);
}
