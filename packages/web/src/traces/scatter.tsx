import { useEffect, useMemo, useRef, useState } from 'react';
import { useTheme } from '../app/use-theme.ts';
import { timeLabels } from '../chart/axes.ts';
import { resolveColor, withAlpha } from '../chart/colors.ts';
import { formatCount, formatValue, spansText } from '../format/units.ts';
import { formatLocal, type Interval } from '../time/range.ts';
import { canvasFont, useCanvas } from './canvas.ts';
import type { FoundTrace } from './found-traces.ts';
import {
  type Dot,
  dotAt,
  dotsOf,
  durationTicks,
  margin,
  msAt,
  type Plot,
  type ScatterScale,
  scaleOf,
  timeTicks,
  xOf,
  yOf,
} from './scatter-scale.ts';

interface ScatterProps {
  readonly traces: readonly FoundTrace[];
  readonly interval: Interval;
  /** The trace that the list points at. */
  readonly pointed: string | null;
  readonly picked: readonly string[];
  readonly onOpen: (trace: FoundTrace) => void;
  readonly onZoom: (fromMs: number, toMs: number) => void;
}

const height = 200;
/** A press that moves less is a click. */
const clickPx = 4;

/** Durations over time, a dot a trace. A click opens it, dragging zooms into the time. */
export function Scatter({ traces, interval, pointed, picked, onOpen, onZoom }: ScatterProps) {
  const theme = useTheme();
  const { canvas, width } = useCanvas(height);
  const plot = useMemo(() => ({ width, height }), [width]);
  const scale = useMemo(() => scaleOf(traces, interval), [traces, interval]);
  const dots = useMemo(() => dotsOf(traces, scale, plot), [traces, scale, plot]);
  const [hover, setHover] = useState<Dot>();
  const press = useRef<{ fromX: number; moved: boolean }>(null);
  const [drag, setDrag] = useState<{ from: number; to: number }>();

  // Dependencies on purpose: colours are those of the theme
  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (!context) return;
    drawAxes(context, scale, plot);
    drawDots(context, dots, new Set(picked), hover?.trace.id ?? pointed);
  }, [dots, scale, plot, hover, pointed, picked, theme]);

  const place = (event: React.PointerEvent) => {
    const box = event.currentTarget.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  const move = (event: React.PointerEvent) => {
    const { x, y } = place(event);
    const { current } = press;
    if (current !== null && (current.moved || Math.abs(x - current.fromX) >= clickPx)) {
      current.moved = true;
      setHover(undefined);
      setDrag({ from: current.fromX, to: x });
    } else setHover(dotAt(dots, x, y));
  };
  const release = (event: React.PointerEvent) => {
    const { x, y } = place(event);
    const { current } = press;
    press.current = null;
    setDrag(undefined);
    if (current === null) return;
    if (!current.moved) {
      const dot = dotAt(dots, x, y);
      if (dot) onOpen(dot.trace);
      return;
    }
    const [from = 0, to = 0] = [current.fromX, x].sort((a, b) => a - b);
    onZoom(msAt(scale, plot, from), msAt(scale, plot, to));
  };
  return (
    <div className="relative border border-line bg-surface" style={{ height: height + 2 }}>
      <canvas
        ref={canvas}
        role="img"
        aria-label={`Durations over time, ${traces.length} in all; the list below has them`}
        className={`absolute inset-0 ${hover ? 'cursor-pointer' : 'cursor-crosshair'}`}
        style={{ width: '100%', height, touchAction: 'pan-y' }}
        onPointerDown={(event) => {
          if (event.button !== 0) return;
          event.currentTarget.setPointerCapture(event.pointerId);
          press.current = { fromX: place(event).x, moved: false };
        }}
        onPointerMove={move}
        onPointerUp={release}
        onPointerCancel={() => {
          press.current = null;
          setDrag(undefined);
        }}
        onPointerLeave={() => setHover(undefined)}
      />
      {drag ? (
        <div
          className="pointer-events-none absolute bg-sight/15"
          style={{
            left: Math.max(margin.left, Math.min(drag.from, drag.to)),
            width: Math.abs(drag.to - drag.from),
            top: margin.top,
            bottom: margin.bottom,
          }}
        />
      ) : null}
      {hover ? <DotTip dot={hover} plot={plot} /> : null}
    </div>
  );
}

function DotTip({ dot, plot }: { readonly dot: Dot; readonly plot: Plot }) {
  const { trace } = dot;
  const side = dot.x > plot.width / 2 ? { right: plot.width - dot.x + 14 } : { left: dot.x + 14 };
  return (
    <div
      aria-hidden="true"
      style={{ ...side, top: Math.min(dot.y, plot.height - 76) }}
      className="pointer-events-none absolute z-10 max-w-[min(420px,70%)] rounded-md border border-line-strong bg-surface p-2 text-xs shadow-(--shadow)"
    >
      <p className="truncate font-semibold">
        {trace.service === '' ? 'root not received' : `${trace.service}: ${trace.name}`}
      </p>
      <p className="text-ink-2">
        {formatValue(trace.durationMs / 1000, 'seconds')}, {spansText(trace.spans)}
        {trace.errors > 0 ? (
          <span className="text-bad">, {formatCount(trace.errors)} errors</span>
        ) : null}
      </p>
      <p className="text-ink-3">{formatLocal(trace.startMs)}</p>
    </div>
  );
}

function drawAxes(context: CanvasRenderingContext2D, scale: ScatterScale, plot: Plot): void {
  const right = plot.width - margin.right;
  const bottom = plot.height - margin.bottom;
  context.clearRect(0, 0, plot.width, plot.height);
  context.font = canvasFont();
  context.fillStyle = resolveColor('var(--ink-3)');
  context.strokeStyle = resolveColor('var(--line)');
  context.lineWidth = 1;
  context.beginPath();
  context.textAlign = 'right';
  context.textBaseline = 'middle';
  for (const tick of durationTicks(scale)) {
    const y = Math.round(yOf(scale, plot, tick)) + 0.5;
    context.moveTo(margin.left, y);
    context.lineTo(right, y);
    context.fillText(formatValue(tick / 1000, 'seconds'), margin.left - 6, y);
  }
  const { ticks, stepS } = timeTicks(scale.interval, right - margin.left);
  const labels = timeLabels(ticks, stepS);
  context.textAlign = 'center';
  context.textBaseline = 'top';
  for (const [index, tick] of ticks.entries()) {
    const x = Math.round(xOf(scale, plot, tick * 1000)) + 0.5;
    context.moveTo(x, bottom);
    context.lineTo(x, bottom + 4);
    context.fillText(labels[index] ?? '', x, bottom + 8);
  }
  context.moveTo(margin.left, bottom + 0.5);
  context.lineTo(right, bottom + 0.5);
  context.stroke();
}

function drawDots(
  context: CanvasRenderingContext2D,
  dots: readonly Dot[],
  picked: ReadonlySet<string>,
  pointed: string | null,
): void {
  const fine = { fill: withAlpha('var(--accent)', 0.4), line: resolveColor('var(--accent)') };
  const bad = { fill: withAlpha('var(--bad)', 0.5), line: resolveColor('var(--bad)') };
  context.lineWidth = 1;
  for (const { trace, x, y, radius } of dots) {
    const look = trace.errors > 0 ? bad : fine;
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.fillStyle = look.fill;
    context.strokeStyle = look.line;
    context.fill();
    context.stroke();
  }
  context.strokeStyle = resolveColor('var(--ink)');
  context.lineWidth = 1.5;
  for (const { trace, x, y, radius } of dots) {
    if (trace.id !== pointed && !picked.has(trace.id)) continue;
    context.beginPath();
    context.arc(x, y, radius + 3, 0, 2 * Math.PI);
    context.stroke();
  }
}
