import type { SystemStatus } from '../api/status.ts';
import { formatValue } from '../format/units.ts';
import { useSystem } from './use-status.ts';

type Rule = SystemStatus['retention_rules'][number];

/** What each rule of retention keeps now, and what has ended by it. */
export function Retention() {
  const { data } = useSystem();
  return (
    <table className="table-plain">
      <thead>
        <tr>
          <th>Kept</th>
          <th className="num">For</th>
          <th className="num">Stored</th>
          <th className="num" title="Since the data directory was made">
            Deleted
          </th>
        </tr>
      </thead>
      <tbody>
        {data?.retention_rules.map((one) => (
          <tr key={`${one.signal} ${one.rule}`}>
            <td>
              {one.signal}
              {one.rule !== '' && <span className="text-ink-3"> {one.rule}</span>}
            </td>
            <td className="num">{keptText(one)}</td>
            <td className="num">{formatValue(one.bytes, 'bytes')}</td>
            <td className="num">{formatValue(one.deleted_bytes, 'bytes')}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const DAY_S = 86_400;

function keptText({ keep_s }: Rule): string {
  if (keep_s === null) return 'ever';
  return keep_s % DAY_S === 0 ? `${keep_s / DAY_S} d` : `${keep_s / 3600} h`;
}
