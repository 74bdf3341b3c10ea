import '../styles/lazy.css';
import { useMemo, useState } from 'react';
import { ApiError } from '../api/client.ts';
import type { LogLine } from '../api/loki.ts';
import { useClock } from '../app/use-clock.ts';
import { usePageTitle } from '../app/use-page-title.ts';
import type { ServerError } from '../editor/editor-extensions.ts';
import { RangeControls } from '../explore/range-controls.tsx';
import { formatCount } from '../format/units.ts';
import { type Interval, resolveRange } from '../time/range.ts';
import { Button } from '../ui/button.tsx';
import { CopyLink } from '../ui/copy-link.tsx';
import { Icon } from '../ui/icon.tsx';
import { Notice } from '../ui/notice.tsx';
import { AroundDialog } from './around-dialog.tsx';
import { EmptyLines } from './empty-lines.tsx';
import { HistogramStrip } from './histogram-strip.tsx';
import type { LinePager } from './line-pager.ts';
import { lineKey } from './line-text.ts';
import { LinesPanel } from './lines-panel.tsx';
import { ListToolbar } from './list-toolbar.tsx';
import { LiveBar } from './live-bar.tsx';
import { PatternsView } from './patterns-view.tsx';
import { buildPlain, plainOf } from './plain-search.ts';
import { QueryBar } from './query-bar.tsx';
import { withLineFilter } from './query-edit.ts';
import { type LogQuery, printQuery, splitQuery } from './query-text.ts';
import { everything, type LogsState } from './state.ts';
import { useLineActions } from './use-line-actions.ts';
import { useLines } from './use-lines.ts';
import { useLogsKeys } from './use-logs-keys.ts';
import { useLogsState } from './use-logs-state.ts';
import { useNarrow } from './use-narrow.ts';
import { useTail } from './use-tail.ts';

const noLines: readonly LogLine[] = [];
const noLevels: readonly string[] = [];

/** Search through everything that was logged, or watch it come in. */
export function LogsPage() {
  usePageTitle('Logs');
  const { state, update } = useLogsState();
  const narrow = useNarrow();
  const [nowMs, tick] = useClock(0);
  const resolved = useMemo(() => resolveRange(state.range, nowMs), [state.range, nowMs]);
  const valid = 'problem' in resolved ? undefined : resolved;
  const interval: Interval = valid ?? { fromMs: nowMs - 3_600_000, toMs: nowMs };
  const parts = useMemo(() => splitQuery(state.query), [state.query]);
  const [held, setHeld] = useState({ query: state.query, text: state.query });
  const draft = held.query === state.query ? held.text : state.query;
  const [cursor, setCursor] = useState(-1);
  const [topKey, setTopKey] = useState(0);
  const [fieldsOpen, setFieldsOpen] = useState(!narrow);
  const [total, setTotal] = useState<number>();
  const direction = state.order === 'newest' ? 'backward' : 'forward';
  const { pager, asking } = useLines({
    query: state.query,
    interval: valid,
    direction,
    enabled: !state.live,
    runMs: nowMs,
  });
  const tail = useTail(state.query, state.live);
  const lines = state.live ? tail.buffer.lines : (pager?.lines ?? noLines);

  const change = (one: Partial<LogsState>, replace = false) => {
    setCursor(-1);
    update({ line: '', ...one }, replace);
  };
  const setQuery = (query: LogQuery) => {
    setTopKey((before) => before + 1);
    change({ query: printQuery(query) });
  };
  const run = () => {
    setTopKey((before) => before + 1);
    if (draft.trim() !== state.query) change({ query: draft.trim() });
    tick();
  };
  const toggle = (index: number) => {
    const line = lines[index];
    if (line === undefined) return;
    const key = lineKey(line);
    setCursor(index);
    if (state.live) tail.buffer.pause(true);
    update({ line: key === state.line ? '' : key }, true);
  };
  const move = (by: number) => {
    if (lines.length === 0) return;
    if (state.live) tail.buffer.pause(true);
    setCursor(Math.min(lines.length - 1, Math.max(0, cursor + by)));
  };
  const live = () => {
    setTopKey((before) => before + 1);
    change({ live: !state.live, view: 'lines' });
    if (state.live) tick();
  };
  const resume = () => {
    if (tail.buffer.paused) {
      setCursor(-1);
      update({ line: '' }, true);
      setTopKey((before) => before + 1);
    }
    tail.buffer.pause(!tail.buffer.paused);
  };
  const close = () => {
    if (state.line === '' && cursor < 0) return false;
    if (state.line === '') setCursor(-1);
    else update({ line: '' }, true);
    return true;
  };
  useLogsKeys({ run, move, toggle: () => toggle(cursor), live, close });
  const actions = useLineActions(state, parts, setQuery, update);
  const plain = useMemo(() => (parts === undefined ? undefined : plainOf(parts)), [parts]);
  const chooseLevel = (level: string) => {
    if (plain === undefined) return;
    const only = plain.levels.length === 1 && plain.levels[0] === level;
    setQuery(buildPlain({ ...plain, levels: only ? [] : [level] }));
  };
  const failure = state.live ? undefined : pager?.error;
  const refused = failure instanceof ApiError && failure.status === 400;
  const error: ServerError | undefined = refused
    ? { message: failure.message, position: failure.position }
    : undefined;
  return (
    <div data-page="logs">
      <div className="-mb-10 flex h-[calc(100dvh-4rem)] min-h-[40rem] flex-col max-sm:min-h-[52rem]">
        <h1 className="sr-only">Logs</h1>
        <div className="flex flex-wrap items-center gap-x-3 gap-y-2 py-2">
          <RangeControls
            range={state.range}
            interval={valid}
            onRange={(range) => change({ range, live: false })}
          />
          <div className="ml-auto flex items-center gap-1.5">
            <CopyLink />
            <Button
              aria-pressed={state.live}
              title={state.live ? 'Back to the time range (f)' : 'Watch lines as they arrive (f)'}
              onClick={live}
              className="aria-pressed:border-accent aria-pressed:bg-accent-soft"
            >
              <Icon name={state.live ? 'close' : 'play'} />
              Live
            </Button>
            <Button
              look="primary"
              onClick={run}
              title="Run the query (Ctrl+Enter)"
              className="w-20 justify-center"
            >
              {asking ? 'Running' : 'Run'}
            </Button>
          </div>
        </div>
        <QueryBar
          state={state}
          parts={parts}
          interval={interval}
          error={error}
          draft={draft}
          onDraft={(text) => setHeld({ query: state.query, text })}
          onMode={(mode) =>
            change({ mode, query: draft.trim() === '' ? state.query : draft.trim() }, true)
          }
          onQuery={setQuery}
          onRun={run}
        />
        {'problem' in resolved ? (
          <Notice tone="bad" title="This range cannot be read">
            {resolved.problem}
          </Notice>
        ) : null}
        {state.live ? (
          <div className="py-2">
            <LiveBar buffer={tail.buffer} state={tail.state} onPause={resume} />
          </div>
        ) : (
          <div className="py-1">
            <HistogramStrip
              query={state.query}
              interval={interval}
              enabled={parts !== undefined && valid !== undefined && !refused}
              runMs={nowMs}
              levels={plain?.levels ?? noLevels}
              onTotal={setTotal}
              onRange={(range) => change({ range })}
              onLevel={chooseLevel}
            />
          </div>
        )}
        <ListToolbar
          state={state}
          summary={state.live ? '' : summaryOf(total, pager)}
          fieldsOpen={fieldsOpen}
          onFields={() => setFieldsOpen(!fieldsOpen)}
          onState={(one) => change(one, true)}
        />
        {state.view === 'patterns' && parts !== undefined ? (
          <PatternsView
            query={parts}
            interval={interval}
            onPattern={(op, pattern) => setQuery(withLineFilter(parts, op, pattern))}
          />
        ) : (
          <LinesPanel
            state={state}
            lines={lines}
            pager={state.live ? undefined : pager}
            interval={interval}
            narrow={narrow}
            fieldsOpen={fieldsOpen}
            cursor={cursor}
            topKey={topKey}
            actions={actions}
            empty={
              state.live || pager === undefined || asking ? null : failure !== undefined ? (
                refused ? null : (
                  <Failed message={failure.message} onAgain={run} />
                )
              ) : (
                <EmptyLines
                  state={state}
                  onRange={(range) => change({ range })}
                  onClear={() => change({ query: everything })}
                  onAgain={run}
                />
              )
            }
            onCursor={setCursor}
            onToggle={toggle}
            onTop={(atTop) => {
              if (state.live && !atTop && !tail.buffer.paused) tail.buffer.pause(true);
            }}
          />
        )}
        {state.around === '' ? null : (
          <AroundDialog
            around={state.around}
            narrow={narrow}
            onClose={() => update({ around: '' }, true)}
          />
        )}
      </div>
    </div>
  );
}

/** The bars may begin a little before the time: what the list holds whole is the exact number. */
function summaryOf(total: number | undefined, pager: LinePager | undefined): string {
  if (pager?.state === 'done') return `${formatCount(pager.lines.length)} lines`;
  return total === undefined ? '' : `about ${formatCount(total)} lines`;
}

function Failed({ message, onAgain }: { readonly message: string; readonly onAgain: () => void }) {
  return (
    <Notice
      tone="bad"
      title="The lines could not be read"
      action={<Button onClick={onAgain}>Try again</Button>}
    >
      {message}
    </Notice>
  );
}
