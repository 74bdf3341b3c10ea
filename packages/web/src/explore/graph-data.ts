/** From range answers to the lines of the graph and its legend. */
import type { Labels } from '../api/prometheus.ts';
import { alignMatrix, type Column, type Grid } from '../chart/align.ts';
import { seriesStyle } from '../chart/palette.ts';
import { type Unit, unitOfExpression } from '../format/units.ts';
import {
  formatSeries,
  highestPeaks,
  maxSeries,
  type SeriesSummary,
  splitCommon,
  summarize,
} from './series.ts';
import type { RangeAnswer, Result } from './use-results.ts';

export interface GraphSeries {
  /** Query letter and full name: stays the same over refreshes. */
  readonly key: string;
  readonly query: string;
  readonly metric: Labels;
  /** The name without what all series of the query share. */
  readonly label: string;
  readonly color: string;
  readonly dash: readonly number[];
  readonly values: Column;
  readonly summary: SeriesSummary;
}

interface Cut {
  readonly query: string;
  readonly total: number;
}

export interface GraphData {
  readonly grid: Grid;
  readonly series: readonly GraphSeries[];
  /** What all series of a query share, for each query that has such labels. */
  readonly common: readonly { readonly query: string; readonly labels: Labels }[];
  /** Queries of which only the series with the highest peaks are drawn. */
  readonly cuts: readonly Cut[];
  readonly unit: Unit;
  /** Some answers are native histograms, of which the graph shows the count. */
  readonly histograms: boolean;
}

/** Aligns all answers on `grid`; of each query at most `maxSeries` lines are kept. */
export function graphData(results: readonly Result<RangeAnswer>[], grid: Grid): GraphData {
  const series: GraphSeries[] = [];
  const common: { query: string; labels: Labels }[] = [];
  const cuts: Cut[] = [];
  for (const { id, expression, answer } of results) {
    if (answer === undefined) continue;
    const all = alignMatrix(answer.data, grid);
    const kept = highestPeaks(all, maxSeries);
    if (kept.length < all.length) cuts.push({ query: id, total: all.length });
    const split = splitCommon(kept.map((one) => one.metric));
    if (Object.keys(split.common).length > 0) common.push({ query: id, labels: split.common });
    for (const [index, one] of kept.entries()) {
      const own = split.own[index] ?? one.metric;
      series.push({
        key: `${id}:${formatSeries(one.metric)}`,
        query: id,
        metric: one.metric,
        // A series without labels of its own is best named by what was asked.
        label: Object.keys(own).length === 0 ? expression : formatSeries(own),
        ...seriesStyle(series.length),
        values: one.values,
        summary: summarize(one.values),
      });
    }
  }
  const histograms = results.some((result) =>
    result.answer?.data.some((one) => (one.histograms?.length ?? 0) > 0),
  );
  const units = new Set(results.map((result) => unitOfExpression(result.expression)));
  const [unit = 'number'] = units;
  return {
    grid,
    series,
    common,
    cuts,
    unit: units.size === 1 && !histograms ? unit : 'number',
    histograms,
  };
}
