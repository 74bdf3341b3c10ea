import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { fetchPatterns, nsOfMs } from '../api/loki.ts';
import { formatCount, formatValue } from '../format/units.ts';
import type { Interval } from '../time/range.ts';
import { Button } from '../ui/button.tsx';
import { Notice } from '../ui/notice.tsx';
import { type PatternRow, patternParts, patternRows } from './patterns-data.ts';
import { type LineOp, type LogQuery, printSelector } from './query-text.ts';
import { Small } from './small-button.tsx';

interface PatternsViewProps {
  readonly query: LogQuery;
  readonly interval: Interval;
  readonly onPattern: (op: Extract<LineOp, '|>' | '!>'>, pattern: string) => void;
  /** Leads to the lines of one pattern. */
  readonly onLines: (pattern: string) => void;
}

const firstShown = 100;

/** What the lines look like when numbers, ids and names are taken out of them. */
export function PatternsView({ query, interval, onPattern, onLines }: PatternsViewProps) {
  const [all, setAll] = useState(false);
  const selector = printSelector(query.matchers);
  const { fromMs, toMs } = interval;
  const stepS = Math.max(10, Math.ceil((toMs - fromMs) / 40_000 / 10) * 10);
  const { data, error, isFetching, refetch } = useQuery({
    queryKey: ['logs-patterns', selector, fromMs, toMs],
    queryFn: ({ signal }) =>
      fetchPatterns(
        selector,
        { startNs: nsOfMs(fromMs), endNs: nsOfMs(toMs) },
        `${stepS}s`,
        signal,
      ),
    staleTime: 30_000,
  });
  const rows = useMemo(() => patternRows(data ?? [], interval), [data, interval]);
  if (error !== null) {
    return (
      <Notice
        tone="bad"
        title="The patterns could not be read"
        action={<Button onClick={() => refetch()}>Try again</Button>}
      >
        {error.message}
      </Notice>
    );
  }
  if (data === undefined) return <div className="skeleton h-64" />;
  if (rows.length === 0 && !isFetching) {
    return (
      <Notice tone="empty" title="No patterns in this time">
        Patterns are found as lines arrive, for the services that are chosen; lines that came before
        Sightline was started have none. Choose a wider time or other services.
      </Notice>
    );
  }
  const used = new Map(
    query.stages.flatMap((stage) =>
      stage.kind === 'line' ? [[stage.value, stage.op] as const] : [],
    ),
  );
  return (
    <div className="min-h-0 flex-1 overflow-auto border border-line bg-surface px-3">
      <table className="table-plain">
        <thead className="sticky top-0 z-[1] bg-surface">
          <tr>
            <th className="num w-20">Lines</th>
            <th className="num w-16 max-sm:hidden">Share</th>
            <th className="w-32 max-sm:hidden">Over time</th>
            <th>
              <span className="sr-only">Filter</span>
            </th>
            <th>{formatCount(rows.length)} patterns</th>
          </tr>
        </thead>
        <tbody>
          {(all ? rows : rows.slice(0, firstShown)).map((row) => (
            <PatternLine
              key={row.pattern}
              row={row}
              used={used.get(row.pattern)}
              onPattern={onPattern}
              onLines={onLines}
            />
          ))}
        </tbody>
      </table>
      {!all && rows.length > firstShown ? (
        <Button look="quiet" className="my-1" onClick={() => setAll(true)}>
          Show {formatCount(rows.length - firstShown)} more
        </Button>
      ) : null}
    </div>
  );
}

interface PatternLineProps {
  readonly row: PatternRow;
  readonly used: LineOp | undefined;
  readonly onPattern: PatternsViewProps['onPattern'];
  readonly onLines: PatternsViewProps['onLines'];
}

function PatternLine({ row, used, onPattern, onLines }: PatternLineProps) {
  const { pattern, lines, share, points } = row;
  return (
    <tr className="hover:bg-sunken">
      <td className="num whitespace-nowrap py-1! align-top!">{formatCount(lines)}</td>
      <td className="num whitespace-nowrap py-1! align-top! text-ink-2 max-sm:hidden">
        {formatValue(share, 'ratio')}
      </td>
      <td className="py-1! align-top! max-sm:hidden">
        <Sparkline points={points} />
      </td>
      <td className="w-16 whitespace-nowrap py-0.5! align-top!">
        <Small
          icon="plus"
          label="Only lines of this pattern"
          pressed={used === '|>'}
          onClick={() => onPattern('|>', pattern)}
        />
        <Small
          icon="minus"
          label="No lines of this pattern"
          pressed={used === '!>'}
          onClick={() => onPattern('!>', pattern)}
        />
      </td>
      <td className="py-1! align-top!">
        <button
          type="button"
          title="Show the lines of this pattern"
          onClick={() => onLines(pattern)}
          className="wrap-anywhere text-left font-mono text-xs leading-5 hover:underline"
        >
          {patternParts(pattern).map(({ text, variable }, index) =>
            variable ? (
              <span
                key={index}
                className="whitespace-nowrap rounded-sm bg-accent-soft px-0.5 text-accent"
              >
                {text}
              </span>
            ) : (
              text
            ),
          )}
        </button>
      </td>
    </tr>
  );
}

const sparkWidth = 112;
const sparkHeight = 20;

function Sparkline({ points }: { readonly points: readonly number[] }) {
  const max = Math.max(1, ...points);
  const width = sparkWidth / points.length;
  const path = points
    .map((value, index) => {
      const height = value <= 0 ? 0 : Math.max(1, (value / max) * sparkHeight);
      return `M${(index * width).toFixed(1)} ${sparkHeight}v${(-height).toFixed(1)}h${(width - 0.6).toFixed(1)}v${height.toFixed(1)}z`;
    })
    .join('');
  return (
    <svg width={sparkWidth} height={sparkHeight} aria-hidden="true" className="block">
      <path d={path} fill="var(--series-1)" />
    </svg>
  );
}
