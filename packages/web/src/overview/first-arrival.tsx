import { Link } from '@tanstack/react-router';
import type { IntakeStatus } from '../api/status.ts';
import { formatCount } from '../format/units.ts';
import { Icon } from '../ui/icon.tsx';

const words = {
  metrics: { item: 'points', first: 'sample', all: 'samples', to: '/explore', page: 'Explore' },
  logs: { item: 'records', first: 'log line', all: 'log lines', to: '/logs', page: 'Logs' },
  traces: { item: 'spans', first: 'span', all: 'spans', to: '/traces', page: 'Traces' },
} as const;

interface FirstArrivalProps {
  readonly intake: IntakeStatus | undefined;
  readonly kind: keyof typeof words;
}

/** Says, live, whether anything of a kind has arrived from outside since the start, and where to see it. */
export function FirstArrival({ intake, kind }: FirstArrivalProps) {
  if (intake === undefined) return <div className="skeleton h-9" />;
  const { item, first, all, to, page } = words[kind];
  const count = intake.protocols
    .filter((one) => one.protocol !== 'self')
    .reduce((sum, one) => sum + one[`${item}_accepted`], 0);
  if (count === 0) {
    return (
      <p
        role="status"
        className="flex min-h-9 items-center gap-2 border-line-strong border-l-2 px-3 text-ink-2"
      >
        <span aria-hidden="true" className="size-2 shrink-0 animate-pulse rounded-full bg-sight" />
        Waiting for the first {first} from outside. This line changes by itself when it arrives.
      </p>
    );
  }
  return (
    <p
      role="status"
      className="flex min-h-9 items-center gap-2 border-good border-l-2 bg-good-soft px-3 text-ink"
    >
      <span className="text-good">
        <Icon name="check" />
      </span>
      {formatCount(count)} {count === 1 ? first : all} from outside received.
      <Link to={to} className="ml-auto whitespace-nowrap text-accent underline">
        See them in {page}
      </Link>
    </p>
  );
}
