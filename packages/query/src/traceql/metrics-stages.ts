/**
 * What is done with the series of a metrics query: `topk`, `bottomk`, comparisons with a number.
 *
 * Model: every point for itself (as in Tempo): a value that does not pass becomes NaN; a series without values is dropped.
 */
import type { SeriesStage } from './ast.ts';
import type { MetricsSeries } from './metrics.ts';
import { holds, isNumber } from './value.ts';

/** The series that are left; their values are changed in place. */
export function applySeriesStages(
  stages: readonly SeriesStage[],
  series: MetricsSeries[],
): MetricsSeries[] {
  return stages.reduce((left, stage) => applySeriesStage(stage, left), series);
}

function applySeriesStage(stage: SeriesStage, series: readonly MetricsSeries[]): MetricsSeries[] {
  if (stage.kind === 'threshold') {
    if (!isNumber(stage.value)) return [];
    // Durations of series are seconds.
    const limit = stage.value.value / (stage.value.type === 'duration' ? 1e9 : 1);
    for (const { values } of series) {
      for (let point = 0; point < values.length; point++) {
        if (!holds(stage.op, values[point] - limit)) values[point] = Number.NaN;
      }
    }
  } else keepBest(series, stage.k, stage.kind === 'topk' ? -1 : 1);
  return series.filter(({ values }) => values.some((value) => !Number.isNaN(value)));
}

/** `direction` -1 keeps the largest; ties go to the series that stands first. */
function keepBest(series: readonly MetricsSeries[], k: number, direction: number): void {
  const points = series.length === 0 ? 0 : series[0].values.length;
  for (let point = 0; point < points; point++) {
    const present = series.filter(({ values }) => !Number.isNaN(values[point]));
    if (present.length <= k) continue;
    present.sort((a, b) => direction * (a.values[point] - b.values[point]));
    for (const { values } of present.slice(k)) values[point] = Number.NaN;
  }
}
