import type { IntakeStatus } from '../api/status.ts';
import { formatAge } from '../format/age.ts';
import { formatCount } from '../format/units.ts';
import { protocolName, reasonText } from './protocols.ts';
import { useOverviewTime } from './use-overview-time.ts';

/** Points that were not stored, by reason, with the last message in full. */
export function Refused({ intake }: { readonly intake: IntakeStatus | undefined }) {
  const { nowMs } = useOverviewTime();
  if (intake === undefined) return <div className="skeleton h-9" />;
  if (intake.rejections.length === 0)
    return <p className="py-1.5 text-ink-3">Nothing has been refused since the start.</p>;
  return (
    <ul>
      {intake.rejections.map((one) => (
        <li
          key={`${one.protocol} ${one.reason}`}
          className="border-line border-b py-1.5 last:border-b-0"
        >
          <div className="flex flex-wrap items-baseline gap-x-2">
            <span className="font-medium text-bad">{formatCount(one.points)}</span>
            <span>{reasonText(one.reason)}</span>
            <span className="text-ink-3">{protocolName(one.protocol)}</span>
            <span className="ml-auto text-ink-3 text-xs">{formatAge(one.last_ms, nowMs)}</span>
          </div>
          <p className="break-words font-mono text-ink-2 text-xs">{one.last_message}</p>
        </li>
      ))}
    </ul>
  );
}
