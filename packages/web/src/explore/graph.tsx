import { useNavigate } from '@tanstack/react-router';
import { useEffect, useMemo, useState } from 'react';
import { gridTimes } from '../chart/align.ts';
import { TimeChart } from '../chart/time-chart.tsx';
import { formatCount } from '../format/units.ts';
import { Button } from '../ui/button.tsx';
import { ExemplarLayer, type PlacedExemplar } from './exemplar-layer.ts';
import { ExemplarNotes, ExemplarTip, searchOf } from './exemplar-notes.tsx';
import { type Exemplar, exemplarCeiling } from './exemplars.ts';
import type { GraphData } from './graph-data.ts';
import { GraphTooltip, type Hover } from './graph-tooltip.tsx';
import { LegendTable } from './legend-table.tsx';
import { maxSeries } from './series.ts';

interface GraphProps {
  readonly data: GraphData;
  readonly exemplars: readonly PlacedExemplar[];
  readonly only: string;
  readonly onOnly: (key: string) => void;
  readonly onZoom: (fromS: number, toS: number) => void;
}

export const graphHeight = 360;
const outside: Hover = { index: null, left: 0, top: 0, nearest: null };

/** The graph of every query, its read-out under the pointer, and its legend. */
export function Graph({ data, exemplars, only, onOnly, onZoom }: GraphProps) {
  const { layer, pointed } = useExemplarLayer(exemplars);
  const [hover, setHover] = useState(outside);
  const [focus, setFocus] = useState<string | null>(null);
  const isolated = data.series.some((one) => one.key === only);
  const shown = useMemo(
    () => (isolated ? data.series.filter((one) => one.key === only) : data.series),
    [data.series, isolated, only],
  );
  const times = useMemo(() => gridTimes(data.grid), [data.grid]);
  const ceiling = useMemo(
    () =>
      exemplarCeiling(
        exemplars.filter((one) => one.isOnAxis).map((one) => one.exemplar.value),
        shown.reduce((most, one) => Math.max(most, one.summary.max ?? 0), 0),
      ),
    [exemplars, shown],
  );
  const several = new Set(data.series.map((one) => one.query)).size > 1;
  return (
    <div className="flex flex-col gap-3">
      {data.cuts.map((cut) => (
        <p key={cut.query} className="border-warn border-l-2 bg-warn-soft px-3 py-1.5">
          Query {cut.query.toUpperCase()} has {formatCount(cut.total)} series. The {maxSeries} with
          the highest peaks are drawn; filter by a label, or use topk() or sum by (), to see the
          others.
        </p>
      ))}
      {data.histograms ? (
        <p className="border-accent border-l-2 bg-accent-soft px-3 py-1.5">
          Native histograms are drawn as their count. histogram_quantile(), histogram_avg() and
          others draw what is in them; the table shows their buckets.
        </p>
      ) : null}
      <div className="relative border border-line bg-surface p-2">
        <TimeChart
          times={times}
          series={shown}
          fromS={data.grid.startS}
          toS={data.grid.endS}
          unit={data.unit}
          height={graphHeight}
          focusKey={focus}
          ceiling={ceiling}
          label={`Graph of ${shown.length} series`}
          onIndex={(index) => setHover((before) => ({ ...before, index }))}
          onPointer={(left, top) => setHover((before) => ({ ...before, left, top }))}
          onNearest={(nearest) => setHover((before) => ({ ...before, nearest }))}
          onZoom={onZoom}
          plugin={layer.plugin}
        />
        {pointed === undefined ? (
          <GraphTooltip
            hover={hover}
            series={shown}
            times={times}
            unit={data.unit}
            several={several}
          />
        ) : (
          <ExemplarTip {...pointed} />
        )}
      </div>
      <ExemplarNotes placed={exemplars} />
      {isolated ? (
        <p className="flex items-center gap-3 text-ink-2">
          One of {data.series.length} series is shown.
          <Button onClick={() => onOnly('')}>Show all</Button>
        </p>
      ) : null}
      <LegendTable
        data={data}
        several={several}
        only={isolated ? only : ''}
        onOnly={onOnly}
        onFocus={setFocus}
      />
    </div>
  );
}

interface Pointed {
  readonly exemplar: Exemplar;
  readonly left: number;
  readonly top: number;
}

/** The layer that shows exemplars, and the one that the pointer is at. */
function useExemplarLayer(exemplars: readonly PlacedExemplar[]) {
  const navigate = useNavigate();
  const [pointed, setPointed] = useState<Pointed>();
  const [layer] = useState(
    () =>
      new ExemplarLayer({
        onHover: (exemplar, left, top) =>
          setPointed(exemplar === null ? undefined : { exemplar, left, top }),
        onOpen: (exemplar) =>
          navigate({
            to: '/traces/$traceId',
            params: { traceId: exemplar.traceId },
            search: searchOf(exemplar),
          }),
      }),
  );
  useEffect(() => layer.show(exemplars), [layer, exemplars]);
  return { layer, pointed };
}
