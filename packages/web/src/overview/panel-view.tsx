import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { TimeChart } from '../chart/time-chart.tsx';
import { formatValue } from '../format/units.ts';
import { absoluteRange, formatClock } from '../time/range.ts';
import { Icon } from '../ui/icon.tsx';
import { valuesAt } from './panel-data.ts';
import { PanelFrame } from './panel-frame.tsx';
import { PanelMessage } from './panel-message.tsx';
import { fillExpression, type Panel } from './panels.ts';
import { useOverviewTime } from './use-overview-time.ts';
import { usePanel } from './use-panel.ts';

const chartHeight = 148;

/** One chart of the Overview: title, the number of now, the chart, and a legend whose values follow the sight line. */
export function PanelView({ panel }: { readonly panel: Panel }) {
  const { windowS, from } = useOverviewTime();
  const navigate = useNavigate();
  const search = exploreSearch(panel, windowS);
  const { lines, times, grid, pending, error } = usePanel(panel);
  const [index, setIndex] = useState<number | null>(null);
  const values = valuesAt(lines, index);
  const now = valuesAt(lines, null);
  const hoverS = index === null ? undefined : times[index];
  const drawn = panel.stacked || !lines.bound ? lines.series : [...lines.series, lines.bound];
  const ceiling = panel.stacked
    ? lines.bound?.values.findLast((value) => value !== null)
    : undefined;
  const legend = lines.bound ? [...lines.series, lines.bound] : lines.series;
  const empty = !pending && error === null && lines.series.length === 0;
  return (
    <PanelFrame
      title={panel.title}
      headline={panel.headline(index === null ? now : values)}
      at={hoverS === undefined ? undefined : formatClock(hoverS * 1000)}
      action={
        <Link
          to="/explore"
          search={{ ...search, from }}
          aria-label={`Open ${panel.title} in Explore`}
          title="Open in Explore"
          className="-mr-1 flex size-6 items-center justify-center rounded-sm text-ink-3 hover:bg-sunken hover:text-ink"
        >
          <Icon name="explore" />
        </Link>
      }
    >
      <div className="relative" style={{ height: chartHeight }}>
        {pending ? (
          <div className="skeleton h-full" />
        ) : (
          <TimeChart
            times={times}
            series={drawn}
            fromS={grid.startS}
            toS={grid.endS}
            unit={panel.unit}
            height={chartHeight}
            stacked={panel.stacked === true}
            zeroBased
            ceiling={ceiling ?? undefined}
            syncKey="overview"
            onIndex={setIndex}
            onZoom={(fromS, toS) =>
              navigate({
                to: '/explore',
                search: { ...search, ...absoluteRange(fromS * 1000, toS * 1000) },
              })
            }
            label={`${panel.title}, now ${panel.headline(now)}`}
          />
        )}
        {error !== null || empty ? <PanelMessage error={error} /> : null}
      </div>
      <ul className="mt-1 flex h-15 flex-wrap content-start gap-x-3 overflow-hidden text-xs md:h-10 3xl:h-15">
        {legend.map((series) => (
          <li key={series.key} className="flex items-center gap-1.5 whitespace-nowrap leading-5">
            <span aria-hidden="true" className="h-0.5 w-2.5" style={{ background: series.color }} />
            <span className="text-ink-2">{series.label}</span>
            <span className="text-ink">{formatMaybe(values.get(series.key), panel)}</span>
          </li>
        ))}
      </ul>
    </PanelFrame>
  );
}

function formatMaybe(value: number | undefined, panel: Panel): string {
  return value === undefined ? '–' : formatValue(value, panel.unit);
}

function exploreSearch(panel: Panel, windowS: number): Record<string, string> {
  const letters = panel.sources.map((source, index) => [
    String.fromCharCode(97 + index),
    fillExpression(source.expression, windowS),
  ]);
  return Object.fromEntries(letters);
}
