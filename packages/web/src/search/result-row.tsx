import { Link } from '@tanstack/react-router';
import { memo, type ReactNode } from 'react';
import type { SearchItem } from '../api/search.ts';
import { formatCount, formatValue } from '../format/units.ts';
import { levelColors, levelOfText } from '../logs/levels.ts';
import { exactTime, lineTime, oneLine } from '../logs/line-text.ts';
import { Marked } from '../logs/marked.tsx';
import { ServiceTag } from '../traces/service-tag.tsx';
import type { Target } from './targets.ts';

interface ResultRowProps {
  readonly item: SearchItem;
  readonly index: number;
  readonly target: Target | undefined;
  readonly pattern: RegExp | undefined;
  readonly withDate: boolean;
  /** The longest of the traces shown. */
  readonly longestMs: number;
}

const kinds = { logs: 'Log', traces: 'Trace', metrics: 'Metric' };

/** One result: when, what kind, and what it is in the look of its kind. All of it is the link. */
export const ResultRow = memo(function ResultRow(props: ResultRowProps) {
  const { item, index, target, withDate } = props;
  const time = item.time_ns;
  return (
    <RowFrame target={target} index={index} source={item.source}>
      <span
        aria-hidden="true"
        className="absolute inset-y-0 left-0 w-[3px]"
        style={{ background: edgeOf(item) }}
      />
      <span
        title={time === null ? undefined : exactTime(time)}
        className={`shrink-0 text-ink-3 text-xs ${withDate ? 'sm:w-[9.5rem]' : 'sm:w-24'} ${time === null ? 'max-sm:hidden' : ''}`}
      >
        {time === null ? '' : lineTime(time, withDate)}
      </span>
      <span className="w-11 shrink-0 text-ink-3 text-xs">{kinds[item.signal]}</span>
      <Content {...props} />
      {item.source === 'local' ? null : (
        <span className="shrink-0 rounded-sm bg-sunken px-1.5 text-ink-2 text-xs">
          {item.source}
        </span>
      )}
    </RowFrame>
  );
});

const frame =
  'relative flex items-baseline gap-x-3 gap-y-0.5 border-line border-b py-1.5 pr-2 pl-3 hover:bg-sunken focus:bg-accent-soft focus-visible:-outline-offset-2 max-sm:flex-wrap';

function RowFrame(props: {
  readonly target: Target | undefined;
  readonly index: number;
  readonly source: string;
  readonly children: ReactNode;
}) {
  const { target, index, children } = props;
  if (target === undefined) {
    return (
      <div
        className={frame}
        tabIndex={-1}
        data-result={index}
        title={`Found on ${props.source}: it can be opened there only`}
      >
        {children}
      </div>
    );
  }
  const common = { preload: false, className: frame, 'data-result': index } as const;
  return target.to === '/traces/$traceId' ? (
    <Link to={target.to} params={{ traceId: target.traceId }} search={target.search} {...common}>
      {children}
    </Link>
  ) : (
    <Link to={target.to} search={target.search} {...common}>
      {children}
    </Link>
  );
}

function edgeOf({ signal, labels }: SearchItem): string {
  if (signal === 'logs') return levelColors[levelOfText(labels.detected_level)];
  if (signal === 'traces') return Number(labels.errors) > 0 ? 'var(--bad)' : 'var(--accent)';
  return 'var(--line-strong)';
}

function Content(props: ResultRowProps) {
  switch (props.item.signal) {
    case 'logs':
      return <LogContent {...props} />;
    case 'traces':
      return <TraceContent {...props} />;
    case 'metrics':
      return <MetricContent {...props} />;
  }
}

const levelTones: Readonly<Record<string, string>> = {
  fatal: 'text-bad font-semibold',
  error: 'text-bad',
  warn: 'text-warn',
};

/** Level, service, and the line with the words marked. */
function LogContent({ item, pattern }: ResultRowProps) {
  const level = levelOfText(item.labels.detected_level);
  return (
    <>
      <span
        className={`w-[5ch] shrink-0 font-mono text-xs uppercase ${levelTones[level] ?? 'text-ink-3'}`}
      >
        {level === 'unknown' ? '–' : level}
      </span>
      <span
        className="flex w-32 min-w-0 shrink-0 text-ink-2 text-xs max-sm:flex-1 lg:w-44"
        title={item.service}
      >
        {item.service === '' ? null : <ServiceTag name={item.service} />}
      </span>
      <span className="wrap-anywhere line-clamp-3 min-w-0 flex-1 font-mono text-ink text-xs max-sm:basis-full">
        <Marked text={excerpt(item.text, pattern)} pattern={pattern} />
      </span>
    </>
  );
}

/** A long line is shown from a little before the first word that was looked for. */
function excerpt(text: string, pattern: RegExp | undefined): string {
  const at =
    pattern === undefined || text.length < 400 ? 0 : Math.max(0, text.search(pattern) - 80);
  return at === 0 ? oneLine(text) : `… ${oneLine(text.slice(at))}`;
}

/** Root, the span that was found if it is another, how long it took beside the others, how much went wrong. */
function TraceContent({ item, pattern, longestMs }: ResultRowProps) {
  const { span_name: span, spans, errors } = item.labels;
  const durationMs = item.duration_ms ?? 0;
  const failed = Number(errors ?? 0);
  const share = longestMs > 0 ? Math.max(1, (durationMs / longestMs) * 100) : 0;
  return (
    <>
      <span className="flex min-w-0 flex-1 flex-wrap items-baseline gap-x-2 max-sm:order-last max-sm:basis-full">
        {item.service === '' ? (
          <span className="text-ink-2">Root span not received</span>
        ) : (
          <span className="max-w-full text-ink-2">
            <ServiceTag name={item.service} />
          </span>
        )}
        <span className="wrap-anywhere font-medium text-ink">
          <Marked text={item.text} pattern={pattern} />
        </span>
        {span === undefined || span === item.text ? null : (
          <span className="wrap-anywhere text-ink-2 text-xs">
            found in <Marked text={span} pattern={pattern} />
          </span>
        )}
        {spans === undefined ? null : (
          <span className="whitespace-nowrap text-ink-3 text-xs">{countText(spans, 'span')}</span>
        )}
        {failed > 0 ? (
          <span className="whitespace-nowrap rounded-sm bg-bad-soft px-1 text-bad text-xs">
            {countText(String(failed), 'error')}
          </span>
        ) : null}
      </span>
      <span className="flex shrink-0 items-center justify-end gap-2 self-center max-sm:ml-auto">
        <span aria-hidden="true" className="h-1.5 w-24 bg-sunken max-sm:hidden">
          <span
            className={`block h-full ${failed > 0 ? 'bg-bad' : 'bg-accent'}`}
            style={{ width: `${share}%` }}
          />
        </span>
        <span className="w-16 text-right">
          {durationMs < 1 ? '< 1 ms' : formatValue(durationMs / 1000, 'seconds')}
        </span>
      </span>
    </>
  );
}

function countText(count: string, what: string): string {
  return `${formatCount(Number(count))} ${what}${count === '1' ? '' : 's'}`;
}

/** Name, type and what it says of itself. */
function MetricContent({ item, pattern }: ResultRowProps) {
  const { type = '', help = '', unit = '' } = item.labels;
  return (
    <span className="flex min-w-0 flex-1 flex-wrap items-baseline gap-x-3 max-sm:basis-full">
      <span className="wrap-anywhere font-mono text-ink text-xs">
        <Marked text={item.text} pattern={pattern} />
      </span>
      {type === '' || type === 'unknown' ? null : (
        <span className="rounded-sm border border-line px-1 text-2xs text-ink-2">{type}</span>
      )}
      {unit === '' ? null : <span className="text-ink-3 text-xs">{unit}</span>}
      <span className="min-w-0 text-ink-2 text-xs">{help}</span>
    </span>
  );
}
