import uPlot from 'uplot';
import type { Unit } from '../format/units.ts';
import { formatValue } from '../format/units.ts';
import type { Column } from './align.ts';
import { tickSteps, timeLabels } from './axes.ts';
import { resolveColor, withAlpha } from './colors.ts';

/** One line of a chart. `color` is a CSS colour or `var(--name)`; values lie on the chart's grid of instants. */
export interface ChartSeries {
  readonly key: string;
  readonly label: string;
  readonly color: string;
  readonly dash?: readonly number[];
  /** Fills the area below the line; a stacked chart always does. */
  readonly filled?: boolean;
  readonly values: Column;
}

/** What the plot asks of its owner while it lives; read at every draw, so it may change without a new plot. */
export interface PlotHost {
  span(): { fromS: number; toS: number };
  /** The value axis reaches at least this high, where there is a natural ceiling. */
  ceiling(): number | undefined;
  onIndex(index: number | null): void;
  onPointer(left: number, top: number): void;
  onNearest(seriesIndex: number | null): void;
  onZoom(fromS: number, toS: number): void;
}

export interface PlotShape {
  readonly series: readonly ChartSeries[];
  readonly unit: Unit;
  readonly stacked: boolean;
  readonly zeroBased: boolean;
  readonly syncKey: string | undefined;
  readonly width: number;
  readonly height: number;
}

const axisWidth = 58;

/** Indices of points that have no neighbour: a line cannot show them, so they are drawn as dots. */
function lonelyPoints(plot: uPlot, seriesIndex: number): number[] {
  const values = plot.data[seriesIndex];
  if (values === undefined) return [];
  const found: number[] = [];
  for (let index = 0; index < values.length; index += 1) {
    if (values[index] != null && values[index - 1] == null && values[index + 1] == null)
      found.push(index);
  }
  return found;
}

function valueRange(shape: PlotShape, host: PlotHost): uPlot.Range.Function {
  return (_plot, low, high) => {
    const ceiling = host.ceiling();
    // uPlot passes null when nothing is drawn, whatever its types say.
    const top = Math.max(high ?? 0, ceiling ?? Number.NEGATIVE_INFINITY);
    if (low == null || (low === 0 && top === 0)) return [0, ceiling ?? 1];
    if (!shape.zeroBased || low < 0) return uPlot.rangeNum(low, top, 0.08, true);
    return [0, top === ceiling ? top : top * 1.08];
  };
}

function lineOf(series: ChartSeries, stacked: boolean): uPlot.Series {
  const filled = stacked || series.filled === true;
  return {
    label: series.label,
    stroke: () => resolveColor(series.color),
    width: stacked ? 1 : 1.5,
    ...(series.dash && series.dash.length > 0 ? { dash: [...series.dash] } : {}),
    ...(filled ? { fill: () => withAlpha(series.color, stacked ? 0.32 : 0.1) } : {}),
    points: { show: true, filter: lonelyPoints, size: 4 },
  };
}

function axesOf(unit: Unit): uPlot.Axis[] {
  const font = `11px ${getComputedStyle(document.body).fontFamily}`;
  const stroke = () => resolveColor('var(--ink-3)');
  const lines = { stroke: () => resolveColor('var(--line)'), width: 1 };
  const steps = tickSteps(unit);
  return [
    {
      font,
      stroke,
      space: 56,
      size: 24,
      gap: 6,
      grid: { show: false },
      ticks: { ...lines, size: 4 },
      border: { show: true, ...lines },
      values: (_plot, ticks, _axis, _space, step) => timeLabels(ticks, step),
    },
    {
      font,
      stroke,
      space: 34,
      size: axisWidth,
      gap: 6,
      grid: lines,
      ticks: { show: false },
      ...(steps ? { incrs: steps } : {}),
      values: (_plot, ticks) => ticks.map((tick) => formatValue(tick, unit)),
    },
  ];
}

/** Everything uPlot needs to draw `shape` for `host`. */
export function plotOptions(shape: PlotShape, host: PlotHost): uPlot.Options {
  let lastIndex: number | null = null;
  return {
    width: shape.width,
    height: shape.height,
    padding: [8, 18, 0, 0],
    legend: { show: false },
    focus: { alpha: 0.35 },
    series: [{}, ...shape.series.map((series) => lineOf(series, shape.stacked))],
    // Each stacked area is filled down to the line below it.
    bands: shape.stacked
      ? shape.series.slice(1).map((_, index) => ({ series: [index + 2, index + 1] }))
      : [],
    scales: {
      x: { time: true, range: () => [host.span().fromS, host.span().toS] },
      y: { range: valueRange(shape, host) },
    },
    axes: axesOf(shape.unit),
    cursor: {
      y: false,
      drag: { x: true, y: false, setScale: false, dist: 4 },
      points: { size: 6, width: 0, fill: (plot, index) => strokeOf(plot, index) },
      ...(shape.syncKey === undefined
        ? { focus: { prox: 30 } }
        : { sync: { key: shape.syncKey, setSeries: false, scales: ['x', null] } }),
    },
    hooks: {
      setCursor: [
        (plot) => {
          const index = plot.cursor.idx ?? null;
          if (index !== lastIndex) {
            lastIndex = index;
            host.onIndex(index);
          }
          host.onPointer(plot.cursor.left ?? -1, plot.cursor.top ?? -1);
        },
      ],
      setSeries: [(_plot, index) => host.onNearest(index === null ? null : index - 1)],
      setSelect: [
        (plot) => {
          const { left, width } = plot.select;
          if (width < 4) return;
          host.onZoom(plot.posToVal(left, 'x'), plot.posToVal(left + width, 'x'));
          plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
        },
      ],
    },
  };
}

function strokeOf(plot: uPlot, index: number): string {
  const stroke = plot.series[index]?.stroke;
  const color = typeof stroke === 'function' ? stroke(plot, index) : stroke;
  return typeof color === 'string' ? color : resolveColor('var(--ink-2)');
}
