import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useCallback, useMemo, useState } from 'react';
import { searchTraces } from '../api/tempo.ts';
import { useClock } from '../app/use-clock.ts';
import { usePageTitle } from '../app/use-page-title.ts';
import { prepareServiceColors } from '../chart/service-colors.ts';
import { RangeControls } from '../explore/range-controls.tsx';
import '../styles/lazy.css';
import { absoluteRange, resolveRange } from '../time/range.ts';
import { Button } from '../ui/button.tsx';
import { CopyLink } from '../ui/copy-link.tsx';
import { Notice } from '../ui/notice.tsx';
import { EmptyTraces } from './empty-traces.tsx';
import { type FoundTrace, foundTrace, orderTraces } from './found-traces.ts';
import { ListHead } from './list-head.tsx';
import { Scatter } from './scatter.tsx';
import { SearchPanel } from './search-panel.tsx';
import { TraceList } from './trace-list.tsx';
import { limits, togglePicked } from './traces-state.ts';
import { useRunKeys } from './use-run-keys.ts';
import { useTracesState } from './use-traces-state.ts';

/** Finds traces: by a form or in TraceQL, without a required service. */
export function TracesPage() {
  usePageTitle('Traces');
  const control = useTracesState();
  const { state, update, draft } = control;
  const navigate = useNavigate();
  const [nowMs, tick] = useClock(0);
  const [pointed, setPointed] = useState<string | null>(null);
  const resolved = useMemo(() => resolveRange(state.range, nowMs), [state.range, nowMs]);
  const interval = 'problem' in resolved ? undefined : resolved;
  const query = state.query.trim() === '' ? '{}' : state.query;
  const answer = useQuery({
    queryKey: ['traces', query, interval, state.limit, nowMs],
    queryFn: async ({ signal }) => {
      if (interval === undefined) return { traces: [], interval };
      const time = { startS: interval.fromMs / 1000, endS: interval.toMs / 1000 };
      const found = await searchTraces({ query, limit: state.limit, ...time }, signal);
      const traces = found.map(foundTrace);
      prepareServiceColors(traces.flatMap((trace) => trace.services.map((one) => one.name)));
      return { traces, interval };
    },
    enabled: interval !== undefined,
    placeholderData: keepPreviousData,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const run = useCallback(() => {
    const id = draft.trim().toLowerCase();
    if (/^[0-9a-f]{32}$/.test(id)) {
      navigate({ to: '/traces/$traceId', params: { traceId: id } });
      return;
    }
    if (draft !== state.query) update({ query: draft });
    tick();
  }, [draft, state.query, update, tick, navigate]);
  useRunKeys(run);
  const found = answer.error === null ? answer.data : undefined;
  const traces = useMemo(() => orderTraces(found?.traces ?? [], state.order), [found, state.order]);
  const isFull = traces.length >= state.limit;
  // The newest of many may lie in a small part of the range: the scatter shows that part.
  const drawn = useMemo(() => {
    if (found?.interval === undefined || !isFull) return found?.interval;
    const oldestMs = Math.min(...traces.map((trace) => trace.startMs));
    const fromMs = Math.max(found.interval.fromMs, Math.floor(oldestMs));
    return fromMs < found.interval.toMs ? { fromMs, toMs: found.interval.toMs } : found.interval;
  }, [found, traces, isFull]);
  const open = (trace: FoundTrace) =>
    navigate({ to: '/traces/$traceId', params: { traceId: trace.id } });
  return (
    <div data-page="traces">
      <h1 className="sr-only">Traces</h1>
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2 py-2">
        <RangeControls
          range={state.range}
          interval={interval}
          onRange={(range) => update({ range })}
        />
        <label className="flex items-center gap-1.5">
          <span className="text-ink-3 text-xs">At most</span>
          <select
            value={state.limit}
            onChange={(event) => update({ limit: Number(event.target.value) }, true)}
            className="h-7 rounded-md border border-line-strong bg-surface px-2 text-sm"
          >
            {limits.map((one) => (
              <option key={one}>{one}</option>
            ))}
          </select>
        </label>
        <div className="ml-auto flex items-center gap-1.5">
          <CopyLink />
          <Button
            look="primary"
            onClick={run}
            title="Search (Ctrl+Enter)"
            className="w-20 justify-center"
          >
            {answer.isFetching ? 'Searching' : 'Search'}
          </Button>
        </div>
      </div>
      <SearchPanel control={control} interval={interval} error={answer.error} onRun={run} />
      {'problem' in resolved ? (
        <Notice tone="bad" title="This range cannot be read">
          {resolved.problem}
        </Notice>
      ) : null}
      {drawn !== undefined && traces.length > 0 ? (
        <>
          <ListHead
            count={traces.length}
            sinceMs={isFull ? drawn?.fromMs : undefined}
            picked={state.picked}
            order={state.order}
            onOrder={(order) => update({ order }, true)}
            onClear={() => update({ picked: [] }, true)}
          />
          <Scatter
            traces={traces}
            interval={drawn}
            pointed={pointed}
            picked={state.picked}
            onOpen={open}
            onZoom={(fromMs, toMs) =>
              update({ range: absoluteRange(Math.floor(fromMs), Math.ceil(toMs)) })
            }
          />
          <TraceList
            traces={traces}
            picked={state.picked}
            onPick={(id) => update({ picked: togglePicked(state.picked, id) }, true)}
            onPoint={setPointed}
          />
        </>
      ) : null}
      {answer.isPending && interval !== undefined ? <div className="skeleton mt-2 h-50" /> : null}
      {found?.interval !== undefined && traces.length === 0 ? (
        <EmptyTraces
          query={query}
          interval={found.interval}
          onWiden={(range) => update({ range })}
        />
      ) : null}
    </div>
  );
}
