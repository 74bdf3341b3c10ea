import { useEffect, useMemo, useRef } from 'react';
import uPlot from 'uplot';
import { useTheme } from '../app/use-theme.ts';
import type { Unit } from '../format/units.ts';
import { stackColumns } from './align.ts';
import { type ChartSeries, type PlotHost, plotOptions } from './plot-options.ts';

export interface TimeChartProps {
  /** Unix seconds of the grid that every series lies on. */
  readonly times: readonly number[];
  readonly series: readonly ChartSeries[];
  readonly fromS: number;
  readonly toS: number;
  readonly unit: Unit;
  readonly height: number;
  readonly label: string;
  readonly stacked?: boolean;
  readonly zeroBased?: boolean;
  readonly ceiling?: number | undefined;
  /** Charts with the same key share one sight line. */
  readonly syncKey?: string;
  /** Draws all other series faintly. */
  readonly focusKey?: string | null;
  /** Draws and listens on the plot besides; the first value is kept. */
  readonly plugin?: uPlot.Plugin;
  readonly onIndex?: (index: number | null) => void;
  readonly onPointer?: (left: number, top: number) => void;
  readonly onNearest?: (seriesIndex: number | null) => void;
  readonly onZoom?: (fromS: number, toS: number) => void;
}

function dataOf(props: TimeChartProps): uPlot.AlignedData {
  const columns = props.series.map((series) => series.values);
  const drawn = props.stacked ? stackColumns(columns) : columns.map((column) => [...column]);
  return [[...props.times], ...drawn];
}

/** A line or stacked area chart over time that fills its parent's width and keeps its height from the first paint. */
export function TimeChart(props: TimeChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const latest = useRef(props);
  latest.current = props;
  const theme = useTheme();
  const { series, unit, stacked, height, syncKey, zeroBased, focusKey } = props;
  const data = useMemo(() => dataOf(props), [props.times, props.series, props.stacked]);
  const structure = JSON.stringify([
    series.map((one) => [one.key, one.color, one.dash]),
    unit,
    stacked,
    height,
    zeroBased,
  ]);

  // Dependencies on purpose: a new plot only when its structure changes; data follow below
  useEffect(() => {
    const parent = box.current;
    if (parent === null) return;
    const shape = {
      series,
      unit,
      height,
      syncKey,
      stacked: stacked === true,
      zeroBased: zeroBased === true,
      width: Math.max(80, parent.clientWidth),
    };
    const options = plotOptions(shape, hostOf(latest));
    const { plugin } = latest.current;
    const made = new uPlot(plugin ? { ...options, plugins: [plugin] } : options, data, parent);
    plot.current = made;
    const watcher = new ResizeObserver(() =>
      made.setSize({ width: Math.max(80, parent.clientWidth), height }),
    );
    watcher.observe(parent);
    return () => {
      watcher.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [structure]);

  // Dependencies on purpose: the span and the ceiling are read by the plot at every draw
  useEffect(() => {
    plot.current?.setData(data);
  }, [data, props.fromS, props.toS, props.ceiling]);

  // Dependencies on purpose: colours are read at every draw
  useEffect(() => {
    plot.current?.redraw(false, true);
  }, [theme]);

  useEffect(() => {
    const index = series.findIndex((one) => one.key === focusKey);
    plot.current?.setSeries(index < 0 ? null : index + 1, { focus: index >= 0 });
  }, [focusKey, series]);

  return (
    <div
      ref={box}
      role="img"
      aria-label={props.label}
      className="w-full overflow-hidden"
      style={{ height }}
    />
  );
}

function hostOf(latest: { readonly current: TimeChartProps }): PlotHost {
  return {
    span: () => ({ fromS: latest.current.fromS, toS: latest.current.toS }),
    ceiling: () => latest.current.ceiling,
    onIndex: (index) => latest.current.onIndex?.(index),
    onPointer: (left, top) => latest.current.onPointer?.(left, top),
    onNearest: (index) => latest.current.onNearest?.(index),
    onZoom: (fromS, toS) => latest.current.onZoom?.(fromS, toS),
  };
}
