import { useEffect, useMemo, useRef, useState } from 'react';
import { useTheme } from '../app/use-theme.ts';
import { spansText } from '../format/units.ts';
import { useCanvas } from './canvas.ts';
import { drawFlame } from './flame-draw.ts';
import { type FlameView, laneHeight, rowAt } from './flame-geometry.ts';
import { durationText, spanWindow, tickText, windowTicks } from './time-text.ts';
import { ERROR_STATUS, nameOf, serviceOf } from './trace.ts';
import type { TimeWindow } from './trace-state.ts';
import { useSize } from './use-size.ts';
import type { TraceModel } from './use-trace.ts';
import { useWheelZoom } from './use-wheel-zoom.ts';

interface FlameProps {
  readonly model: TraceModel;
  readonly window: TimeWindow;
  readonly selected: number;
  readonly cursor: number;
  readonly found: Uint8Array | undefined;
  readonly errors: Int32Array;
  readonly foundRows: Int32Array | undefined;
  readonly showCritical: boolean;
  readonly onSelect: (row: number) => void;
  readonly onZoom: (window: TimeWindow) => void;
}

const axisHeight = 24;

/** The spans below their parents, side by side only where they overlap. A click opens a span, a double click zooms to it. */
export function Flame(props: FlameProps) {
  const { model, window, onSelect, onZoom } = props;
  const theme = useTheme();
  const { box, height } = useSize();
  const room = Math.max(1, height - axisHeight);
  const { canvas, width } = useCanvas(room);
  const [scrollTop, setScrollTop] = useState(0);
  const clicked = useRef(-1);
  const [hover, setHover] = useState<{ row: number; x: number; y: number }>();
  const { selected, cursor, found, errors, foundRows, showCritical } = props;
  const view = useMemo<FlameView>(
    () => ({
      window,
      width,
      height: room,
      scrollTop,
      selected,
      cursor,
      found,
      errors,
      foundRows,
      showCritical,
    }),
    [window, width, room, scrollTop, selected, cursor, found, errors, foundRows, showCritical],
  );

  // Dependencies on purpose: colours are those of the theme
  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (context && width > 0) drawFlame(context, model, view);
  }, [model, view, theme, width]);

  useEffect(() => {
    const element = box.current;
    const lane = model.lanes.lane[cursor];
    if (element === null || lane === undefined) return;
    const top = lane * laneHeight;
    if (top < element.scrollTop || top + laneHeight > element.scrollTop + room)
      element.scrollTop = top - room / 2;
  }, [cursor, model, room, box]);

  const usAt = (x: number) =>
    window.fromUs + (x / Math.max(1, width)) * (window.toUs - window.fromUs);
  useWheelZoom({ box, window, wholeUs: model.trace.durationUs, usAt, onWindow: onZoom });

  const place = (event: React.MouseEvent) => {
    const { left, top } = event.currentTarget.getBoundingClientRect();
    const x = event.clientX - left;
    const y = event.clientY - top;
    return { x, y, row: rowAt(model, view, x, y) };
  };
  const { trace } = model;
  return (
    <div
      ref={box}
      role="img"
      aria-label={`Flame view of ${spansText(trace.n)}; the waterfall lists them`}
      onScroll={(event) => setScrollTop(event.currentTarget.scrollTop)}
      className="relative h-full overflow-y-auto overflow-x-hidden overscroll-contain border border-line bg-surface"
    >
      <div className="sticky top-0 z-[1]">
        <FlameAxis window={window} width={width} />
        <canvas
          ref={canvas}
          className={`block ${hover ? 'cursor-pointer' : ''}`}
          style={{ width: '100%', height: room }}
          onPointerMove={(event) => {
            const at = place(event);
            setHover(at.row < 0 ? undefined : at);
          }}
          onPointerLeave={() => setHover(undefined)}
          onClick={(event) => {
            // The second click of a double one may meet another span: the details have moved everything.
            if (event.detail > 1) return;
            const { row } = place(event);
            clicked.current = row;
            if (row >= 0) onSelect(row);
          }}
          onDoubleClick={() => {
            if (clicked.current >= 0) onZoom(spanWindow(trace, clicked.current));
          }}
        />
        {hover ? <FlameTip {...hover} model={model} width={width} height={room} /> : null}
      </div>
      <div style={{ height: Math.max(0, model.lanes.count * laneHeight - room) }} />
    </div>
  );
}

function FlameAxis({ window, width }: { readonly window: TimeWindow; readonly width: number }) {
  const ticks = windowTicks(window, Math.max(2, Math.floor(width / 110)));
  const scale = width / (window.toUs - window.fromUs);
  return (
    <div
      className="relative border-line border-b bg-surface text-ink-3 text-xs"
      style={{ height: axisHeight }}
    >
      {ticks.map((tick) => {
        const left = (tick - window.fromUs) * scale;
        return width - left < 48 ? null : (
          <span
            key={tick}
            className="absolute inset-y-0 whitespace-nowrap border-line border-l pt-0.5 pl-1"
            style={{ left }}
          >
            {tickText(tick, (ticks[1] ?? 0) - (ticks[0] ?? 0) || 1, window.toUs)}
          </span>
        );
      })}
    </div>
  );
}

interface FlameTipProps {
  readonly model: TraceModel;
  readonly row: number;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

function FlameTip({ model, row, x, y, width, height }: FlameTipProps) {
  const { trace, path } = model;
  const side = x > width / 2 ? { right: width - x + 12 } : { left: x + 12 };
  const critical = path.ownUs[row] ?? 0;
  return (
    <div
      aria-hidden="true"
      style={{ ...side, top: axisHeight + Math.min(y + 12, Math.max(0, height - 70)) }}
      className="pointer-events-none absolute z-10 max-w-[min(420px,60%)] rounded-md border border-line-strong bg-surface p-2 text-xs shadow-(--shadow)"
    >
      <p className="truncate font-semibold">
        {serviceOf(trace, row)}: {nameOf(trace, row)}
      </p>
      <p className="text-ink-2">
        {durationText(trace.spanUs[row] ?? 0)} from {durationText(trace.startUs[row] ?? 0)}
        {trace.status[row] === ERROR_STATUS ? <span className="text-bad">, error</span> : null}
      </p>
      {critical > 0 ? (
        <p className="text-ink-3">{durationText(critical)} on the critical path</p>
      ) : null}
    </div>
  );
}
