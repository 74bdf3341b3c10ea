import { useEffect, useRef, useState } from 'react';
import { useTheme } from '../app/use-theme.ts';
import { resolveColor } from '../chart/colors.ts';
import { serviceColor } from '../chart/service-colors.ts';
import { spansText } from '../format/units.ts';
import { useCanvas } from './canvas.ts';
import { ERROR_STATUS } from './trace.ts';
import type { TimeWindow } from './trace-state.ts';
import type { TraceModel } from './use-trace.ts';

interface MinimapProps {
  readonly model: TraceModel;
  readonly window: TimeWindow;
  readonly found: Int32Array | undefined;
  readonly onWindow: (window: TimeWindow) => void;
}

const height = 56;
const marks = 4;
const handlePx = 8;

type Grip = 'from' | 'to' | 'all' | 'new';
const cursors = { from: 'ew-resize', to: 'ew-resize', all: 'grab', new: 'crosshair' };

/** The whole trace at a glance, and the part of it that is shown: drag its edges, drag it, or drag a new one; a double click shows all. */
export function Minimap({ model, window, found, onWindow }: MinimapProps) {
  const theme = useTheme();
  const { canvas, width } = useCanvas(height);
  const whole = model.trace.durationUs;
  const grip = useRef<{ kind: Grip; atUs: number; start: TimeWindow }>(null);
  const [dragged, setDragged] = useState<TimeWindow>();
  const [pointer, setPointer] = useState('crosshair');
  const shown = dragged ?? window;

  // Dependencies on purpose: colours are those of the theme
  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (!context || width === 0) return;
    drawMinimap(context, width, model, found);
  }, [model, found, width, theme]);

  const usAt = (event: React.PointerEvent) => {
    const box = event.currentTarget.getBoundingClientRect();
    return Math.min(1, Math.max(0, (event.clientX - box.left) / box.width)) * whole;
  };
  const isWhole = window.fromUs <= 0 && window.toUs >= whole;
  const gripAt = (us: number): Grip => {
    const reach = (handlePx / Math.max(1, width)) * whole;
    if (isWhole) return 'new';
    if (Math.abs(us - window.fromUs) <= reach) return 'from';
    if (Math.abs(us - window.toUs) <= reach) return 'to';
    return us > window.fromUs && us < window.toUs ? 'all' : 'new';
  };
  const press = (event: React.PointerEvent) => {
    if (event.button !== 0) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    const us = usAt(event);
    grip.current = { kind: gripAt(us), atUs: us, start: window };
  };
  const move = (event: React.PointerEvent) => {
    if (grip.current !== null) setDragged(draggedWindow(grip.current, usAt(event), whole));
    else setPointer(cursors[gripAt(usAt(event))]);
  };
  const release = () => {
    grip.current = null;
    // A press without a drag is not a window.
    if (dragged !== undefined && ((dragged.toUs - dragged.fromUs) / whole) * width >= 3)
      onWindow(dragged);
    setDragged(undefined);
  };
  const left = (shown.fromUs / whole) * 100;
  const right = 100 - (shown.toUs / whole) * 100;
  return (
    <div className="relative border border-line bg-surface" style={{ height: height + 2 }}>
      <canvas
        ref={canvas}
        role="img"
        aria-label={`Overview of ${spansText(model.trace.n)}`}
        title="Drag to choose a part of the time; double click for all of it"
        className="absolute inset-0 touch-none"
        style={{ width: '100%', height, cursor: pointer }}
        onPointerDown={press}
        onPointerMove={move}
        onPointerUp={release}
        onPointerCancel={release}
        onDoubleClick={() => onWindow({ fromUs: 0, toUs: whole })}
      />
      <Shade style={{ left: 0, width: `${left}%` }} />
      <Shade style={{ right: 0, width: `${right}%` }} />
      <Edge style={{ left: `calc(${left}% - 1px)` }} />
      <Edge style={{ right: `calc(${right}% - 1px)` }} />
    </div>
  );
}

function Shade({ style }: { readonly style: React.CSSProperties }) {
  return <div className="pointer-events-none absolute inset-y-0 bg-bg/75" style={style} />;
}

function Edge({ style }: { readonly style: React.CSSProperties }) {
  return (
    <div
      className="pointer-events-none absolute inset-y-0 w-0.5 bg-sight after:absolute after:top-1/2 after:-left-[3px] after:h-4 after:w-2 after:-translate-y-1/2 after:rounded-sm after:border after:border-sight after:bg-surface"
      style={style}
    />
  );
}

function draggedWindow(
  { kind, atUs, start }: { readonly kind: Grip; readonly atUs: number; readonly start: TimeWindow },
  us: number,
  whole: number,
): TimeWindow {
  const ordered = (a: number, b: number) => ({ fromUs: Math.min(a, b), toUs: Math.max(a, b) });
  if (kind === 'from') return ordered(us, start.toUs);
  if (kind === 'to') return ordered(start.fromUs, us);
  if (kind === 'new') return ordered(atUs, us);
  const span = start.toUs - start.fromUs;
  const fromUs = Math.min(whole - span, Math.max(0, start.fromUs + us - atUs));
  return { fromUs, toUs: fromUs + span };
}

/** Every span as a sliver on its lane, along the bottom errors where they began (no error lies below them), along the top what was found. */
function drawMinimap(
  context: CanvasRenderingContext2D,
  width: number,
  { trace, tree, lanes }: TraceModel,
  found: Int32Array | undefined,
): void {
  context.clearRect(0, 0, width, height);
  const colors = trace.services.map((name) => resolveColor(serviceColor(name)));
  const room = height - 2 * marks;
  const laneHeight = Math.max(1, Math.min(6, room / lanes.count));
  const scale = width / trace.durationUs;
  for (let service = 0; service < colors.length; service += 1) {
    context.fillStyle = colors[service] ?? '';
    for (let row = 0; row < trace.n; row += 1) {
      if (trace.service[row] !== service) continue;
      const y =
        marks +
        Math.min(
          room - laneHeight,
          (lanes.lane[row] ?? 0) * Math.min(laneHeight, room / lanes.count),
        );
      const x = (trace.startUs[row] ?? 0) * scale;
      context.fillRect(
        x,
        y,
        Math.max(0.7, (trace.spanUs[row] ?? 0) * scale),
        Math.max(1, laneHeight - 0.5),
      );
    }
  }
  context.fillStyle = resolveColor('var(--bad)');
  for (let row = 0; row < trace.n; row += 1) {
    if (trace.status[row] !== ERROR_STATUS || tree.errors[row] !== 1) continue;
    const x = (trace.startUs[row] ?? 0) * scale;
    context.fillRect(
      Math.min(width - 2, x),
      height - marks,
      Math.max(2, (trace.spanUs[row] ?? 0) * scale),
      3,
    );
  }
  if (found === undefined) return;
  context.fillStyle = resolveColor('var(--sight)');
  for (const row of found)
    context.fillRect(Math.min(width - 2, (trace.startUs[row] ?? 0) * scale), 0, 2, 3);
}
