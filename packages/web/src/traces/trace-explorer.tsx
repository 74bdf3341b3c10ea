import { useCallback, useMemo, useState } from 'react';
import { Flame } from './flame.tsx';
import { Minimap } from './minimap.tsx';
import { SpanPanel } from './span-panel.tsx';
import { moveWindow, spanWindow, zoomWindow } from './time-text.ts';
import { ERROR_STATUS, rowOf } from './trace.ts';
import { TraceHeader } from './trace-header.tsx';
import { maxClosed } from './trace-state.ts';
import { TraceToolbar } from './trace-toolbar.tsx';
import { ancestorsOf, rowsFromDepth, rowsWithin, shownRows } from './tree.ts';
import { useFind } from './use-find.ts';
import type { TraceModel } from './use-trace.ts';
import { useTraceKeys } from './use-trace-keys.ts';
import { useTraceState } from './use-trace-state.ts';
import { useWindow } from './use-window.ts';
import { Waterfall } from './waterfall.tsx';

interface TraceExplorerProps {
  readonly model: TraceModel;
  readonly onReload: () => void;
}

/** Everything about a loaded trace: head, overview, waterfall or flame, and the span that is open. */
export function TraceExplorer({ model, onReload }: TraceExplorerProps) {
  const { trace, tree } = model;
  const { state, update } = useTraceState();
  const whole = Math.max(trace.durationUs, 0.001);
  const selected = rowOf(trace, state.span);
  const [cursor, setCursor] = useState(selected);
  const { closed, setClosed, toggle } = useClosed(model, state.closed, (ids) =>
    update({ closed: ids }),
  );
  // By the window of the address, not the one that moves: rows stay put while the reader zooms.
  const only = useMemo(
    () =>
      state.window === undefined || state.everyRow
        ? undefined
        : rowsWithin(trace, tree, state.window.fromUs, state.window.toUs),
    [trace, tree, state.window, state.everyRow],
  );
  const rows = useMemo(() => shownRows(tree, closed, only), [tree, closed, only]);
  const { window, setWindow } = useWindow(state.window, whole, update);
  const search = useFind(model, state.find);
  const found = search.rows;
  const flags = useMemo(() => flagsOf(found, trace.n), [found, trace.n]);
  const errors = useMemo(
    () => tree.order.filter((row) => trace.status[row] === ERROR_STATUS),
    [trace, tree],
  );

  /** Goes to a row, opening what is closed above it. */
  const goTo = useCallback(
    (row: number) => {
      const above = ancestorsOf(tree, row).filter((one) => closed.has(one));
      if (above.length > 0) setClosed(new Set([...closed].filter((one) => !above.includes(one))));
      setCursor(row);
    },
    [tree, closed, setClosed],
  );
  const select = useCallback(
    (row: number) => {
      setCursor(row);
      update({ span: trace.ids[row] ?? '' }, false);
    },
    [trace, update],
  );
  const close = () => update({ span: '' });
  const step = (list: Int32Array | undefined, direction: 1 | -1) => {
    const next = nextIn(list, tree.position, cursor, direction);
    if (next >= 0) goTo(next);
  };
  /** The error's span is opened: by the button always, by its key where one is open already. */
  const stepError = (direction: 1 | -1, opens: boolean) => {
    const next = nextIn(errors, tree.position, cursor, direction);
    if (next < 0) return;
    goTo(next);
    if (opens) update({ span: trace.ids[next] ?? '' });
  };
  useTraceKeys({
    model,
    rows,
    closed,
    cursor,
    onCursor: goTo,
    onToggle: toggle,
    onSelect: select,
    onClose: close,
    onFound: (direction) => step(found, direction),
    onError: (direction) => stepError(direction, selected >= 0),
    onZoom: (factor) =>
      setWindow(factor === 0 ? { fromUs: 0, toUs: whole } : zoomWindow(window, factor, whole)),
    onZoomTo: (row) => setWindow(spanWindow(trace, row)),
    onMove: (share) => setWindow(moveWindow(window, share, whole)),
    onView: () => update({ view: state.view === 'flame' ? 'waterfall' : 'flame' }),
  });
  const shared = { model, window, selected, cursor, found: flags, showCritical: state.critical };
  return (
    <div className="-mb-10 flex h-[calc(100dvh-3.5rem)] min-h-120 flex-col gap-2 pb-3">
      <TraceHeader model={model} onReload={onReload} />
      <Minimap model={model} window={window} found={found} onWindow={setWindow} />
      <TraceToolbar
        state={state}
        search={search}
        place={found === undefined ? -1 : found.indexOf(cursor)}
        errors={errors.length}
        isZoomed={window.fromUs > 0 || window.toUs < whole}
        onState={update}
        onFound={(direction) => step(found, direction)}
        onError={(direction) => stepError(direction, true)}
        onWhole={() => setWindow({ fromUs: 0, toUs: whole })}
        onDepth={(depth) =>
          setClosed(new Set(depth === undefined ? [] : rowsFromDepth(tree, depth)))
        }
      />
      <div className="relative flex min-h-0 flex-1 gap-2">
        <div className="min-w-0 flex-1">
          {state.view === 'flame' ? (
            <Flame
              {...shared}
              errors={errors}
              foundRows={found}
              onSelect={select}
              onZoom={setWindow}
            />
          ) : (
            <Waterfall
              {...shared}
              rows={rows}
              closed={closed}
              onToggle={toggle}
              onSelect={select}
              onZoom={setWindow}
            />
          )}
        </div>
        {selected >= 0 ? (
          <div className="w-[26rem] max-w-full shrink-0 max-lg:absolute max-lg:inset-y-0 max-lg:right-0 max-lg:z-[5] max-lg:shadow-(--shadow)">
            <SpanPanel
              key={state.span}
              model={model}
              row={selected}
              onClose={close}
              onZoom={() => setWindow(spanWindow(trace, selected))}
              onSpan={(id) => select(Math.max(0, rowOf(trace, id)))}
            />
          </div>
        ) : null}
      </div>
    </div>
  );
}

/** Closed rows: those of the address, and beyond what an address can hold those of this visit. */
function useClosed(
  { trace, tree }: TraceModel,
  ids: readonly string[],
  onIds: (ids: readonly string[]) => void,
) {
  const [many, setMany] = useState<ReadonlySet<number>>();
  const closed = useMemo(
    () => many ?? new Set(ids.map((id) => rowOf(trace, id)).filter((row) => row >= 0)),
    [many, ids, trace],
  );
  const setClosed = useCallback(
    (next: ReadonlySet<number>) => {
      const fits = next.size <= maxClosed;
      setMany(fits ? undefined : next);
      onIds(fits ? [...next].map((row) => trace.ids[row] ?? '') : []);
    },
    [onIds, trace],
  );
  const toggle = useCallback(
    (row: number) => {
      if ((tree.size[row] ?? 1) <= 1) return;
      const next = new Set(closed);
      if (!next.delete(row)) next.add(row);
      setClosed(next);
    },
    [closed, setClosed, tree],
  );
  return { closed, setClosed, toggle };
}

function flagsOf(found: Int32Array | undefined, n: number): Uint8Array | undefined {
  if (found === undefined) return undefined;
  const flags = new Uint8Array(n);
  for (const row of found) flags[row] = 1;
  return flags;
}

/** The next row of `list` (in the order of the tree) from the cursor on, around the end. -1 in an empty list. */
function nextIn(
  list: Int32Array | undefined,
  position: Int32Array,
  cursor: number,
  direction: 1 | -1,
): number {
  if (list === undefined || list.length === 0) return -1;
  const here = cursor < 0 ? -1 : (position[cursor] ?? -1);
  if (direction === 1) return list.find((row) => (position[row] ?? 0) > here) ?? list[0] ?? -1;
  return list.findLast((row) => (position[row] ?? 0) < here) ?? list.at(-1) ?? -1;
}
