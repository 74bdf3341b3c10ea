import { useEffect, useEffectEvent, useMemo } from 'react';
import { absoluteRange, type Interval, type TimeRange } from '../time/range.ts';
import { Histogram, histogramHeight } from './histogram.tsx';
import { barGrid } from './histogram-data.ts';
import { LevelLegend } from './level-legend.tsx';
import { useHistogram } from './use-histogram.ts';
import { useWidth } from './use-width.ts';

interface HistogramStripProps {
  readonly query: string;
  readonly interval: Interval;
  readonly enabled: boolean;
  readonly runMs: number;
  readonly levels: readonly string[];
  /** The number of all lines, once it is known. */
  readonly onTotal: (total: number | undefined) => void;
  readonly onRange: (range: TimeRange) => void;
  readonly onLevel: (level: string) => void;
}

/** Lines over time by level, above the list. Its height stands from the first paint. */
export function HistogramStrip(props: HistogramStripProps) {
  const { query, interval, enabled } = props;
  const { box, width } = useWidth();
  // In steps, so that resizing a window does not ask anew at every pixel.
  const asked = Math.ceil(width / 100) * 100;
  const grid = useMemo(() => barGrid(interval, Math.max(300, asked)), [interval, asked]);
  const { histogram, asking, error } = useHistogram(query, grid, enabled && width > 0, props.runMs);
  const total = asking ? undefined : histogram?.total;
  const onTotal = useEffectEvent((count: number | undefined) => props.onTotal(count));
  useEffect(() => onTotal(total), [total]);
  return (
    <div ref={box} className={asking && histogram !== undefined ? 'opacity-70' : ''}>
      <div style={{ minHeight: histogramHeight }}>
        {enabled && histogram !== undefined && width > 0 ? (
          <Histogram
            data={histogram}
            width={width}
            onZoom={(fromMs, toMs) =>
              props.onRange(absoluteRange(Math.floor(fromMs), Math.max(fromMs + 1, toMs)))
            }
          />
        ) : !enabled ? null : error !== null ? (
          <p className="flex h-28 items-center text-ink-3 text-xs">
            The lines could not be counted: {error.message}
          </p>
        ) : (
          <div className="skeleton" style={{ height: histogramHeight }} />
        )}
      </div>
      <div className="min-h-6">
        {histogram === undefined || !enabled ? null : (
          <LevelLegend data={histogram} chosen={props.levels} onLevel={props.onLevel} />
        )}
      </div>
    </div>
  );
}
