import type { IntakeStatus } from '../api/status.ts';
import { formatAge } from '../format/age.ts';
import { Icon } from '../ui/icon.tsx';
import { useOverviewTime } from './use-overview-time.ts';

/** Says, live, whether anything from outside has arrived. */
export function FirstSample({ intake }: { readonly intake: IntakeStatus | undefined }) {
  const { nowMs } = useOverviewTime();
  if (intake === undefined) return <div className="skeleton h-9" />;
  const firstMs = intake.first_external_sample_ms;
  if (firstMs === null) {
    return (
      <p
        role="status"
        className="flex min-h-9 items-center gap-2 border-line-strong border-l-2 px-3 text-ink-2"
      >
        <span aria-hidden="true" className="size-2 animate-pulse rounded-full bg-sight" />
        Waiting for the first sample from outside. This line changes by itself when it arrives.
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
      First sample from outside received {formatAge(firstMs, nowMs)}.
    </p>
  );
}
