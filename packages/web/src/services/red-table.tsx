import type { ReactNode } from 'react';
import { formatValue } from '../format/units.ts';
import type { Interval } from '../time/range.ts';
import { type RedColumn, type RedRow, sortRows } from './red.ts';
import { Sparkline } from './sparkline.tsx';

interface RedTableProps {
  readonly label: string;
  readonly nameTitle: string;
  readonly rows: readonly RedRow[];
  readonly interval: Interval;
  readonly lines: ReadonlyMap<string, readonly (readonly [number, number])[]> | undefined;
  readonly column: RedColumn;
  readonly isUp: boolean;
  readonly onSort: (column: RedColumn, isUp: boolean) => void;
  readonly renderName: (row: RedRow) => ReactNode;
  readonly renderActions?: (row: RedRow) => ReactNode;
}

const titles: Readonly<Record<RedColumn, string>> = {
  name: '',
  rate: 'Rate',
  errors: 'Errors',
  p50: 'p50',
  p95: 'p95',
  p99: 'p99',
};

/** Rate, errors and durations by row; a click on a head sorts. */
export function RedTable(props: RedTableProps) {
  const { rows, column, isUp } = props;
  const slowest = rows.reduce((most, row) => Math.max(most, row.p95 || 0), 0);
  const head = (one: RedColumn, className = 'num') => (
    <th
      className={className}
      aria-sort={column === one ? (isUp ? 'ascending' : 'descending') : 'none'}
    >
      <button
        type="button"
        className="hover:text-ink"
        onClick={() => props.onSort(one, column === one ? !isUp : one === 'name')}
      >
        {one === 'name' ? props.nameTitle : titles[one]}
        {column === one ? (isUp ? ' ↑' : ' ↓') : ''}
      </button>
    </th>
  );
  return (
    <div className="overflow-x-auto">
      <table aria-label={props.label} className="table-plain [&_td]:align-middle">
        <thead>
          <tr>
            {head('name', 'w-2/5')}
            {head('rate')}
            <th className="pl-2! max-md:hidden">
              <span className="sr-only">Rate over time</span>
            </th>
            {head('errors')}
            {head('p50', 'num max-sm:hidden')}
            {head('p95')}
            {head('p99', 'num max-sm:hidden')}
            {props.renderActions ? (
              <th className="max-md:hidden">
                <span className="sr-only">Links</span>
              </th>
            ) : null}
          </tr>
        </thead>
        <tbody>
          {sortRows(rows, column, isUp).map((row) => (
            <tr key={row.name} className="hover:bg-sunken">
              <td className="max-w-0 truncate">{props.renderName(row)}</td>
              <td className="num whitespace-nowrap">{formatValue(row.rate, 'per second')}</td>
              <td className="py-1! pl-2! max-md:hidden">
                <Sparkline points={props.lines?.get(row.name)} interval={props.interval} />
              </td>
              <td className={`num whitespace-nowrap ${row.errors > 0 ? 'text-bad' : 'text-ink-3'}`}>
                {formatValue(row.errors, 'ratio')}
              </td>
              <td className="num whitespace-nowrap max-sm:hidden">{seconds(row.p50)}</td>
              <td className="num whitespace-nowrap">
                <span className="flex items-center justify-end gap-2">
                  <span aria-hidden="true" className="h-1.5 w-16 bg-sunken max-md:hidden">
                    <span
                      className="block h-full bg-accent"
                      style={{ width: `${slowest > 0 ? ((row.p95 || 0) / slowest) * 100 : 0}%` }}
                    />
                  </span>
                  <span className="w-16">{seconds(row.p95)}</span>
                </span>
              </td>
              <td className="num whitespace-nowrap max-sm:hidden">{seconds(row.p99)}</td>
              {props.renderActions ? (
                <td className="num whitespace-nowrap max-md:hidden">{props.renderActions(row)}</td>
              ) : null}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function seconds(value: number): string {
  return Number.isFinite(value) ? formatValue(value, 'seconds') : '–';
}
