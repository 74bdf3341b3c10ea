import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import { fetchSpan, type SpanDetail } from '../api/traces.ts';
import { spansText } from '../format/units.ts';
import { Button } from '../ui/button.tsx';
import { Icon } from '../ui/icon.tsx';
import { Notice } from '../ui/notice.tsx';
import { Attributes } from './attributes.tsx';
import { metricsSearch } from './links.ts';
import { ServiceTag } from './service-tag.tsx';
import { SpanLogs } from './span-logs.tsx';
import { durationText } from './time-text.ts';
import { ERROR_STATUS, kindName, nameOf, nanosToMs, serviceOf } from './trace.ts';
import type { TraceModel } from './use-trace.ts';
import { ErrorMark } from './waterfall-row.tsx';

interface SpanPanelProps {
  readonly model: TraceModel;
  readonly row: number;
  readonly onClose: () => void;
  /** Shows the time of the span. */
  readonly onZoom: () => void;
  /** Opens another span of this trace. */
  readonly onSpan: (spanId: string) => void;
}

/** Everything about one span; what the columns do not hold is loaded when it is opened. */
export function SpanPanel({ model, row, onClose, onZoom, onSpan }: SpanPanelProps) {
  const { trace } = model;
  const spanId = trace.ids[row] ?? '';
  const { data, error } = useQuery({
    queryKey: ['span', trace.id, spanId],
    queryFn: ({ signal }) => fetchSpan(trace.id, spanId, signal),
    staleTime: Number.POSITIVE_INFINITY,
  });
  const startMs = trace.startMs + (trace.startUs[row] ?? 0) / 1000;
  return (
    <aside aria-label="Span" className="flex h-full flex-col border border-line bg-surface">
      <header className="flex items-start gap-2 border-line border-b py-2 pr-1 pl-3">
        <div className="min-w-0 flex-1">
          <p className="text-ink-2 text-xs">
            <ServiceTag name={serviceOf(trace, row)} />
          </p>
          <h2 className="break-words font-semibold text-base">{nameOf(trace, row)}</h2>
        </div>
        <Button
          look="quiet"
          icon
          aria-label="Zoom to the span"
          title="Zoom to the span (z)"
          onClick={onZoom}
        >
          <ZoomIn />
        </Button>
        <Button look="quiet" icon aria-label="Close the span" title="Close (Esc)" onClick={onClose}>
          <Icon name="close" />
        </Button>
      </header>
      <div className="min-h-0 flex-1 overflow-y-auto overscroll-contain px-3 pb-6">
        <Facts model={model} row={row} detail={data} />
        {error !== null ? (
          <Notice tone="bad" title="The span could not be loaded">
            {error.message}
          </Notice>
        ) : null}
        {data === undefined ? (
          error === null ? (
            <div className="skeleton h-40" />
          ) : null
        ) : (
          <Detail trace={trace.id} detail={data} onSpan={onSpan} startMs={startMs} />
        )}
        <Part title="Logs" isOpen>
          <SpanLogs
            key={spanId}
            traceId={trace.id}
            spanId={spanId}
            startMs={startMs}
            durationUs={trace.spanUs[row] ?? 0}
          />
        </Part>
      </div>
    </aside>
  );
}

function ZoomIn() {
  return (
    <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
      <path
        d="M2.5 3.5v9M13.5 3.5v9M5 8h6M6.8 6L4.8 8l2 2M9.2 6l2 2-2 2"
        fill="none"
        stroke="currentColor"
        strokeWidth="1.4"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </svg>
  );
}

interface FactsProps {
  readonly model: TraceModel;
  readonly row: number;
  readonly detail: SpanDetail | undefined;
}

function Facts({ model, row, detail }: FactsProps) {
  const { trace, path, tree } = model;
  const isError = trace.status[row] === ERROR_STATUS;
  const critical = path.ownUs[row] ?? 0;
  const startMs = trace.startMs + (trace.startUs[row] ?? 0) / 1000;
  const service = serviceOf(trace, row);
  const name = nameOf(trace, row);
  const link = 'text-accent underline';
  return (
    <div className="border-line border-b py-2 text-xs">
      {isError ? (
        <p className="mb-2 flex items-center gap-1.5 break-words bg-bad-soft px-2 py-1 text-bad">
          <ErrorMark />
          {detail !== undefined && detail.status_message !== '' ? detail.status_message : 'Error'}
        </p>
      ) : null}
      <p className="text-ink-2">
        <strong className="font-semibold text-ink">{durationText(trace.spanUs[row] ?? 0)}</strong>,
        from {durationText(trace.startUs[row] ?? 0)}
        {trace.kind[row] === 0 ? '' : `, ${kindName(trace.kind[row] ?? 0)}`}
        {(tree.size[row] ?? 1) > 1 ? `, ${spansText((tree.size[row] ?? 1) - 1)} below` : ''}
      </p>
      {critical > 0 ? (
        <p className="text-ink-2">
          {durationText(critical)} on the critical path (
          {((critical / trace.durationUs) * 100).toFixed(1)} % of the trace)
        </p>
      ) : null}
      <p className="break-all font-mono text-ink-3">{trace.ids[row]}</p>
      <p className="flex flex-wrap gap-x-4 pt-1">
        <Link
          to="/traces"
          preload={false}
          search={{
            q: `{ resource.service.name = ${JSON.stringify(service)} && name = ${JSON.stringify(name)} }`,
          }}
          className={link}
        >
          Traces like this
        </Link>
        <Link to="/explore" search={metricsSearch(service, name, startMs)} className={link}>
          Metrics
        </Link>
        <Link to="/services" search={{ service }} className={link}>
          Service
        </Link>
      </p>
    </div>
  );
}

/** Most events and links that are drawn. */
const maxEvents = 200;

interface DetailProps {
  readonly trace: string;
  readonly detail: SpanDetail;
  readonly startMs: number;
  readonly onSpan: (spanId: string) => void;
}

function Detail({ trace, detail, startMs, onSpan }: DetailProps) {
  const [filter, setFilter] = useState('');
  const { attributes, events, links, resource, scope } = detail;
  const dropped = detail.dropped_attributes + detail.dropped_events + detail.dropped_links;
  return (
    <>
      {attributes.length + resource.length > 12 ? (
        <input
          value={filter}
          onChange={(event) => setFilter(event.target.value)}
          placeholder="Filter attributes"
          aria-label="Filter attributes"
          className="mt-2 h-7 w-full rounded-md border border-line-strong bg-bg px-2 text-sm"
        />
      ) : null}
      <Part title="Attributes" count={attributes.length} isOpen>
        <Attributes attributes={attributes} scope="span" filter={filter} />
      </Part>
      {events.length > 0 ? (
        <Part title="Events" count={events.length} isOpen>
          <ol className="text-xs">
            {events.slice(0, maxEvents).map((event, index) => (
              <li
                key={`${event.time_ns} ${index}`}
                className="border-line border-b py-1 last:border-b-0"
              >
                <p>
                  <span className="mr-2 text-ink-3">
                    {durationText((nanosToMs(event.time_ns) - startMs) * 1000)}
                  </span>
                  <span className={event.name === 'exception' ? 'text-bad' : 'font-medium'}>
                    {event.name}
                  </span>
                </p>
                {event.attributes.length > 0 ? (
                  <Attributes attributes={event.attributes} filter={filter} />
                ) : null}
              </li>
            ))}
          </ol>
          {events.length > maxEvents ? (
            <p className="text-ink-3 text-xs">{events.length - maxEvents} more are not shown.</p>
          ) : null}
        </Part>
      ) : null}
      {links.length > 0 ? (
        <Part title="Links" count={links.length} isOpen>
          <ul className="text-xs">
            {links.slice(0, maxEvents).map((link, index) => (
              <li key={`${link.span_id} ${index}`} className="py-1">
                {link.trace_id === trace ? (
                  <button
                    type="button"
                    className="text-accent underline"
                    onClick={() => onSpan(link.span_id)}
                  >
                    Span {link.span_id} of this trace
                  </button>
                ) : (
                  <Link
                    to="/traces/$traceId"
                    params={{ traceId: link.trace_id }}
                    search={{ span: link.span_id }}
                    preload={false}
                    className="break-all text-accent underline"
                  >
                    Trace {link.trace_id}
                  </Link>
                )}
                {link.attributes.length > 0 ? <Attributes attributes={link.attributes} /> : null}
              </li>
            ))}
          </ul>
        </Part>
      ) : null}
      <Part title="Resource" count={resource.length}>
        <Attributes attributes={resource} scope="resource" filter={filter} />
      </Part>
      {scope.name === '' ? null : (
        <p className="pt-2 text-ink-3 text-xs">
          Made by {scope.name} {scope.version}
        </p>
      )}
      {detail.trace_state === '' ? null : (
        <p className="break-all pt-1 text-ink-3 text-xs">
          Trace state <span className="font-mono">{detail.trace_state}</span>
        </p>
      )}
      {dropped > 0 ? (
        <p className="pt-1 text-warn text-xs">
          The sender left out {detail.dropped_attributes} attributes, {detail.dropped_events} events
          and {detail.dropped_links} links.
        </p>
      ) : null}
    </>
  );
}

interface PartProps {
  readonly title: string;
  readonly count?: number;
  readonly isOpen?: boolean;
  readonly children: ReactNode;
}

function Part({ title, count, isOpen = false, children }: PartProps) {
  return (
    <details open={isOpen} className="pt-2">
      <summary className="font-semibold text-sm">
        {title}
        {count === undefined ? null : (
          <span className="ml-1.5 font-normal text-ink-3">{count}</span>
        )}
      </summary>
      <div className="pt-1">{children}</div>
    </details>
  );
}
