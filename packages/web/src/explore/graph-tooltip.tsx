import { formatValue, type Unit } from '../format/units.ts';
import { formatLocal } from '../time/range.ts';
import type { GraphSeries } from './graph-data.ts';

/** Where the pointer is over the plot: nearest instant, place in pixels, nearest series. */
export interface Hover {
  readonly index: number | null;
  readonly left: number;
  readonly top: number;
  readonly nearest: number | null;
}

interface GraphTooltipProps {
  readonly hover: Hover;
  readonly series: readonly GraphSeries[];
  readonly times: readonly number[];
  readonly unit: Unit;
  readonly several: boolean;
}

const rows = 12;
/** The width of the value axis: the pointer is measured from the plot's edge, the read-out from the chart's. */
const plotLeft = 66;

/** The values at the sight line, the greatest first; the series nearest to the pointer is always among them. */
export function GraphTooltip({ hover, series, times, unit, several }: GraphTooltipProps) {
  const { index } = hover;
  const timeS = index === null ? undefined : times[index];
  if (index === null || timeS === undefined || hover.left < 0) return null;
  const nearest = hover.nearest === null ? undefined : series[hover.nearest];
  const present = series
    .map((one) => ({ one, value: one.values[index] ?? null }))
    .filter((entry): entry is { one: GraphSeries; value: number } => entry.value !== null)
    .sort((a, b) => b.value - a.value);
  if (present.length === 0) return null;
  const rank = present.findIndex((entry) => entry.one === nearest);
  const start = Math.max(0, Math.min(rank - rows + 1, present.length - rows));
  const visible = present.slice(start, start + rows);
  const side =
    hover.left > 360
      ? { right: `calc(100% - ${hover.left + plotLeft - 14}px)` }
      : { left: hover.left + plotLeft + 14 };
  return (
    <div
      aria-hidden="true"
      style={{ ...side, top: 12 }}
      className="pointer-events-none absolute z-10 max-w-[min(460px,80%)] rounded-md border border-line-strong bg-surface p-2 text-xs shadow-(--shadow)"
    >
      <p className="mb-1 text-sight">{formatLocal(timeS * 1000)}</p>
      <ul>
        {visible.map(({ one, value }) => (
          <li
            key={one.key}
            className={`flex items-center gap-2 ${one === nearest ? 'font-semibold text-ink' : 'text-ink-2'}`}
          >
            <span className="h-0.5 w-2.5 shrink-0" style={{ background: one.color }} />
            <span className="truncate">
              {several ? `${one.query.toUpperCase()} ` : ''}
              {one.label}
            </span>
            <span className="ml-auto whitespace-nowrap pl-2">{formatValue(value, unit)}</span>
          </li>
        ))}
      </ul>
      {present.length > visible.length ? (
        <p className="mt-1 text-ink-3">{present.length - visible.length} more in the legend</p>
      ) : null}
    </div>
  );
}
