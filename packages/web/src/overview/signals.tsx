import { Link } from '@tanstack/react-router';
import type { IntakeStatus } from '../api/status.ts';
import { formatCount, formatValue } from '../format/units.ts';
import { type Item, sumRates, useReceivedRates } from './use-received.ts';
import { useSystem } from './use-status.ts';

interface Signal {
  readonly id: 'metrics' | 'logs' | 'traces';
  readonly title: string;
  readonly item: Item;
  readonly things: string;
  readonly to: '/explore' | '/logs' | '/traces';
}

const signals: readonly Signal[] = [
  { id: 'metrics', title: 'Metrics', item: 'points', things: 'points', to: '/explore' },
  { id: 'logs', title: 'Logs', item: 'records', things: 'lines', to: '/logs' },
  { id: 'traces', title: 'Traces', item: 'spans', things: 'spans', to: '/traces' },
];

/** What has come in of each kind, and the way to it. */
export function Signals({ intake }: { readonly intake: IntakeStatus | undefined }) {
  const { data: system } = useSystem();
  const rates = useReceivedRates();
  return (
    <ul aria-label="Signals" className="grid gap-px border border-line bg-line md:grid-cols-3">
      {signals.map(({ id, title, item, things, to }) => {
        const rate = sumRates(rates?.filter((one) => one.item === item));
        const count = intake?.protocols.reduce((sum, one) => sum + one[`${item}_accepted`], 0);
        return (
          <li key={id} className="min-w-0 bg-surface px-3 py-1.5">
            <p className="flex h-6 items-baseline gap-2">
              <Link to={to} className="text-accent underline">
                {title}
              </Link>
              <span className="font-semibold text-base">
                {rate === undefined ? '' : formatValue(rate, 'per second')}
              </span>
              {id === 'traces' && (
                <Link to="/services" className="ml-auto text-accent underline">
                  Services
                </Link>
              )}
            </p>
            <p
              title={system && `kept: ${system.retention[id]}`}
              className="h-5 truncate text-ink-3 text-xs"
            >
              {count === 0 ? (
                <Link to="." search={{ send: id }} hash="send-data" className="underline">
                  None since the start: how to send {id}
                </Link>
              ) : (
                count !== undefined &&
                `${formatCount(count)} ${things} since the start, kept ${system?.retention[id] ?? ''}`
              )}
            </p>
          </li>
        );
      })}
    </ul>
  );
}
