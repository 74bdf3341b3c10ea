import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { queryInstant } from '../api/prometheus.ts';
import type { IntakeStatus } from '../api/status.ts';
import { formatAge } from '../format/age.ts';
import { formatCount, formatValue } from '../format/units.ts';
import { selfMatchers } from './panels.ts';
import { protocolName } from './protocols.ts';
import { useOverviewTime } from './use-overview-time.ts';

/** Each with a label of its own: without names the rates of one protocol would be one series. */
const itemRates = ['points', 'records', 'spans'].map(
  (item) =>
    `label_replace(rate(sightline_intake_${item}_total{${selfMatchers}}[1m]), "item", "${item}", "", "")`,
);
const rates = `sum by (protocol) (${itemRates.join(' or ')})`;

/** What each protocol has brought in since the process began. */
export function Received({ intake }: { readonly intake: IntakeStatus | undefined }) {
  const { grid, nowMs } = useOverviewTime();
  const { data } = useQuery({
    queryKey: ['instant', rates, grid.endS],
    queryFn: async ({ signal }) => (await queryInstant(rates, grid.endS, signal)).data,
    placeholderData: keepPreviousData,
    gcTime: 5_000,
  });
  const perSecond = new Map(
    data?.resultType === 'vector'
      ? data.result.map((one) => [one.metric.protocol ?? '', Number(one.value?.[1])])
      : [],
  );
  return (
    <div className="overflow-x-auto">
      <table className="table-plain">
        <thead>
          <tr>
            <th>Protocol</th>
            <th className="num">Received/s</th>
            <th className="num" title="Samples, log records and spans">
              Received
            </th>
            <th className="num max-md:hidden">Requests</th>
            <th className="num max-md:hidden">Bytes</th>
            <th className="num">Last</th>
          </tr>
        </thead>
        <tbody>
          {intake === undefined
            ? placeholders.map((key) => (
                <tr key={key}>
                  <td colSpan={6}>
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
                  <td className="num">{rateText(perSecond.get(one.protocol))}</td>
                  <td className="num">{formatCount(received(one))}</td>
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

const placeholders = ['a', 'b', 'c', 'd', 'e', 'f'];

function rateText(value: number | undefined): string {
  return value === undefined || Number.isNaN(value) ? '–' : formatValue(value, 'number');
}
