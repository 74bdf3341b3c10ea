import type { IntakeStatus } from '../api/status.ts';
import { formatAge } from '../format/age.ts';
import { formatCount, formatValue } from '../format/units.ts';
import { protocolName } from './protocols.ts';
import { useOverviewTime } from './use-overview-time.ts';
import { sumRates, useReceivedRates } from './use-received.ts';

/** What each protocol has brought in since the process began. */
export function Received({ intake }: { readonly intake: IntakeStatus | undefined }) {
  const { nowMs } = useOverviewTime();
  const rates = useReceivedRates();
  return (
    <div className="overflow-x-auto">
      <table className="table-plain">
        <thead>
          <tr>
            <th>Protocol</th>
            <th className="num max-md:hidden" title="Points, log lines and spans a second">
              Rate
            </th>
            <th className="num">Points</th>
            <th className="num">Lines</th>
            <th className="num">Spans</th>
            <th className="num max-md:hidden">Requests</th>
            <th className="num max-md:hidden">Bytes</th>
            <th className="num">Last</th>
          </tr>
        </thead>
        <tbody>
          {intake === undefined
            ? placeholders.map((key) => (
                <tr key={key}>
                  <td colSpan={8}>
                    <span className="skeleton block h-5" />
                  </td>
                </tr>
              ))
            : intake.protocols.map((one) => (
                <tr
                  key={one.protocol}
                  className={one.requests === 0 && received(one) === 0 ? 'text-ink-3' : ''}
                >
                  <td>{protocolName(one.protocol)}</td>
                  <td className="num max-md:hidden">
                    {rateText(sumRates(rates?.filter(({ protocol }) => protocol === one.protocol)))}
                  </td>
                  <td className="num">{countText(one.points_accepted)}</td>
                  <td className="num">{countText(one.records_accepted)}</td>
                  <td className="num">{countText(one.spans_accepted)}</td>
                  <td className="num max-md:hidden">
                    {formatCount(one.requests)}
                    {one.failed_requests > 0 ? (
                      <span className="text-bad"> ({formatCount(one.failed_requests)} failed)</span>
                    ) : null}
                  </td>
                  <td className="num max-md:hidden">{formatValue(one.bytes, 'bytes')}</td>
                  <td className="num whitespace-nowrap">
                    {one.last_received_ms === null
                      ? 'never'
                      : formatAge(one.last_received_ms, nowMs)}
                  </td>
                </tr>
              ))}
        </tbody>
      </table>
    </div>
  );
}

type Protocol = IntakeStatus['protocols'][number];

function received(one: Protocol): number {
  return one.points_accepted + one.records_accepted + one.spans_accepted;
}

const placeholders = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'];

/** No protocol brings everything: zeros would drown the rest. */
function countText(count: number): string {
  return count === 0 ? '–' : formatCount(count);
}

function rateText(value: number | undefined): string {
  return value === undefined ? '–' : formatValue(value, 'per second');
}
