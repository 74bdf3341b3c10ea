import { Link } from '@tanstack/react-router';
import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { useLayoutEffect, useMemo, useRef, useState } from 'react';
import { serviceColor } from '../chart/service-colors.ts';
import { formatCount } from '../format/units.ts';
import type { PathMark, PathRow, PathSide } from './compare.ts';
import { durationText } from './time-text.ts';

interface CompareTableProps {
  readonly rows: readonly PathRow[];
  readonly ids: readonly [a: string, b: string];
  readonly spans: readonly [a: readonly string[], b: readonly string[]];
  /** Leaves out paths that are alike and have nothing below that is not. */
  readonly isChanged: boolean;
  readonly closed: ReadonlySet<number>;
  readonly onToggle: (index: number) => void;
}

const rowHeight = 28;

const looks: Readonly<Record<PathMark, string>> = {
  added: 'bg-good-soft',
  removed: 'bg-warn-soft',
  slower: '',
  faster: '',
  same: '',
};

function shownIndices({ rows, isChanged, closed }: CompareTableProps): readonly number[] {
  const keep = new Uint8Array(rows.length);
  for (let index = rows.length - 1; index >= 0; index -= 1) {
    const row = rows[index];
    if (row === undefined) continue;
    keep[index] = row.mark === 'same' ? 0 : 1;
    // Above a changed path everything is kept: the way to it.
    for (let below = index + 1; below < index + row.size; below += rows[below]?.size ?? 1)
      if (keep[below] === 1) keep[index] = 1;
  }
  const shown: number[] = [];
  for (let index = 0; index < rows.length; ) {
    if (!isChanged || keep[index] === 1) shown.push(index);
    index += closed.has(index) ? (rows[index]?.size ?? 1) : 1;
  }
  return shown;
}

/** The paths of both traces side by side. Only the rows in view are in the document. */
export function CompareTable(props: CompareTableProps) {
  const { rows, isChanged, closed } = props;
  const shown = useMemo(() => shownIndices(props), [rows, isChanged, closed]);
  const longest = useMemo(
    () => rows.reduce((most, row) => Math.max(most, row.a?.totalUs ?? 0, row.b?.totalUs ?? 0), 0),
    [rows],
  );
  const list = useRef<HTMLTableElement>(null);
  const [offset, setOffset] = useState(0);
  useLayoutEffect(() => setOffset(list.current?.offsetTop ?? 0), []);
  const virtualizer = useWindowVirtualizer({
    count: shown.length,
    estimateSize: () => rowHeight,
    overscan: 20,
    scrollMargin: offset,
  });
  const items = virtualizer.getVirtualItems();
  const above = (items[0]?.start ?? offset) - offset;
  const below = virtualizer.getTotalSize() - ((items.at(-1)?.end ?? offset) - offset);
  return (
    <div className="overflow-x-auto">
      <table
        ref={list}
        aria-label="Paths"
        aria-rowcount={shown.length + 1}
        className="table-plain min-w-[40rem] table-fixed [&_td]:align-middle"
      >
        <thead>
          <tr>
            <th>Path</th>
            <th className="num w-16">Spans A</th>
            <th className="num w-16">Spans B</th>
            <th className="w-44 pl-3! max-md:hidden">Time, A over B</th>
            <th className="num w-20">Time A</th>
            <th className="num w-20">Time B</th>
            <th className="num w-24">Change</th>
          </tr>
        </thead>
        <tbody>
          <tr style={{ height: above }} />
          {items.map((item) => {
            const index = shown[item.index] ?? 0;
            const row = rows[index];
            return row === undefined ? null : (
              <tr
                key={index}
                aria-rowindex={item.index + 2}
                className={`${looks[row.mark]} hover:bg-sunken`}
                style={{ height: rowHeight }}
              >
                <Cells {...props} row={row} index={index} longest={longest} />
              </tr>
            );
          })}
          <tr style={{ height: below }} />
        </tbody>
      </table>
    </div>
  );
}

interface CellsProps extends CompareTableProps {
  readonly row: PathRow;
  readonly index: number;
  readonly longest: number;
}

function Cells({ row, index, longest, closed, onToggle, ids, spans }: CellsProps) {
  const isClosed = closed.has(index);
  return (
    <>
      <td className="py-0!">
        <span
          className="flex min-w-0 items-center gap-1.5 text-xs"
          style={{ paddingLeft: Math.min(row.depth, 16) * 12 }}
        >
          {row.size > 1 ? (
            <button
              type="button"
              aria-expanded={!isClosed}
              aria-label={`${isClosed ? 'Show' : 'Hide'} ${row.size - 1} paths below`}
              onClick={() => onToggle(index)}
              className="w-4 shrink-0 rounded-sm text-ink-3 hover:bg-line"
            >
              {isClosed ? '▸' : '▾'}
            </button>
          ) : (
            <span className="w-4 shrink-0" />
          )}
          <span
            aria-hidden="true"
            className="h-3.5 w-1 shrink-0 rounded-sm"
            style={{ background: serviceColor(row.service) }}
          />
          <span className="shrink-0 text-ink-2">{row.service}</span>
          <span className="truncate" title={row.name}>
            {row.name}
          </span>
        </span>
      </td>
      <Count side={row.a} other={row.b} />
      <Count side={row.b} other={row.a} />
      <td className="py-0! pl-3! max-md:hidden">
        <span className="flex flex-col gap-0.5">
          <Bar us={row.a?.totalUs} longest={longest} look="bg-ink-3" />
          <Bar
            us={row.b?.totalUs}
            longest={longest}
            look={row.mark === 'slower' ? 'bg-bad' : 'bg-accent'}
          />
        </span>
      </td>
      <Time side={row.a} trace={ids[0]} spans={spans[0]} />
      <Time side={row.b} trace={ids[1]} spans={spans[1]} />
      <Change row={row} />
    </>
  );
}

function Count({
  side,
  other,
}: {
  readonly side: PathSide | undefined;
  readonly other: PathSide | undefined;
}) {
  const differs = side !== undefined && other !== undefined && side.count !== other.count;
  return (
    <td className={`num py-0! text-xs ${differs ? 'font-semibold text-ink' : 'text-ink-2'}`}>
      {side === undefined ? '–' : formatCount(side.count)}
      {side !== undefined && side.errors > 0 ? (
        <span className="text-bad" title={`${formatCount(side.errors)} errors`}>
          {' '}
          {formatCount(side.errors)}!
        </span>
      ) : null}
    </td>
  );
}

function Bar({
  us,
  longest,
  look,
}: {
  readonly us: number | undefined;
  readonly longest: number;
  readonly look: string;
}) {
  return (
    <span className="block h-1.5 bg-sunken">
      <span
        className={`block h-full ${look}`}
        style={{
          width: us === undefined || longest === 0 ? 0 : `${Math.max(0.5, (us / longest) * 100)}%`,
        }}
      />
    </span>
  );
}

interface TimeProps {
  readonly side: PathSide | undefined;
  readonly trace: string;
  readonly spans: readonly string[];
}

function Time({ side, trace, spans }: TimeProps) {
  if (side === undefined) return <td className="num py-0! text-ink-3 text-xs">–</td>;
  return (
    <td className="num py-0! text-xs">
      <Link
        to="/traces/$traceId"
        params={{ traceId: trace }}
        search={{ span: spans[side.row] ?? '' }}
        preload={false}
        title="Open its first span"
        className="hover:underline"
      >
        {durationText(side.totalUs)}
      </Link>
    </td>
  );
}

function Change({ row }: { readonly row: PathRow }) {
  const { a, b, mark } = row;
  const look = 'num whitespace-nowrap py-0! text-xs';
  if (a === undefined || b === undefined)
    return (
      <td className={`${look} font-medium ${a === undefined ? 'text-good' : 'text-warn'}`}>
        {a === undefined ? 'only in B' : 'only in A'}
      </td>
    );
  const change = b.totalUs - a.totalUs;
  const color = {
    slower: 'text-bad',
    faster: 'text-accent',
    same: 'text-ink-3',
    added: '',
    removed: '',
  };
  return (
    <td className={`${look} ${color[mark]}`}>
      {change === 0 ? 'same' : `${change > 0 ? '+' : '−'}${durationText(Math.abs(change))}`}
    </td>
  );
}
