import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { tickText, windowTicks } from './time-text.ts';
import type { TimeWindow } from './trace-state.ts';
import { useSize } from './use-size.ts';
import type { TraceModel } from './use-trace.ts';
import { useWheelZoom } from './use-wheel-zoom.ts';
import { rowHeight, WaterfallRow } from './waterfall-row.tsx';

export interface WaterfallProps {
  readonly model: TraceModel;
  /** Rows in view order; those below closed rows are left out. */
  readonly rows: Int32Array;
  readonly window: TimeWindow;
  readonly closed: ReadonlySet<number>;
  readonly selected: number;
  /** Where the keyboard is; -1 for nowhere. */
  readonly cursor: number;
  /** Flags by row of what a search found; undefined when nothing is searched. */
  readonly found: Uint8Array | undefined;
  readonly showCritical: boolean;
  readonly onToggle: (row: number) => void;
  readonly onSelect: (row: number) => void;
  readonly onZoom: (window: TimeWindow) => void;
}

const overscan = 8;
const axisHeight = 24;

/** The spans as a tree with bars over time. Only the rows in view are in the document, so 100,000 scroll like 100. */
export function Waterfall(props: WaterfallProps) {
  const { model, rows, window, cursor } = props;
  const { box, width, height } = useSize();
  const [scrollTop, setScrollTop] = useState(0);
  const [share, setShare] = useState(width < 700 ? 0.45 : 0.36);
  const nameWidth = Math.round(Math.max(120, width * share));
  const timeWidth = Math.max(40, width - nameWidth - 8);
  const placeOf = useMemo(() => {
    const places = new Int32Array(model.trace.n).fill(-1);
    for (const [place, row] of rows.entries()) places[row] = place;
    return places;
  }, [rows, model]);

  useEffect(() => {
    const place = placeOf[cursor] ?? -1;
    const element = box.current;
    if (place < 0 || element === null) return;
    const top = place * rowHeight;
    const room = element.clientHeight - axisHeight;
    if (top < element.scrollTop) element.scrollTop = top;
    else if (top + rowHeight > element.scrollTop + room)
      // What was found far away comes to the middle, a step beyond the edge only just into view.
      element.scrollTop =
        top - (top > element.scrollTop + room + rowHeight ? room / 2 : room - rowHeight);
  }, [cursor, placeOf, box]);

  const first = Math.max(0, Math.floor(scrollTop / rowHeight) - overscan);
  const last = Math.min(rows.length, Math.ceil((scrollTop + height) / rowHeight) + overscan);
  const usAt = (x: number) =>
    window.fromUs + ((x - nameWidth) / timeWidth) * (window.toUs - window.fromUs);
  useWheelZoom({ box, window, wholeUs: model.trace.durationUs, usAt, onWindow: props.onZoom });
  const sight = useRef<HTMLDivElement>(null);
  const showSight = (event: React.PointerEvent) => {
    const line = sight.current;
    if (line === null) return;
    const x = event.clientX - (box.current?.getBoundingClientRect().left ?? 0);
    const isOver = event.type !== 'pointerleave' && x >= nameWidth && x <= nameWidth + timeWidth;
    // Past React: the line follows every move of the pointer.
    line.hidden = !isOver;
    line.style.transform = `translateX(${x}px)`;
    line.dataset.flip = String(x > nameWidth + timeWidth - 90);
    if (line.firstElementChild !== null)
      line.firstElementChild.textContent = tickText(
        usAt(x),
        (window.toUs - window.fromUs) / timeWidth,
        window.toUs,
      );
  };
  // Where the times have moved under a pointer that stands still, its line would tell a wrong one.
  useEffect(() => {
    if (sight.current !== null) sight.current.hidden = true;
  }, [window, nameWidth, timeWidth]);
  const { found, closed, selected, onToggle, onSelect, showCritical } = props;
  const onScroll = useCallback(
    (event: React.UIEvent<HTMLDivElement>) => setScrollTop(event.currentTarget.scrollTop),
    [],
  );
  return (
    <div
      ref={box}
      role="tree"
      aria-label="Spans"
      tabIndex={0}
      aria-activedescendant={cursor >= 0 ? rowId(model, cursor) : undefined}
      onScroll={onScroll}
      onPointerMove={showSight}
      onPointerLeave={showSight}
      className="relative h-full overflow-y-auto overflow-x-hidden overscroll-contain border border-line bg-surface focus-visible:outline-offset-[-2px]"
    >
      <TimeAxis
        {...props}
        nameWidth={nameWidth}
        timeWidth={timeWidth}
        onShare={(x) => setShare(Math.min(0.7, Math.max(0.1, x / Math.max(1, width))))}
        height={height}
      />
      <div aria-hidden="true" className="sticky z-[3] h-0" style={{ top: axisHeight }}>
        <div
          ref={sight}
          hidden
          className="group/sight pointer-events-none absolute top-0 left-0 w-px bg-sight"
          style={{ height: Math.max(0, height - axisHeight) }}
        >
          <span className="absolute -top-6 left-0 h-6 whitespace-nowrap bg-surface px-1.5 pt-0.5 text-sight text-xs group-data-[flip=true]/sight:right-0 group-data-[flip=true]/sight:left-auto" />
        </div>
      </div>
      <GridLines window={window} nameWidth={nameWidth} timeWidth={timeWidth} height={height} />
      <div className="relative z-[1]" style={{ height: rows.length * rowHeight }}>
        {[...rows.subarray(first, last)].map((row, index) => (
          <WaterfallRow
            key={row}
            id={rowId(model, row)}
            model={model}
            row={row}
            top={(first + index) * rowHeight}
            nameWidth={nameWidth}
            timeWidth={timeWidth}
            window={window}
            isClosed={closed.has(row)}
            isSelected={row === selected}
            isCursor={row === cursor}
            isFaint={found !== undefined && found[row] !== 1}
            showCritical={showCritical}
            onToggle={onToggle}
            onSelect={onSelect}
          />
        ))}
      </div>
    </div>
  );
}

function rowId(model: TraceModel, row: number): string {
  return `span-${model.trace.ids[row]}`;
}

interface GridLinesProps {
  readonly window: TimeWindow;
  readonly nameWidth: number;
  readonly timeWidth: number;
  readonly height: number;
}

function ticksOf(window: TimeWindow, timeWidth: number): readonly number[] {
  return windowTicks(window, Math.max(2, Math.floor(timeWidth / 90)));
}

/** Lines of the ticks behind all rows; they stay where they are while the rows scroll. */
function GridLines({ window, nameWidth, timeWidth, height }: GridLinesProps) {
  const scale = timeWidth / (window.toUs - window.fromUs);
  return (
    <div aria-hidden="true" className="sticky h-0" style={{ top: axisHeight }}>
      {ticksOf(window, timeWidth).map((tick) => (
        <span
          key={tick}
          className="absolute w-px bg-line"
          style={{
            left: nameWidth + (tick - window.fromUs) * scale,
            top: -axisHeight,
            height,
          }}
        />
      ))}
    </div>
  );
}

interface TimeAxisProps extends WaterfallProps {
  readonly nameWidth: number;
  readonly timeWidth: number;
  readonly height: number;
  readonly onShare: (x: number) => void;
}

/** The head of the waterfall: ticks with lines down through all rows; dragging across it zooms, dragging the gap moves it. */
function TimeAxis({ window, nameWidth, timeWidth, height, onZoom, onShare }: TimeAxisProps) {
  const ticks = ticksOf(window, timeWidth);
  const scale = timeWidth / (window.toUs - window.fromUs);
  const strip = useRef<HTMLDivElement>(null);
  const [drag, setDrag] = useState<{ from: number; to: number }>();
  const xOf = (event: React.PointerEvent) =>
    Math.min(
      timeWidth,
      Math.max(0, event.clientX - (strip.current?.getBoundingClientRect().left ?? 0)),
    );
  const release = () => {
    if (drag !== undefined && Math.abs(drag.to - drag.from) >= 4) {
      const [from = 0, to = 0] = [drag.from, drag.to].sort((a, b) => a - b);
      onZoom({ fromUs: window.fromUs + from / scale, toUs: window.fromUs + to / scale });
    }
    setDrag(undefined);
  };
  return (
    <div
      className="sticky top-0 z-[2] flex border-line border-b bg-surface text-ink-3 text-xs"
      style={{ height: axisHeight }}
    >
      <div className="flex items-center px-2" style={{ width: nameWidth }}>
        Service and operation
      </div>
      <div
        className="absolute top-0 z-[3] w-2 -translate-x-1 cursor-col-resize touch-none hover:bg-accent/30"
        style={{ left: nameWidth, height }}
        onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
        onPointerMove={(event) => {
          if (!event.currentTarget.hasPointerCapture(event.pointerId)) return;
          const left = event.currentTarget.parentElement?.getBoundingClientRect().left ?? 0;
          onShare(event.clientX - left);
        }}
      />
      <div
        ref={strip}
        className="relative flex-1 cursor-crosshair touch-none select-none"
        title="Drag to zoom in"
        onPointerDown={(event) => {
          if (event.button !== 0) return;
          event.currentTarget.setPointerCapture(event.pointerId);
          setDrag({ from: xOf(event), to: xOf(event) });
        }}
        onPointerMove={(event) => {
          if (drag !== undefined) setDrag({ from: drag.from, to: xOf(event) });
        }}
        onPointerUp={release}
        onPointerCancel={() => setDrag(undefined)}
      >
        {ticks.map((tick) => {
          const left = (tick - window.fromUs) * scale;
          return timeWidth - left < 48 ? null : (
            <span
              key={tick}
              className="absolute top-0.5 whitespace-nowrap"
              style={{ left: left + 4 }}
            >
              {tickText(tick, (ticks[1] ?? 0) - (ticks[0] ?? 0) || 1, window.toUs)}
            </span>
          );
        })}
        {drag !== undefined ? (
          <span
            className="pointer-events-none absolute top-0 bg-sight/15"
            style={{
              left: Math.min(drag.from, drag.to),
              width: Math.abs(drag.to - drag.from),
              height,
            }}
          />
        ) : null}
      </div>
    </div>
  );
}
