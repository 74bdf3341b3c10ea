import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { useLayoutEffect, useMemo, useRef, useState } from 'react';
import { formatCount } from '../format/units.ts';
import { formatLocal } from '../time/range.ts';
import { SeriesName } from './series-name.tsx';
import { sortRows, type TableOrder, type TableRow } from './table-rows.ts';
import { ValueCell } from './value-cell.tsx';

interface TableViewProps {
  readonly rows: readonly TableRow[];
  readonly several: boolean;
  readonly timeMs: number;
}

const nextOrder = { server: 'down', down: 'up', up: 'server' } as const;
const orderText = { server: '', down: ' ↓', up: ' ↑' };
const sortName = { server: 'none', down: 'descending', up: 'ascending' } as const;

/** Every series with its value at the end of the range. Only the rows in view are in the document. */
export function TableView({ rows, several, timeMs }: TableViewProps) {
  const [order, setOrder] = useState<TableOrder>('server');
  const sorted = useMemo(() => sortRows(rows, order), [rows, order]);
  const list = useRef<HTMLTableElement>(null);
  const [offset, setOffset] = useState(0);
  useLayoutEffect(() => setOffset(list.current?.offsetTop ?? 0), []);
  const virtualizer = useWindowVirtualizer({
    count: sorted.length,
    estimateSize: () => 29,
    overscan: 20,
    scrollMargin: offset,
  });
  const items = virtualizer.getVirtualItems();
  const above = (items[0]?.start ?? offset) - offset;
  const below = virtualizer.getTotalSize() - ((items.at(-1)?.end ?? offset) - offset);
  return (
    <table ref={list} aria-rowcount={sorted.length + 1} className="table-plain">
      <thead>
        <tr>
          <th>
            {formatCount(rows.length)} series at {formatLocal(timeMs)}
          </th>
          <th className="num" aria-sort={sortName[order]}>
            <button
              type="button"
              className="hover:text-ink"
              onClick={() => setOrder(nextOrder[order])}
            >
              Value{orderText[order]}
            </button>
          </th>
        </tr>
      </thead>
      <tbody>
        <tr style={{ height: above }} />
        {items.map((item) => {
          const row = sorted[item.index];
          return row === undefined ? null : (
            <tr
              key={row.key}
              ref={virtualizer.measureElement}
              data-index={item.index}
              aria-rowindex={item.index + 2}
              className="hover:bg-sunken"
            >
              <td className="py-1!">
                {several ? (
                  <span className="mr-2 text-ink-3">{row.query.toUpperCase()}</span>
                ) : null}
                <SeriesName metric={row.metric} />
              </td>
              <td className="num break-words py-1!">
                <ValueCell value={row.value} />
              </td>
            </tr>
          );
        })}
        <tr style={{ height: below }} />
      </tbody>
    </table>
  );
}
