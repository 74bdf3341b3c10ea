import type { IntakeStatus } from '../api/status.ts';
import { formatAge } from '../format/age.ts';
import { formatCount } from '../format/units.ts';
import { protocolName, reasonText } from './protocols.ts';
import { useOverviewTime } from './use-overview-time.ts';

/** Points, log records and spans that were not stored, by reason, and requests that failed as a whole, with the last message in full. */
export function Refused({ intake }: { readonly intake: IntakeStatus | undefined }) {
  const { nowMs } = useOverviewTime();
  if (intake === undefined) return <div className="skeleton h-9" />;
  const failing = intake.protocols.filter((one) => one.failed_requests > 0);
  if (intake.rejections.length === 0 && failing.length === 0)
    return <p className="py-1.5 text-ink-3">Nothing has been refused since the start.</p>;
  return (
    <ul>
      {intake.rejections.map((one) => (
        <RefusedRow
          key={`${one.protocol} ${one.item} ${one.reason}`}
          count={formatCount(one.points)}
          reason={`${itemText(one.item)}${reasonText(one.reason)}`}
          protocol={one.protocol}
          age={formatAge(one.last_ms, nowMs)}
          message={one.last_message}
        />
      ))}
      {failing.map((one) => (
        <RefusedRow
          key={one.protocol}
          count={formatCount(one.failed_requests)}
          reason={one.failed_requests === 1 ? 'request failed' : 'requests failed'}
          protocol={one.protocol}
          age=""
          message={one.last_failure}
        />
      ))}
    </ul>
  );
}

/** Points go without saying. */
function itemText(item: IntakeStatus['rejections'][number]['item']): string {
  if (item === 'points') return '';
  return item === 'records' ? 'log records: ' : 'spans: ';
}

interface RefusedRowProps {
  readonly count: string;
  readonly reason: string;
  readonly protocol: string;
  readonly age: string;
  readonly message: string;
}

function RefusedRow({ count, reason, protocol, age, message }: RefusedRowProps) {
  return (
    <li className="border-line border-b py-1.5 last:border-b-0">
      <div className="flex flex-wrap items-baseline gap-x-2">
        <span className="font-medium text-bad">{count}</span>
        <span>{reason}</span>
        <span className="text-ink-3">{protocolName(protocol)}</span>
        <span className="ml-auto text-ink-3 text-xs">{age}</span>
      </div>
      <p className="break-words font-mono text-ink-2 text-xs">{message}</p>
    </li>
  );
}
