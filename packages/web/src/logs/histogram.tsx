import { type PointerEvent, useMemo, useState } from 'react';
import { timeLabels } from '../chart/axes.ts';
import { formatCount, formatValue } from '../format/units.ts';
import { formatLocal } from '../time/range.ts';
import {
  type Histogram as HistogramData,
  roundStep,
  ticksOf,
  timeTicks,
} from './histogram-data.ts';
import { levelColors } from './levels.ts';

interface HistogramProps {
  readonly data: HistogramData;
  readonly width: number;
  readonly onZoom: (fromMs: number, toMs: number) => void;
}

export const histogramHeight = 112;
const axisHeight = 20;
const axisWidth = 44;
const top = 6;
const plotHeight = histogramHeight - axisHeight - top;
/** Labels of the time axis stand this far apart at least. */
const leastLabelPx = 90;
/** A shorter drag is a click. */
const leastDragPx = 4;

/** Stacked bars by level. A drag looks into that time, a click into one bar. */
export function Histogram({ data, width, onZoom }: HistogramProps) {
  const [drag, setDrag] = useState<{ from: number; to: number }>();
  const [hover, setHover] = useState<number>();
  const { startMs, stepMs, count } = data.grid;
  const plotWidth = Math.max(10, width - axisWidth);
  const barWidth = plotWidth / count;
  const max = Math.max(1, ...data.totals);
  const bars = useMemo(() => barPaths(data, barWidth, max), [data, barWidth, max]);
  const xOf = (event: PointerEvent) =>
    event.clientX - event.currentTarget.getBoundingClientRect().left - axisWidth;
  const barAt = (x: number) => Math.min(count - 1, Math.max(0, Math.floor(x / barWidth)));
  const timeAt = (x: number) => startMs + (Math.min(Math.max(x, 0), plotWidth) / barWidth) * stepMs;
  const end = (event: PointerEvent) => {
    setDrag(undefined);
    if (drag === undefined) return;
    const to = xOf(event);
    const [low, high] = drag.from < to ? [drag.from, to] : [to, drag.from];
    if (high - low >= leastDragPx) onZoom(timeAt(low), timeAt(high));
    else onZoom(startMs + barAt(to) * stepMs, startMs + (barAt(to) + 1) * stepMs);
  };
  return (
    <div className="relative select-none" style={{ height: histogramHeight }}>
      <svg
        width={width}
        height={histogramHeight}
        role="img"
        aria-label={`${formatCount(data.total)} lines over time, by level`}
        className="block cursor-crosshair touch-pan-y"
        onPointerDown={(event) => {
          if (event.button !== 0) return;
          event.currentTarget.setPointerCapture(event.pointerId);
          setDrag({ from: xOf(event), to: xOf(event) });
        }}
        onPointerMove={(event) => {
          const x = xOf(event);
          setHover(x < 0 ? undefined : barAt(x));
          if (drag !== undefined) setDrag({ from: drag.from, to: x });
        }}
        onPointerLeave={() => setHover(undefined)}
        onPointerUp={end}
        onPointerCancel={() => setDrag(undefined)}
      >
        <Axes data={data} max={max} plotWidth={plotWidth} />
        <g transform={`translate(${axisWidth} ${top})`}>
          {hover === undefined ? null : (
            <rect
              x={hover * barWidth}
              width={barWidth}
              height={plotHeight}
              fill="var(--sight)"
              opacity="0.14"
            />
          )}
          {bars.map(({ level, path }) => (
            <path key={level} d={path} fill={levelColors[level]} />
          ))}
          {drag === undefined ? null : (
            <rect
              x={Math.max(0, Math.min(drag.from, drag.to))}
              width={Math.abs(drag.to - drag.from)}
              height={plotHeight}
              fill="var(--sight)"
              opacity="0.2"
            />
          )}
        </g>
      </svg>
      {hover === undefined ? null : (
        <BarReadout data={data} index={hover} left={axisWidth + hover * barWidth} width={width} />
      )}
    </div>
  );
}

/** One path a level: bars lie on those of the levels below. */
function barPaths(data: HistogramData, barWidth: number, max: number) {
  const gap = barWidth > 4 ? 1 : 0;
  const base = new Array<number>(data.grid.count).fill(0);
  return data.levels.map(({ level, counts }) => {
    let path = '';
    for (const [index, value] of counts.entries()) {
      if (value <= 0) continue;
      const from = base[index] ?? 0;
      base[index] = from + value;
      const y = plotHeight - ((from + value) / max) * plotHeight;
      // One lone error among thousands must be seen.
      const height = Math.max(1, (value / max) * plotHeight);
      path += `M${(index * barWidth).toFixed(2)} ${y.toFixed(2)}h${(barWidth - gap).toFixed(2)}v${height.toFixed(2)}h${(gap - barWidth).toFixed(2)}z`;
    }
    return { level, path };
  });
}

function Axes(props: {
  readonly data: HistogramData;
  readonly max: number;
  readonly plotWidth: number;
}) {
  const { data, max, plotWidth } = props;
  const { startMs, stepMs, count } = data.grid;
  const spanMs = stepMs * count;
  const labelMs = roundStep((spanMs * leastLabelPx) / plotWidth);
  const at = timeTicks(startMs, startMs + spanMs, labelMs);
  const labels = timeLabels(
    at.map((ms) => ms / 1000),
    labelMs / 1000,
  );
  return (
    <g fontSize="11" fill="var(--ink-3)">
      {ticksOf(max).map((tick) => {
        const y = top + plotHeight - (tick / max) * plotHeight;
        return (
          <g key={tick}>
            <path d={`M${axisWidth} ${y.toFixed(1)}h${plotWidth}`} stroke="var(--line)" />
            <text x={axisWidth - 6} y={y + 4} textAnchor="end">
              {formatValue(tick, 'number')}
            </text>
          </g>
        );
      })}
      <path d={`M${axisWidth} ${top + plotHeight}.5h${plotWidth}`} stroke="var(--line-strong)" />
      {at.map((ms, index) => {
        const x = axisWidth + ((ms - startMs) / spanMs) * plotWidth;
        const text = labels[index] ?? '';
        return x + text.length * 7 > axisWidth + plotWidth ? null : (
          <g key={ms}>
            <path d={`M${x.toFixed(1)} ${top + plotHeight}v4`} stroke="var(--line-strong)" />
            <text x={x + 3} y={histogramHeight - 5}>
              {text}
            </text>
          </g>
        );
      })}
    </g>
  );
}

function BarReadout(props: {
  readonly data: HistogramData;
  readonly index: number;
  readonly left: number;
  readonly width: number;
}) {
  const { data, index, left, width } = props;
  const rows = data.levels.filter(({ counts }) => (counts[index] ?? 0) > 0).toReversed();
  const side = left > width / 2 ? { right: width - left + 10 } : { left: left + 18 };
  return (
    <div
      aria-hidden="true"
      style={{ ...side, top: 4 }}
      className="pointer-events-none absolute z-10 min-w-40 rounded-md border border-line-strong bg-surface p-2 text-xs shadow-(--shadow)"
    >
      <p className="mb-1 text-sight">{formatLocal(data.grid.startMs + index * data.grid.stepMs)}</p>
      {rows.length === 0 ? <p className="text-ink-3">no lines</p> : null}
      {rows.map(({ level, counts }) => (
        <p key={level} className="flex items-center gap-2 text-ink-2">
          <span className="size-2 shrink-0" style={{ background: levelColors[level] }} />
          {level}
          <span className="ml-auto pl-4">{formatCount(counts[index] ?? 0)}</span>
        </p>
      ))}
    </div>
  );
}
