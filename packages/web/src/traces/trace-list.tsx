import { Link } from '@tanstack/react-router';
import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { memo, useLayoutEffect, useRef, useState } from 'react';
import { formatCount, formatValue, spansText } from '../format/units.ts';
import { formatLocal } from '../time/range.ts';
import type { FoundTrace } from './found-traces.ts';
import { ServiceTag } from './service-tag.tsx';

interface TraceListProps {
  readonly traces: readonly FoundTrace[];
  readonly picked: readonly string[];
  readonly onPick: (id: string) => void;
  readonly onPoint: (id: string | null) => void;
}

const rowHeight = 52;
const shownServices = 6;

/** What was found. Only the rows in view are in the document. */
export function TraceList({ traces, picked, onPick, onPoint }: TraceListProps) {
  const list = useRef<HTMLUListElement>(null);
  const [offset, setOffset] = useState(0);
  useLayoutEffect(() => setOffset(list.current?.offsetTop ?? 0), []);
  const virtualizer = useWindowVirtualizer({
    count: traces.length,
    estimateSize: () => rowHeight,
    overscan: 12,
    scrollMargin: offset,
  });
  const longest = traces.reduce((most, trace) => Math.max(most, trace.durationMs), 0);
  return (
    <ul
      ref={list}
      aria-label="Traces"
      className="relative mt-2"
      style={{ height: virtualizer.getTotalSize() }}
      onPointerLeave={() => onPoint(null)}
    >
      {virtualizer.getVirtualItems().map((item) => {
        const trace = traces[item.index];
        return trace === undefined ? null : (
          <li
            key={trace.id}
            className="absolute inset-x-0"
            style={{ height: rowHeight, transform: `translateY(${item.start - offset}px)` }}
            onPointerEnter={() => onPoint(trace.id)}
          >
            <TraceRow
              trace={trace}
              longest={longest}
              picked={picked.includes(trace.id)}
              onPick={onPick}
            />
          </li>
        );
      })}
    </ul>
  );
}

interface TraceRowProps {
  readonly trace: FoundTrace;
  readonly longest: number;
  readonly picked: boolean;
  readonly onPick: (id: string) => void;
}

const TraceRow = memo(function TraceRow({ trace, longest, picked, onPick }: TraceRowProps) {
  const title = trace.service === '' ? 'Root span not received' : trace.name;
  return (
    <div className="flex h-full items-stretch border-line border-b hover:bg-sunken">
      <label
        className="flex w-8 shrink-0 cursor-pointer items-center justify-center"
        title="Choose for comparison"
      >
        <input
          type="checkbox"
          checked={picked}
          onChange={() => onPick(trace.id)}
          aria-label={`Compare ${title}`}
          className="accent-(--accent)"
        />
      </label>
      <Link
        to="/traces/$traceId"
        params={{ traceId: trace.id }}
        preload={false}
        className="grid min-w-0 flex-1 grid-cols-[minmax(0,1fr)_auto] content-center gap-x-4 py-1.5 pr-1"
      >
        <span className="flex min-w-0 items-baseline gap-2">
          {trace.service === '' ? null : (
            <span className="max-w-[45%] shrink-0 text-ink-2">
              <ServiceTag name={trace.service} />
            </span>
          )}
          <span className="truncate font-medium text-ink">{title}</span>
          {trace.errors > 0 ? (
            <span className="shrink-0 rounded-sm bg-bad-soft px-1 text-bad text-xs">
              {formatCount(trace.errors)} {trace.errors === 1 ? 'error' : 'errors'}
            </span>
          ) : null}
        </span>
        <span className="flex items-center justify-end gap-2">
          <span aria-hidden="true" className="h-1.5 w-24 bg-sunken max-sm:hidden">
            <span
              className={`block h-full ${trace.errors > 0 ? 'bg-bad' : 'bg-accent'}`}
              style={{
                width: `${longest > 0 ? Math.max(1, (trace.durationMs / longest) * 100) : 0}%`,
              }}
            />
          </span>
          <span className="w-16 text-right">{formatValue(trace.durationMs / 1000, 'seconds')}</span>
        </span>
        <span className="flex min-w-0 items-baseline gap-3 overflow-hidden text-ink-3 text-xs">
          <span className="shrink-0">{spansText(trace.spans)}</span>
          {trace.services.slice(0, shownServices).map((one) => (
            <span key={one.name} className="shrink-0">
              <ServiceTag name={one.name}>
                <span className={one.errors > 0 ? 'text-bad' : ''}>{formatCount(one.spans)}</span>
              </ServiceTag>
            </span>
          ))}
          {trace.services.length > shownServices ? (
            <span className="whitespace-nowrap">{trace.services.length - shownServices} more</span>
          ) : null}
        </span>
        <span className="whitespace-nowrap text-right text-ink-3 text-xs">
          {formatLocal(trace.startMs)}
        </span>
      </Link>
    </div>
  );
});
