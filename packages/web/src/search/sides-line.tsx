import { msOfNs } from '../api/loki.ts';
import { formatCount } from '../format/units.ts';
import { formatLocal } from '../time/range.ts';
import type { RunSide } from './run.ts';

const signalNames = { logs: 'Logs', traces: 'Traces', metrics: 'Metrics' };

/** `Logs` for our own store, `NAME (logs)` for another server. */
export function sideName({ source, signal }: Pick<RunSide, 'source' | 'signal'>): string {
  return source === 'local' ? signalNames[signal] : `${source} (${signal})`;
}

/** Whom the search asks, and how far each has come. */
export function SidesLine({ sides }: { readonly sides: readonly RunSide[] }) {
  return (
    <ul aria-label="Sides of the search" className="flex flex-wrap gap-x-5 gap-y-1 text-xs">
      {sides.map((side) => (
        <li key={sideName(side)} className="flex min-w-0 items-baseline gap-1.5 whitespace-nowrap">
          <span
            aria-hidden="true"
            className={`size-1.5 shrink-0 self-center rounded-full ${toneOf(side)}`}
          />
          <span className="text-ink-2">{sideName(side)}</span>
          <span className="text-ink-3" title={detailOf(side)}>
            {stateOf(side)}
          </span>
        </li>
      ))}
    </ul>
  );
}

function toneOf({ ended }: RunSide): string {
  if (ended === undefined) return 'animate-pulse bg-accent';
  if (ended.error !== '') return 'bg-bad';
  return ended.skipped === '' ? 'bg-good' : 'border border-line-strong';
}

function stateOf({ ended, oldestNs }: RunSide): string {
  if (ended === undefined) return 'searching …';
  if (ended.error !== '') return 'failed';
  if (ended.skipped !== '') return 'not asked';
  const took = `${formatCount(ended.took_ms)} ms`;
  if (!ended.more) return `${formatCount(ended.count)} in ${took}`;
  if (oldestNs === undefined) return `first ${formatCount(ended.count)} in ${took}`;
  const since = formatLocal(msOfNs(oldestNs)).slice(11);
  return `newest ${formatCount(ended.count)}, back to ${since}, in ${took}`;
}

function detailOf({ ended, signal }: RunSide): string | undefined {
  if (ended === undefined) return undefined;
  if (ended.skipped !== '') return ended.skipped;
  return ended.more ? `There are more ${signal} than these` : undefined;
}
