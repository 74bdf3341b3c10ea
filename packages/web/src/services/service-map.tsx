import { useMemo, useRef, useState } from 'react';
import { prepareServiceColors, serviceColor } from '../chart/service-colors.ts';
import { formatValue } from '../format/units.ts';
import { Button } from '../ui/button.tsx';
import { Icon } from '../ui/icon.tsx';
import { type Edge, edgeTypeText } from './graph.ts';
import { layoutMap } from './map-layout.ts';
import { curveOf, mapSize, nodeBox, type Point } from './map-shapes.ts';
import type { RedRow } from './red.ts';

interface ServiceMapProps {
  readonly edges: readonly Edge[];
  readonly rows: readonly RedRow[];
  readonly onOpen: (service: string) => void;
}

const smallestScale = 0.8;

/** Who calls whom: callers on the left. Lines are as wide as their rate, red as far as they fail; pointing at a node shows its own lines. */
export function ServiceMap({ edges, rows, onOpen }: ServiceMapProps) {
  const layout = useMemo(() => {
    const names = [
      ...edges.flatMap((edge) => [edge.client, edge.server]),
      ...rows.map((row) => row.name),
    ];
    // The services have theirs already: what they call gets what is left.
    prepareServiceColors(names);
    const pairs = edges.map((edge) => ({ from: edge.client, to: edge.server }));
    return layoutMap(names, pairs);
  }, [edges, rows]);
  const [pointed, setPointed] = useState('');
  const { box, handlers, view, zoom, reset } = usePan();
  const size = mapSize(layout);
  const most = edges.reduce((rate, edge) => Math.max(rate, edge.rate), 0);
  const red = new Map(rows.map((row) => [row.name, row]));
  const near = new Set(
    edges.flatMap((edge) =>
      edge.client === pointed || edge.server === pointed ? [edge.client, edge.server] : [],
    ),
  );
  return (
    <div className="border border-line bg-surface">
      <div className="flex min-h-9 flex-wrap items-center gap-x-3 border-line border-b py-1 pr-1.5 pl-3">
        <p className="text-ink-3 text-xs">
          Callers on the left. A line is as wide as its rate and as red as its errors; dashed ones
          are messages.
        </p>
        <span className="ml-auto flex gap-0.5">
          <Button look="quiet" icon aria-label="Zoom in" onClick={() => zoom(1.25)}>
            <Icon name="plus" />
          </Button>
          <Button look="quiet" icon aria-label="Zoom out" onClick={() => zoom(0.8)}>
            <Icon name="minus" />
          </Button>
          <Button look="quiet" onClick={reset}>
            Show all
          </Button>
        </span>
      </div>
      <div className="overflow-x-auto">
        <svg
          ref={box}
          role="application"
          aria-label={`Map of ${layout.nodes.length} services and ${edges.length} connections`}
          viewBox={`0 0 ${size.width} ${size.height}`}
          preserveAspectRatio="xMidYMid meet"
          className="block w-full select-none"
          // Narrower than this the names could not be read: then the drawing scrolls.
          style={{
            height: `min(72dvh, ${Math.max(320, size.height)}px)`,
            minWidth: size.width * smallestScale,
          }}
          {...handlers}
        >
          <g transform={`translate(${view.x} ${view.y}) scale(${view.scale})`}>
            {layout.routes.map(({ edge: index, points }) => {
              const edge = edges[index];
              return edge === undefined ? null : (
                <EdgeView
                  key={`${edge.client} ${edge.server} ${edge.type}`}
                  edge={edge}
                  points={points}
                  most={most}
                  isFaint={pointed !== '' && edge.client !== pointed && edge.server !== pointed}
                  isPointed={edge.client === pointed || edge.server === pointed}
                />
              );
            })}
            {layout.nodes.map((node) => (
              <NodeView
                key={node.name}
                name={node.name}
                place={nodeBox(node)}
                row={red.get(node.name)}
                isFaint={pointed !== '' && pointed !== node.name && !near.has(node.name)}
                onPoint={setPointed}
                onOpen={onOpen}
              />
            ))}
          </g>
        </svg>
      </div>
    </div>
  );
}

/** Dragging the ground moves the drawing; the buttons zoom. The wheel is left to the page. */
function usePan() {
  const box = useRef<SVGSVGElement>(null);
  const [view, setView] = useState({ x: 0, y: 0, scale: 1 });
  const last = useRef<Point>(null);
  const unit = () => {
    const matrix = box.current?.getScreenCTM();
    return matrix ? 1 / matrix.a : 1;
  };
  const handlers = {
    onPointerDown: (event: React.PointerEvent<SVGSVGElement>) => {
      if (event.button !== 0 || event.target !== event.currentTarget) return;
      event.currentTarget.setPointerCapture(event.pointerId);
      last.current = { x: event.clientX, y: event.clientY };
    },
    onPointerMove: (event: React.PointerEvent<SVGSVGElement>) => {
      const from = last.current;
      if (from === null) return;
      const scale = unit();
      const [dx, dy] = [(event.clientX - from.x) * scale, (event.clientY - from.y) * scale];
      last.current = { x: event.clientX, y: event.clientY };
      setView((before) => ({ ...before, x: before.x + dx, y: before.y + dy }));
    },
    onPointerUp: () => {
      last.current = null;
    },
    onPointerCancel: () => {
      last.current = null;
    },
  };
  const zoom = (factor: number) => {
    const area = box.current?.viewBox.baseVal;
    const middle = { x: (area?.width ?? 0) / 2, y: (area?.height ?? 0) / 2 };
    setView((before) => {
      const scale = Math.min(4, Math.max(0.25, before.scale * factor));
      const share = scale / before.scale;
      return {
        scale,
        x: middle.x - (middle.x - before.x) * share,
        y: middle.y - (middle.y - before.y) * share,
      };
    });
  };
  return { box, view, handlers, zoom, reset: () => setView({ x: 0, y: 0, scale: 1 }) };
}

interface EdgeViewProps {
  readonly edge: Edge;
  readonly points: readonly { readonly layer: number; readonly y: number }[];
  readonly most: number;
  readonly isFaint: boolean;
  readonly isPointed: boolean;
}

function EdgeView({ edge, points, most, isFaint, isPointed }: EdgeViewProps) {
  const { path, middle, degrees } = curveOf(points);
  const width = 1.2 + 4 * Math.sqrt(most > 0 ? edge.rate / most : 0);
  const bad = Math.round(Math.min(1, edge.errors * 4 + (edge.errors > 0 ? 0.35 : 0)) * 100);
  const color = `color-mix(in oklab, var(--bad) ${bad}%, var(--line-strong))`;
  return (
    <g opacity={isFaint ? 0.15 : 1}>
      <path
        d={path}
        fill="none"
        stroke={color}
        strokeWidth={width}
        strokeDasharray={edge.type === 'messaging_system' ? '6 4' : ''}
      >
        <title>{edgeText(edge)}</title>
      </path>
      <path
        d="M-4 -4L4 0L-4 4"
        transform={`translate(${middle.x} ${middle.y}) rotate(${degrees})`}
        fill="none"
        stroke={color}
        strokeWidth="1.5"
      />
      {isPointed ? (
        <text
          x={middle.x}
          y={middle.y - 8}
          textAnchor="middle"
          className={`text-2xs ${edge.errors > 0 ? 'fill-bad' : 'fill-ink-2'}`}
          paintOrder="stroke"
          stroke="var(--surface)"
          strokeWidth="3"
        >
          {formatValue(edge.rate, 'per second')}
          {edge.errors > 0 ? `, ${formatValue(edge.errors, 'ratio')} fail` : ''}
        </text>
      ) : null}
    </g>
  );
}

function edgeText(edge: Edge): string {
  const p95 = Number.isFinite(edge.p95) ? `, p95 ${formatValue(edge.p95, 'seconds')}` : '';
  const type = edge.type === '' ? '' : ` (${edgeTypeText(edge.type)})`;
  return `${edge.client} to ${edge.server}${type}: ${formatValue(edge.rate, 'per second')}, ${formatValue(edge.errors, 'ratio')} fail${p95}`;
}

interface NodeViewProps {
  readonly name: string;
  readonly place: {
    readonly x: number;
    readonly y: number;
    readonly width: number;
    readonly height: number;
  };
  readonly row: RedRow | undefined;
  readonly isFaint: boolean;
  readonly onPoint: (name: string) => void;
  readonly onOpen: (name: string) => void;
}

const maxName = 20;

function NodeView({ name, place, row, isFaint, onPoint, onOpen }: NodeViewProps) {
  const { x, y, width, height } = place;
  const hasErrors = row !== undefined && row.errors > 0;
  const numbers =
    row === undefined
      ? 'not measured itself'
      : `${formatValue(row.rate, 'per second')}${Number.isFinite(row.p95) ? `, p95 ${formatValue(row.p95, 'seconds')}` : ''}`;
  return (
    <a
      href={`/services?${new URLSearchParams({ service: name })}`}
      aria-label={`${name}, ${numbers}${hasErrors ? `, ${formatValue(row.errors, 'ratio')} fail` : ''}`}
      style={{ opacity: isFaint ? 0.25 : 1 }}
      onClick={(event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        onOpen(name);
      }}
      onPointerEnter={() => onPoint(name)}
      onPointerLeave={() => onPoint('')}
      onFocus={() => onPoint(name)}
      onBlur={() => onPoint('')}
    >
      <rect
        x={x}
        y={y}
        width={width}
        height={height}
        rx="5"
        fill="var(--bg)"
        stroke={hasErrors ? 'var(--bad)' : 'var(--line-strong)'}
        strokeDasharray={row === undefined ? '4 3' : ''}
      />
      <rect x={x} y={y + 5} width="4" height={height - 10} rx="2" fill={serviceColor(name)} />
      <text x={x + 12} y={y + 18} className="fill-ink text-xs font-semibold">
        {name.length > maxName ? `${name.slice(0, maxName - 1)}…` : name}
      </text>
      <text x={x + 12} y={y + 34} className="fill-ink-2 text-2xs">
        {numbers}
      </text>
      {hasErrors ? (
        <text x={x + width - 8} y={y + 18} textAnchor="end" className="fill-bad text-2xs">
          {formatValue(row.errors, 'ratio')}
        </text>
      ) : null}
    </a>
  );
}
