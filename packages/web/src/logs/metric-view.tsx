import { useMemo } from 'react';
import { Graph, graphHeight } from '../explore/graph.tsx';
import { graphData } from '../explore/graph-data.ts';
import type { RangeAnswer, Result } from '../explore/use-results.ts';
import { absoluteRange, type TimeRange } from '../time/range.ts';
import { Notice } from '../ui/notice.tsx';

interface MetricViewProps {
  readonly result: Result<RangeAnswer>;
  readonly only: string;
  readonly onOnly: (key: string) => void;
  readonly onRange: (range: TimeRange) => void;
}

const noExemplars: readonly never[] = [];
const empty = { startS: 0, endS: 0, stepS: 1 };

/** The answer to a metric query over lines: a graph instead of a list. */
export function MetricView({ result, only, onOnly, onRange }: MetricViewProps) {
  const { answer, running, error } = result;
  const data = useMemo(
    () => (answer === undefined ? undefined : graphData([result], answer.grid ?? empty)),
    [answer, result.expression],
  );
  if (error !== null)
    return <p className="text-ink-3">The query failed; its message stands above.</p>;
  if (data === undefined || (data.series.length === 0 && running))
    return <div className="skeleton mt-2" style={{ height: graphHeight }} />;
  if (data.series.length === 0) {
    return (
      <Notice tone="empty" title="No lines match">
        There is nothing to count in this time. Widen the range, or look at the lines first: the
        part of the query in braces and behind it.
      </Notice>
    );
  }
  return (
    <div className="mt-2 min-h-0 flex-1 overflow-y-auto">
      <Graph
        data={data}
        exemplars={noExemplars}
        only={only}
        onOnly={onOnly}
        onZoom={(fromS, toS) => onRange(absoluteRange(fromS * 1000, toS * 1000))}
      />
    </div>
  );
}
