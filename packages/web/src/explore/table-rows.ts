/** The rows of the table view: one a series, whatever kind of value the answer has. */
import type { HistogramPoint, Labels, Point, QueryData } from '../api/prometheus.ts';

export type TableValue =
  | { readonly kind: 'sample'; readonly text: string }
  | { readonly kind: 'histogram'; readonly point: HistogramPoint }
  | {
      readonly kind: 'range';
      readonly points: readonly Point[];
      readonly histograms: readonly HistogramPoint[];
    };

export interface TableRow {
  readonly key: string;
  readonly query: string;
  readonly metric: Labels;
  readonly value: TableValue;
}

/** The rows of one answer in the server's order. */
export function tableRowsOf(query: string, data: QueryData): TableRow[] {
  switch (data.resultType) {
    case 'vector':
      return data.result.map((one, index) => ({
        key: `${query}${index}`,
        query,
        metric: one.metric,
        value: one.histogram
          ? { kind: 'histogram', point: one.histogram }
          : { kind: 'sample', text: one.value?.[1] ?? '' },
      }));
    case 'matrix':
      return data.result.map((one, index) => ({
        key: `${query}${index}`,
        query,
        metric: one.metric,
        value: { kind: 'range', points: one.values ?? [], histograms: one.histograms ?? [] },
      }));
    default:
      return [{ key: query, query, metric: {}, value: { kind: 'sample', text: data.result[1] } }];
  }
}

/** A number to sort by: the value, a histogram's count, or the last of a range. */
function sortValue(value: TableValue): number {
  if (value.kind === 'sample') return Number(value.text);
  if (value.kind === 'histogram') return Number(value.point[1].count);
  return Number(value.points.at(-1)?.[1] ?? value.histograms.at(-1)?.[1].count ?? Number.NaN);
}

export type TableOrder = 'server' | 'down' | 'up';

/** Sorts by value; what is no number stands last. */
export function sortRows(rows: readonly TableRow[], order: TableOrder): readonly TableRow[] {
  if (order === 'server') return rows;
  const sign = order === 'up' ? 1 : -1;
  return [...rows].sort((a, b) => {
    const first = sortValue(a.value);
    const second = sortValue(b.value);
    if (Number.isNaN(first) || Number.isNaN(second))
      return Number(Number.isNaN(first)) - Number(Number.isNaN(second));
    return first === second ? 0 : sign * (first < second ? -1 : 1);
  });
}
