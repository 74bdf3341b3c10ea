import { memo, useMemo, useState } from 'react';
import { formatValue } from '../format/units.ts';
import type { GraphData, GraphSeries } from './graph-data.ts';
import { formatSeries, type SeriesSummary } from './series.ts';

interface LegendTableProps {
  readonly data: GraphData;
  readonly several: boolean;
  readonly only: string;
  readonly onOnly: (key: string) => void;
  readonly onFocus: (key: string | null) => void;
}

type Column = keyof SeriesSummary | 'label';
const columns: readonly (keyof SeriesSummary)[] = ['last', 'min', 'mean', 'max'];

/** On a phone the name needs the room of the two columns in the middle. */
function headClass(column: Column): string {
  if (column === 'label') return '';
  return column === 'min' || column === 'mean' ? 'num max-sm:hidden' : 'num';
}

function compare(column: Column, up: boolean) {
  return (a: GraphSeries, b: GraphSeries) => {
    if (column === 'label')
      return (up ? 1 : -1) * a.key.localeCompare(b.key, 'en', { numeric: true });
    const first = a.summary[column];
    const second = b.summary[column];
    // Series without a value stand last in both directions.
    if (first === null || second === null) return first === second ? 0 : first === null ? 1 : -1;
    return up ? first - second : second - first;
  };
}

/**
 * Every series with its measures. A click shows only that series, another click all again.
 * Remembered between renders: the graph above renders at every move of the pointer.
 */
export const LegendTable = memo(function LegendTable({
  data,
  several,
  only,
  onOnly,
  onFocus,
}: LegendTableProps) {
  const [sort, setSort] = useState<{ column: Column; up: boolean }>({ column: 'last', up: false });
  const sorted = useMemo(
    () => [...data.series].sort(compare(sort.column, sort.up)),
    [data.series, sort],
  );
  const head = (column: Column, text: string) => (
    <th
      key={column}
      className={headClass(column)}
      aria-sort={sort.column === column ? (sort.up ? 'ascending' : 'descending') : 'none'}
    >
      <button
        type="button"
        className="hover:text-ink"
        onClick={() =>
          setSort({ column, up: sort.column === column ? !sort.up : column === 'label' })
        }
      >
        {column === 'label' ? text : null}
        <span aria-hidden="true" className="inline-block w-3 text-center">
          {sort.column === column ? (sort.up ? '↑' : '↓') : ''}
        </span>
        {column === 'label' ? null : text}
      </button>
    </th>
  );
  return (
    <div>
      {data.common.map(({ query, labels }) => (
        <p key={query} className="break-words pb-1 text-ink-3 text-xs">
          {several ? `${query.toUpperCase()}: ` : ''}all have{' '}
          <span className="font-mono text-ink-2">{formatSeries(labels)}</span>
        </p>
      ))}
      <div className="max-h-96 overflow-auto" onPointerLeave={() => onFocus(null)}>
        <table className="table-plain">
          <thead className="sticky top-0 z-[1] bg-bg">
            <tr>
              {head('label', `${data.series.length} series`)}
              {columns.map((column) => head(column, column))}
            </tr>
          </thead>
          <tbody>
            {sorted.map((one) => (
              <tr
                key={one.key}
                className={`hover:bg-sunken ${only !== '' && only !== one.key ? 'opacity-50' : ''}`}
                onPointerEnter={() => onFocus(one.key)}
              >
                <td className="py-1!">
                  <button
                    type="button"
                    aria-pressed={only === one.key}
                    title={formatSeries(one.metric)}
                    onClick={() => onOnly(only === one.key ? '' : one.key)}
                    className="flex items-baseline gap-2 text-left font-mono text-xs"
                  >
                    <Swatch series={one} />
                    <span className="break-all">
                      {several ? (
                        <span className="text-ink-3">{one.query.toUpperCase()} </span>
                      ) : null}
                      {one.label}
                    </span>
                  </button>
                </td>
                {columns.map((column) => {
                  const value = one.summary[column];
                  return (
                    <td key={column} className={`${headClass(column)} whitespace-nowrap py-1!`}>
                      {value === null ? '–' : formatValue(value, data.unit)}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
});

function Swatch({ series }: { readonly series: GraphSeries }) {
  return (
    <svg width="18" height="8" viewBox="0 0 18 8" aria-hidden="true" className="shrink-0">
      <path
        d="M0 4h18"
        stroke={series.color}
        strokeWidth="2.5"
        strokeDasharray={series.dash.join(' ')}
      />
    </svg>
  );
}
