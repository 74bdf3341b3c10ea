import { useEffect, useMemo, useRef, useState } from 'react';
import { useClock } from '../app/use-clock.ts';
import { usePageTitle } from '../app/use-page-title.ts';
import { formatDuration, parseDuration } from '../time/duration.ts';
import { absoluteRange, isRelative, resolveRange } from '../time/range.ts';
import { autoStep, gridOf, maxPoints } from '../time/step.ts';
import { Notice } from '../ui/notice.tsx';
import { EmptyExplore } from './empty-explore.tsx';
import { Queries } from './queries.tsx';
import { Results } from './results.tsx';
import { Toolbar } from './toolbar.tsx';
import { useExploreKeys } from './use-explore-keys.ts';
import { useExploreState } from './use-explore-state.ts';
import { runnable, useInstantResults, useRangeResults } from './use-results.ts';

/** Most data come every 10 or 15 seconds; a finer automatic step would only draw stairs. */
const leastStepS = 5;

/** Width in steps, so that resizing a window does not ask anew at every pixel. */
function useWidth() {
  const box = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(() => Math.ceil(window.innerWidth / 200) * 200);
  useEffect(() => {
    if (box.current === null) return;
    const watcher = new ResizeObserver(([entry]) => {
      if (entry) setWidth(Math.ceil(entry.contentRect.width / 200) * 200);
    });
    watcher.observe(box.current);
    return () => watcher.disconnect();
  }, []);
  return { box, width };
}

/** Ask anything of the metrics. */
export function ExplorePage() {
  usePageTitle('Explore');
  const control = useExploreState();
  const { state, update, commit } = control;
  const { box, width } = useWidth();
  const [nowMs, tick] = useClock(isRelative(state.range) ? (parseDuration(state.refresh) ?? 0) : 0);
  const resolved = useMemo(() => resolveRange(state.range, nowMs), [state.range, nowMs]);
  const interval = 'problem' in resolved ? undefined : resolved;
  const span = interval ?? { fromMs: nowMs - 3_600_000, toMs: nowMs };
  const stepS =
    state.step === ''
      ? autoStep(span, width, leastStepS)
      : (parseDuration(state.step) ?? 60_000) / 1000;
  const grid = useMemo(
    () => ({ ...gridOf(span, stepS, true), stepS }),
    [span.fromMs, span.toMs, stepS],
  );
  const tooFine = (grid.endS - grid.startS) / stepS > maxPoints;
  const graph = state.view === 'graph';
  const askGraph = interval !== undefined && !tooFine && graph;
  const ranges = useRangeResults(state.queries, grid, nowMs, askGraph);
  const instants = useInstantResults(
    state.queries,
    span.toMs / 1000,
    nowMs,
    interval !== undefined && !graph,
  );
  const results = graph ? ranges : instants;
  const run = () => {
    commit();
    tick();
  };
  useExploreKeys(run, () => update({ only: '' }, true), state.only !== '');
  return (
    <div ref={box}>
      <h1 className="sr-only">Explore</h1>
      <Toolbar
        state={state}
        interval={interval}
        stepText={formatDuration(stepS * 1000)}
        running={results.some((result) => result.running)}
        onRange={(range) => update({ range })}
        onStep={(step) => update({ step })}
        onRefresh={(refresh) => update({ refresh }, true)}
        onRun={run}
      />
      <Queries control={control} results={results} onRun={run} />
      {'problem' in resolved ? (
        <Notice tone="bad" title="This range cannot be read">
          {resolved.problem}
        </Notice>
      ) : null}
      {tooFine && graph ? (
        <Notice tone="warn" title="Too many points">
          A step of {formatDuration(stepS * 1000)} gives more than{' '}
          {maxPoints.toLocaleString('en-US')} points a series. Choose a longer step or a shorter
          range.
        </Notice>
      ) : null}
      {runnable(state.queries).length === 0 ? (
        <EmptyExplore
          onExample={(expression) =>
            update({ queries: [{ id: 'a', expression, hidden: false }], only: '' })
          }
        />
      ) : (
        <Results
          state={state}
          ranges={ranges}
          instants={instants}
          grid={grid}
          timeMs={span.toMs}
          onView={(view) => update({ view }, true)}
          onOnly={(only) => update({ only }, true)}
          onZoom={(fromS, toS) =>
            update({ range: absoluteRange(Math.floor(fromS) * 1000, Math.ceil(toS) * 1000) })
          }
        />
      )}
    </div>
  );
}
