import { useMemo } from 'react';
import type { Answer, QueryData } from '../api/prometheus.ts';
import { type Grid, gridTimes } from '../chart/align.ts';
import { Button } from '../ui/button.tsx';
import { Icon } from '../ui/icon.tsx';
import { Notice } from '../ui/notice.tsx';
import { Tabs } from '../ui/tabs.tsx';
import { graphCsv, tableCsv } from './csv.ts';
import { downloadText } from './download.ts';
import { Graph, graphHeight } from './graph.tsx';
import { graphData } from './graph-data.ts';
import type { ExploreState, ExploreView } from './state.ts';
import { tableRowsOf } from './table-rows.ts';
import { TableView } from './table-view.tsx';
import { useExemplars } from './use-exemplars.ts';
import type { RangeAnswer, Result } from './use-results.ts';

interface ResultsProps {
  readonly state: ExploreState;
  readonly ranges: readonly Result<RangeAnswer>[];
  readonly instants: readonly Result<Answer<QueryData>>[];
  readonly grid: Grid;
  readonly timeMs: number;
  readonly onView: (view: ExploreView) => void;
  readonly onOnly: (key: string) => void;
  readonly onZoom: (fromS: number, toS: number) => void;
}

const views = [
  { id: 'graph', label: 'Graph' },
  { id: 'table', label: 'Table' },
];

/** The answers as a graph or as a table, and as CSV. */
export function Results(props: ResultsProps) {
  const { state, ranges, instants, grid } = props;
  const isGraph = state.view === 'graph';
  const results = isGraph ? ranges : instants;
  // A kept answer is drawn on the grid it was asked for until the new one arrives.
  const drawn = ranges.find((result) => result.answer !== undefined)?.answer?.grid ?? grid;
  const data = useMemo(() => graphData(ranges, drawn), [ranges, drawn]);
  const exemplars = useExemplars(isGraph ? ranges.map((result) => result.expression) : [], drawn);
  const answers = instants.flatMap((one) =>
    one.answer === undefined ? [] : [{ query: one.id, data: one.answer.data }],
  );
  const rows = answers.flatMap((one) => tableRowsOf(one.query, one.data));
  const count = isGraph ? data.series.length : rows.length;
  const save = () => {
    const text = isGraph ? graphCsv(gridTimes(drawn), data.series) : tableCsv(answers);
    downloadText(
      `sightline-${new Date(props.timeMs).toISOString().slice(0, 19).replaceAll(':', '')}.csv`,
      'text/csv',
      text,
    );
  };
  return (
    <div className="relative">
      <Button look="quiet" className="absolute top-0 right-0" disabled={count === 0} onClick={save}>
        <Icon name="download" />
        CSV
      </Button>
      <Tabs
        label="Answer"
        tabs={views}
        selected={state.view}
        onSelect={(view) => props.onView(view === 'table' ? 'table' : 'graph')}
      >
        {count > 0 ? (
          isGraph ? (
            <Graph
              data={data}
              exemplars={exemplars}
              only={state.only}
              onOnly={props.onOnly}
              onZoom={props.onZoom}
            />
          ) : (
            <TableView rows={rows} several={answers.length > 1} timeMs={props.timeMs} />
          )
        ) : (
          <NoSeries results={results} graph={isGraph} />
        )}
      </Tabs>
    </div>
  );
}

function NoSeries({
  results,
  graph,
}: {
  readonly results: readonly Result<unknown>[];
  readonly graph: boolean;
}) {
  const running = results.some((result) => result.running);
  const failed = results.every((result) => result.error !== null);
  return (
    <div
      style={{ minHeight: graphHeight + 18 }}
      className={graph ? 'border border-line bg-surface p-2' : ''}
    >
      {running ? <div className="skeleton" style={{ height: graphHeight }} /> : null}
      {!running && failed ? (
        <p className="text-ink-3">The query failed; its message stands below the editor.</p>
      ) : null}
      {!running && !failed ? (
        <Notice tone="empty" title="No series match">
          Nothing was recorded under these names and labels in this time. Widen the range, or type a
          part of the name in the editor to see what there is.
        </Notice>
      ) : null}
    </div>
  );
}
