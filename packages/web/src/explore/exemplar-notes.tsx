import { Link } from '@tanstack/react-router';
import { formatValue } from '../format/units.ts';
import { formatClock, formatLocal } from '../time/range.ts';
import type { PlacedExemplar } from './exemplar-layer.ts';
import type { Exemplar } from './exemplars.ts';
import { formatSeries } from './series.ts';

const shown = 5;

/** What the diamonds on the graph are, and the ones with the greatest values as links. */
export function ExemplarNotes({ placed }: { readonly placed: readonly PlacedExemplar[] }) {
  if (placed.length === 0) return null;
  const greatest = placed
    .map((one) => one.exemplar)
    .toSorted((a, b) => b.value - a.value)
    .slice(0, shown);
  return (
    <p className="flex flex-wrap items-baseline gap-x-3 text-ink-3 text-xs">
      <span>
        <span aria-hidden="true" className="text-accent">
          ◇
        </span>{' '}
        {placed.length} {placed.length === 1 ? 'exemplar leads' : 'exemplars lead'} to traces; the
        greatest:
      </span>
      {greatest.map((one) => (
        <Link
          key={one.traceId}
          to="/traces/$traceId"
          params={{ traceId: one.traceId }}
          search={searchOf(one)}
          preload={false}
          title={formatSeries(one.series)}
          className="text-accent underline"
        >
          {valueText(one)} at {formatClock(one.timeS * 1000)}
        </Link>
      ))}
    </p>
  );
}

/** The span that was measured is opened in its trace. */
export function searchOf({ spanId }: Exemplar): Record<string, string> {
  return spanId === '' ? {} : { span: spanId };
}

function valueText({ value, series }: Exemplar): string {
  const name = series.__name__ ?? '';
  return formatValue(value, /_(seconds|latency)(_bucket)?$/.test(name) ? 'seconds' : 'number');
}

interface ExemplarTipProps {
  readonly exemplar: Exemplar;
  readonly left: number;
  readonly top: number;
}

/** Beside the diamond under the pointer: what it measured. */
export function ExemplarTip({ exemplar, left, top }: ExemplarTipProps) {
  const side = left > 360 ? { right: `calc(100% - ${left - 4}px)` } : { left: left + 20 };
  return (
    <div
      aria-hidden="true"
      style={{ ...side, top: top + 18 }}
      className="pointer-events-none absolute z-20 max-w-[min(460px,80%)] rounded-md border border-line-strong bg-surface p-2 text-xs shadow-(--shadow)"
    >
      <p className="font-semibold">{valueText(exemplar)}</p>
      <p className="text-ink-3">{formatLocal(exemplar.timeS * 1000)}</p>
      <p className="break-words text-ink-2">{formatSeries(exemplar.series)}</p>
      <p className="text-accent">Trace {exemplar.traceId.slice(0, 8)}: click to open</p>
    </div>
  );
}
