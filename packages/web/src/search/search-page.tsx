import '../styles/lazy.css';
import { Link } from '@tanstack/react-router';
import { useMemo } from 'react';
import { useClock } from '../app/use-clock.ts';
import { usePageTitle } from '../app/use-page-title.ts';
import { prepareServiceColors } from '../chart/service-colors.ts';
import { RangeControls } from '../explore/range-controls.tsx';
import { formatCount } from '../format/units.ts';
import { resolveRange } from '../time/range.ts';
import { Button } from '../ui/button.tsx';
import { CopyLink } from '../ui/copy-link.tsx';
import { Notice } from '../ui/notice.tsx';
import { Tabs } from '../ui/tabs.tsx';
import { MetricsStrip } from './metrics-strip.tsx';
import { NothingFound } from './nothing-found.tsx';
import { ResultList } from './result-list.tsx';
import { countOf, type SearchRun } from './run.ts';
import { SearchBox } from './search-box.tsx';
import { parseSearch, printSearch, type SearchText, traceIdIn } from './search-text.ts';
import { SidesLine, sideName } from './sides-line.tsx';
import { Start } from './start.tsx';
import { limits, type ResultType, resultTypes } from './state.ts';
import { useRun } from './use-run.ts';
import { useSearchKeys } from './use-search-keys.ts';
import { type SearchControl, useSearchState } from './use-search-state.ts';

const tabNames = { all: 'All', logs: 'Logs', traces: 'Traces', metrics: 'Metrics' };

/** One search over everything that was recorded. */
export function SearchPage() {
  usePageTitle('Search');
  useSearchKeys();
  const control = useSearchState();
  const { state, update } = control;
  const { query } = state;
  const [nowMs, tick] = useClock(0);
  const search = useMemo(() => parseSearch(query), [query]);
  const { from, to } = state.range;
  // Dependencies on purpose: "now" is when a search is asked, and another tab of its results is no other search.
  const resolved = useMemo(() => resolveRange({ from, to }, Date.now()), [from, to, query, nowMs]);
  const interval = 'problem' in resolved ? undefined : resolved;
  const isEmpty = query === '';
  const { run, stale } = useRun(
    interval === undefined || isEmpty
      ? undefined
      : {
          ...(search.words === '' ? {} : { freeText: search.words }),
          filters: Object.fromEntries(search.filters),
          timeRange: { from: Math.floor(interval.fromMs), to: Math.ceil(interval.toMs) },
          limit: state.limit,
        },
    nowMs,
  );
  useMemo(() => prepareServiceColors(run.items.map(({ service }) => service)), [run.items]);
  const traceId = traceIdIn(search.words);
  const ask = (next: SearchText, typing: boolean) => {
    const printed = printSearch(next);
    // While one types, one entry of the history is enough.
    if (printed !== query) update({ query: printed, limit: limits[0] ?? 100 }, typing && !isEmpty);
    else tick();
  };
  return (
    <div data-page="search">
      <h1 className="sr-only">Search</h1>
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2 py-2">
        <RangeControls
          range={state.range}
          interval={interval}
          onRange={(range) => update({ range })}
        />
        <div className="ml-auto">
          <CopyLink />
        </div>
      </div>
      <SearchBox search={search} onSearch={ask} onAgain={tick} />
      {'problem' in resolved ? (
        <div className="pt-2">
          <Notice tone="bad" title="This range cannot be read">
            {resolved.problem}
          </Notice>
        </div>
      ) : null}
      {traceId === undefined ? null : (
        <p className="pt-2">
          <Link
            to="/traces/$traceId"
            params={{ traceId }}
            preload={false}
            className="text-accent underline"
          >
            Open the trace {traceId}
          </Link>
          <span className="text-ink-3">, whatever its time</span>
        </p>
      )}
      {interval === undefined ? null : isEmpty ? (
        <Start interval={interval} onExample={(text) => ask(parseSearch(text), false)} />
      ) : (
        <Results
          control={control}
          search={search}
          run={run}
          stale={stale}
          onSearch={(next) => ask(next, false)}
          onAgain={tick}
        />
      )}
    </div>
  );
}

interface ResultsProps {
  readonly control: SearchControl;
  readonly search: SearchText;
  readonly run: SearchRun;
  readonly stale: boolean;
  readonly onSearch: (search: SearchText) => void;
  readonly onAgain: () => void;
}

function Results({ control, search, run, stale, onSearch, onAgain }: ResultsProps) {
  const { state, update } = control;
  const { type } = state;
  const { items, metrics } = useMemo(() => shownOf(run, type), [run, type]);
  const found = countOf(run, type);
  const next = limits.find((limit) => limit > state.limit);
  return (
    <div className="pt-2">
      <Tabs
        label="Types"
        tabs={resultTypes.map((id) => ({ id, label: tabLabel(run, id) }))}
        selected={type}
        onSelect={(id) => update({ type: resultTypes.find((one) => one === id) ?? 'all' }, true)}
      >
        <div className="flex flex-col gap-2">
          <SidesLine sides={run.sides} />
          <Failures run={run} onAgain={onAgain} />
          <div aria-busy={!run.ended} className={stale ? 'opacity-60' : ''}>
            {metrics.length > 0 ? (
              <MetricsStrip
                metrics={metrics}
                search={search}
                range={state.range}
                onAll={() => update({ type: 'metrics' })}
              />
            ) : null}
            {items.length > 0 ? (
              <ResultList items={items} search={search} range={state.range} />
            ) : run.ended && run.error === undefined ? (
              <NothingFound
                search={search}
                range={state.range}
                type={type}
                others={run.items.length}
                onRange={(range) => update({ range })}
                onSearch={onSearch}
                onAll={() => update({ type: 'all' }, true)}
              />
            ) : run.ended ? null : (
              <div className="skeleton h-40" role="status" aria-label="Searching" />
            )}
          </div>
          {run.ended && found.more && next !== undefined ? (
            <p className="flex flex-wrap items-center gap-3 py-2 text-ink-2">
              There is more than the newest {formatCount(state.limit)} of each.
              <Button onClick={() => update({ limit: next }, true)}>
                Up to {formatCount(next)} of each
              </Button>
            </p>
          ) : null}
        </div>
      </Tabs>
    </div>
  );
}

/** What the list shows; beside lines and traces, metrics have a place of their own. */
function shownOf({ items }: SearchRun, type: ResultType) {
  const ofType = items.filter(({ signal }) => type === 'all' || signal === type);
  const timed = ofType.filter(({ signal }) => signal !== 'metrics');
  if (timed.length === 0 || timed.length === ofType.length) return { items: ofType, metrics: [] };
  return { items: timed, metrics: ofType.filter(({ signal }) => signal === 'metrics') };
}

function tabLabel(run: SearchRun, type: ResultType): string {
  const { count, more } = countOf(run, type);
  const isPending = run.sides.every(
    ({ signal, ended }) => ended === undefined || (type !== 'all' && signal !== type),
  );
  if (isPending) return tabNames[type];
  return `${tabNames[type]} ${formatCount(count)}${more ? '+' : ''}`;
}

/** What went wrong, by name; the rest of the results stand. */
function Failures({ run, onAgain }: { readonly run: SearchRun; readonly onAgain: () => void }) {
  const failed = run.sides.flatMap((side) =>
    side.ended === undefined || side.ended.error === ''
      ? []
      : [{ name: sideName(side), error: side.ended.error }],
  );
  const again = <Button onClick={onAgain}>Try again</Button>;
  return (
    <>
      {run.error === undefined ? null : (
        <Notice tone="bad" title="The search failed" action={again}>
          {run.error.message}
        </Notice>
      )}
      {failed.length === 0 ? null : (
        <Notice tone="warn" title="Not everything was searched" action={again}>
          {failed.map(({ name, error }) => (
            <p key={name}>
              <span className="font-medium">{name}</span>: {error}
            </p>
          ))}
        </Notice>
      )}
    </>
  );
}
