import { memo } from 'react';
import { serviceColor } from '../chart/service-colors.ts';
import { formatCount, spansText } from '../format/units.ts';
import { durationText } from './time-text.ts';
import { ERROR_STATUS, endOf, nameOf, serviceOf } from './trace.ts';
import type { TimeWindow } from './trace-state.ts';
import type { TraceModel } from './use-trace.ts';

export const rowHeight = 24;
const indentPx = 12;
/** Deeper spans are not moved in further, or their names would have no room. */
const maxIndent = 16;

interface WaterfallRowProps {
  readonly model: TraceModel;
  readonly row: number;
  readonly id: string;
  readonly top: number;
  readonly nameWidth: number;
  readonly timeWidth: number;
  readonly window: TimeWindow;
  readonly isClosed: boolean;
  readonly isSelected: boolean;
  readonly isCursor: boolean;
  /** Does not match the search. */
  readonly isFaint: boolean;
  readonly showCritical: boolean;
  readonly onToggle: (row: number) => void;
  readonly onSelect: (row: number) => void;
}

/** One span: its place in the tree, its names, its bar. */
export const WaterfallRow = memo(function WaterfallRow(props: WaterfallRowProps) {
  const { model, row, isSelected, isCursor, isFaint } = props;
  const { tree } = model;
  const ground = isSelected ? 'bg-accent-soft' : isCursor ? 'bg-sunken' : 'hover:bg-sunken';
  return (
    <div
      id={props.id}
      role="treeitem"
      tabIndex={-1}
      aria-level={(tree.depth[row] ?? 0) + 1}
      aria-selected={isSelected}
      aria-expanded={(tree.size[row] ?? 1) > 1 ? !props.isClosed : undefined}
      className={`absolute inset-x-0 flex cursor-default ${ground} ${isFaint ? 'opacity-35' : ''}`}
      style={{ height: rowHeight, transform: `translateY(${props.top}px)` }}
      onClick={() => props.onSelect(row)}
      onKeyDown={(event) => {
        if (event.key !== 'Enter' || event.target !== event.currentTarget) return;
        event.preventDefault();
        props.onSelect(row);
      }}
    >
      <NameCell {...props} />
      <TimeCell {...props} />
      {isCursor ? (
        <span className="pointer-events-none absolute inset-y-0 left-0 w-0.5 bg-accent" />
      ) : null}
    </div>
  );
});

function NameCell({ model, row, nameWidth, isClosed, onToggle }: WaterfallRowProps) {
  const { trace, tree } = model;
  const depth = tree.depth[row] ?? 0;
  const below = (tree.size[row] ?? 1) - 1;
  const service = serviceOf(trace, row);
  const up = tree.parent[row] ?? -1;
  const isError = trace.status[row] === ERROR_STATUS;
  const hidden = isClosed ? (tree.errors[row] ?? 0) - (isError ? 1 : 0) : 0;
  return (
    <div
      className="flex shrink-0 items-center gap-1 overflow-hidden pr-2 text-xs"
      style={{ width: nameWidth, paddingLeft: 4 + Math.min(depth, maxIndent) * indentPx }}
    >
      {below > 0 ? (
        <button
          type="button"
          tabIndex={-1}
          aria-label={`${isClosed ? 'Show' : 'Hide'} ${spansText(below)} below`}
          onClick={(event) => {
            event.stopPropagation();
            onToggle(row);
          }}
          className="flex h-4 min-w-4 shrink-0 items-center justify-center rounded-sm text-ink-3 hover:bg-line hover:text-ink"
        >
          <svg viewBox="0 0 8 8" width="8" height="8" aria-hidden="true">
            <path
              d={isClosed ? 'M2.5 1L6 4L2.5 7' : 'M1 2.5L4 6L7 2.5'}
              fill="none"
              stroke="currentColor"
              strokeWidth="1.3"
            />
          </svg>
        </button>
      ) : (
        <span className="w-4 shrink-0" />
      )}
      <span
        aria-hidden="true"
        className="h-3.5 w-1 shrink-0 rounded-sm"
        style={{ background: serviceColor(service) }}
      />
      {depth > maxIndent ? <span className="shrink-0 text-ink-3">{depth}</span> : null}
      {isError ? <ErrorMark /> : null}
      {up >= 0 && serviceOf(trace, up) === service ? null : (
        <span className="shrink-0 font-medium">{service}</span>
      )}
      <span className={`truncate ${isError ? 'text-bad' : 'text-ink-2'}`}>
        {nameOf(trace, row)}
      </span>
      {isClosed ? (
        <span className="shrink-0 rounded-sm bg-sunken px-1 text-ink-3">
          {formatCount(below)}
          {hidden > 0 ? <span className="text-bad"> {formatCount(hidden)}!</span> : null}
        </span>
      ) : null}
    </div>
  );
}

/** A filled circle with an exclamation mark: an error is told by shape, not by colour alone. */
export function ErrorMark() {
  return (
    <svg
      viewBox="0 0 12 12"
      width="12"
      height="12"
      role="img"
      aria-label="error"
      className="shrink-0 text-bad"
    >
      <circle cx="6" cy="6" r="5.5" fill="currentColor" />
      <path d="M6 2.8v3.8M6 8.4v.9" stroke="var(--bg)" strokeWidth="1.4" />
    </svg>
  );
}

function TimeCell(props: WaterfallRowProps) {
  const { model, row, window, timeWidth, showCritical } = props;
  const { trace } = model;
  const scale = timeWidth / (window.toUs - window.fromUs);
  const from = ((trace.startUs[row] ?? 0) - window.fromUs) * scale;
  const to = (endOf(trace, row) - window.fromUs) * scale;
  const left = Math.max(-2, from);
  const right = Math.min(timeWidth + 2, Math.max(to, from + 2));
  const isError = trace.status[row] === ERROR_STATUS;
  const inside = right > 0 && left < timeWidth;
  const color = serviceColor(serviceOf(trace, row));
  return (
    <div className="relative min-w-0 flex-1 overflow-hidden">
      {inside ? (
        <>
          <span
            className={`absolute top-[6px] h-[10px] rounded-sm ${isError ? 'outline-1 outline-bad outline-offset-1' : ''}`}
            style={{ left, width: Math.max(2, right - left), background: color }}
          />
          {showCritical ? <CriticalPieces {...props} scale={scale} /> : null}
          <BarLabel
            left={left}
            right={right}
            width={timeWidth}
            text={durationText(trace.spanUs[row] ?? 0)}
          />
        </>
      ) : (
        <span
          className={`absolute top-0.5 text-ink-3 text-xs ${right <= 0 ? 'left-1' : 'right-1'}`}
        >
          {right <= 0 ? '◂' : '▸'}
        </span>
      )}
    </div>
  );
}

const labelRoom = 64;

/** The duration stands where there is room: after the bar, before it, or inside. */
function BarLabel(props: {
  readonly left: number;
  readonly right: number;
  readonly width: number;
  readonly text: string;
}) {
  const { left, right, width, text } = props;
  const look = 'absolute top-0.5 whitespace-nowrap text-xs';
  if (width - right > labelRoom)
    return (
      <span className={`${look} text-ink-3`} style={{ left: right + 6 }}>
        {text}
      </span>
    );
  if (left > labelRoom)
    return (
      <span className={`${look} left-0 text-right text-ink-3`} style={{ width: left - 6 }}>
        {text}
      </span>
    );
  return (
    <span className={`${look} left-0 text-right`} style={{ width: Math.min(width, right) - 6 }}>
      <span className="rounded-sm bg-surface/85 px-1 text-ink-2">{text}</span>
    </span>
  );
}

/** The parts of the bar that are on the critical path; parts closer than a pixel are drawn as one. */
function CriticalPieces({
  model,
  row,
  window,
  timeWidth,
  scale,
}: WaterfallRowProps & { readonly scale: number }) {
  const { path } = model;
  const drawn: { from: number; to: number }[] = [];
  for (let at = path.first[row] ?? 0; at < (path.first[row + 1] ?? 0); at += 1) {
    const piece = path.pieces[at] ?? 0;
    const from = Math.max(0, ((path.fromUs[piece] ?? 0) - window.fromUs) * scale);
    const to = Math.min(timeWidth, ((path.toUs[piece] ?? 0) - window.fromUs) * scale);
    if (to <= from) continue;
    const last = drawn.at(-1);
    if (last !== undefined && from - last.to < 1) last.to = to;
    else drawn.push({ from, to });
  }
  return drawn.map(({ from, to }) => (
    <span
      key={from}
      className="absolute top-[17px] h-[3px] bg-ink"
      style={{ left: from, width: Math.max(1, to - from) }}
    />
  ));
}
