import { useMemo, useState } from 'react';
import { ApiError } from '../api/client.ts';
import { useClock } from '../app/use-clock.ts';
import type { ServerError } from '../editor/editor-extensions.ts';
import { type Interval, resolveRange } from '../time/range.ts';
import { lineKey } from './line-text.ts';
import { buildPlain, plainOf } from './plain-search.ts';
import { type LogQuery, printQuery, splitQuery } from './query-text.ts';
import type { LogsState } from './state.ts';
import { useLineActions } from './use-line-actions.ts';
import { useLines } from './use-lines.ts';
import { useLogsKeys } from './use-logs-keys.ts';
import { useLogsState } from './use-logs-state.ts';
import { useMetric } from './use-metric.ts';
import { useTail } from './use-tail.ts';

const hourMs = 3_600_000;
const noLines: readonly never[] = [];

/** What a query asks for: lines, or numbers made of them. */
function isMetricQuery(text: string): boolean {
  return !/^\s*(?:#[^\n]*\n\s*)*\{/.test(text);
}

/** The questions that the page asks the server for its state, and their answers. */
function useAnswers(state: LogsState, nowMs: number) {
  const resolved = useMemo(() => resolveRange(state.range, nowMs), [state.range, nowMs]);
  const problem = 'problem' in resolved ? resolved.problem : undefined;
  const valid = 'problem' in resolved ? undefined : resolved;
  const interval: Interval = valid ?? { fromMs: nowMs - hourMs, toMs: nowMs };
  const { query } = state;
  const isMetric = isMetricQuery(query);
  const parts = useMemo(() => splitQuery(query), [query]);
  const metric = useMetric(query, interval, isMetric && valid !== undefined, nowMs);
  const { pager, asking } = useLines({
    query,
    interval: valid,
    direction: state.order === 'newest' ? 'backward' : 'forward',
    enabled: !state.live && !isMetric,
    runMs: nowMs,
  });
  const isLive = state.live && !isMetric;
  const tail = useTail(query, isLive, nowMs);
  const refused = tail.state.kind === 'refused' ? tail.state.error : undefined;
  const failure = isMetric ? (metric.error ?? undefined) : isLive ? refused : pager?.error;
  return {
    problem,
    valid,
    interval,
    isMetric,
    isLive,
    parts,
    metric,
    pager: isLive || isMetric ? undefined : pager,
    asking: asking || (isMetric && metric.running),
    tail,
    lines: isLive ? tail.buffer.lines : (pager?.lines ?? noLines),
    failure,
    /** What the server says against the query itself. */
    queryError: errorOf(failure),
  };
}

function errorOf(failure: Error | undefined): ServerError | undefined {
  if (!(failure instanceof ApiError) || failure.status !== 400) return undefined;
  return { message: failure.message, position: failure.position };
}

/** Everything that the page shows and can do. */
export function useLogsPage() {
  const { state, update } = useLogsState();
  const [nowMs, tick] = useClock(0);
  const answers = useAnswers(state, nowMs);
  const { lines, parts, tail, isLive } = answers;
  const [held, setHeld] = useState({ query: state.query, text: state.query });
  const draft = held.query === state.query ? held.text : state.query;
  const [cursor, setCursor] = useState(-1);
  const [topKey, setTopKey] = useState(0);
  const toTop = () => setTopKey((before) => before + 1);

  const change = (one: Partial<LogsState>, replace = false) => {
    setCursor(-1);
    update({ line: '', ...one }, replace);
  };
  const setQuery = (query: LogQuery) => {
    toTop();
    change({ query: printQuery(query) });
  };
  const run = () => {
    toTop();
    if (draft.trim() !== state.query) change({ query: draft.trim(), only: '' });
    tick();
  };
  const toggle = (index: number) => {
    const line = lines[index];
    if (line === undefined) return;
    const key = lineKey(line);
    setCursor(index);
    if (isLive) tail.buffer.pause(true);
    update({ line: key === state.line ? '' : key }, true);
  };
  const move = (by: number) => {
    if (lines.length === 0) return;
    if (isLive) tail.buffer.pause(true);
    setCursor(Math.min(lines.length - 1, Math.max(0, cursor + by)));
  };
  const live = () => {
    toTop();
    change({ live: !state.live, view: 'lines' });
    if (state.live) tick();
  };
  const pause = () => {
    if (tail.buffer.paused) {
      change({}, true);
      toTop();
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
  return {
    ...answers,
    ...{ state, nowMs, draft, cursor, topKey, actions, levels: plain?.levels ?? noLines },
    ...{ update, change, setQuery, run, toggle, live, pause, chooseLevel, setCursor },
    setDraft: (text: string) => setHeld({ query: state.query, text }),
    setMode: (mode: LogsState['mode']) => change({ mode, query: draft.trim() }, true),
  };
}

export type LogsPageControl = ReturnType<typeof useLogsPage>;
