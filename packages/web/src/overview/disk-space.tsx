import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { queryInstant } from '../api/prometheus.ts';
import { formatValue } from '../format/units.ts';
import { type Mount, mountsOf } from './mounts.ts';
import { PanelFrame } from './panel-frame.tsx';
import { PanelMessage } from './panel-message.tsx';
import { selfMatchers } from './panels.ts';
import { useOverviewTime } from './use-overview-time.ts';

const expression = `max by (system_filesystem_mountpoint, system_device, system_filesystem_state) (system_filesystem_usage_bytes{${selfMatchers}})`;
const shownMounts = 5;

/** Space on each file system, the fullest first. */
export function DiskSpace() {
  const { grid } = useOverviewTime();
  const { data, isPending, error } = useQuery({
    queryKey: ['instant', expression, grid.endS],
    queryFn: async ({ signal }) => (await queryInstant(expression, grid.endS, signal)).data,
    placeholderData: keepPreviousData,
    gcTime: 5_000,
  });
  const mounts = data === undefined ? [] : mountsOf(data);
  const fullest = mounts[0];
  return (
    <PanelFrame
      title="Disk space"
      headline={fullest ? `${formatValue(fullest.ratio, 'ratio')} of ${fullest.mountpoint}` : ''}
    >
      <div className="relative h-36 overflow-hidden md:h-[12rem]">
        {isPending ? <div className="skeleton h-full" /> : null}
        {error !== null || (!isPending && mounts.length === 0) ? (
          <PanelMessage error={error} />
        ) : null}
        <ul className="flex flex-col gap-2.5 pt-2">
          {mounts.slice(0, shownMounts).map((mount) => (
            <MountBar key={`${mount.device} ${mount.mountpoint}`} mount={mount} />
          ))}
          {mounts.length > shownMounts ? (
            <li className="text-ink-3 text-xs">{mounts.length - shownMounts} more</li>
          ) : null}
        </ul>
      </div>
    </PanelFrame>
  );
}

function MountBar({ mount }: { readonly mount: Mount }) {
  const color = mount.ratio >= 0.95 ? 'bg-bad' : mount.ratio >= 0.85 ? 'bg-warn' : 'bg-accent';
  return (
    <li>
      <div className="flex justify-between gap-2 text-xs">
        <span className="truncate" title={`${mount.mountpoint} (${mount.device})`}>
          {mount.mountpoint} <span className="text-ink-3">{mount.device}</span>
        </span>
        <span className="whitespace-nowrap text-ink-2">
          {formatValue(mount.usedBytes, 'bytes')} of {formatValue(mount.sizeBytes, 'bytes')}
        </span>
      </div>
      <div className="mt-0.5 h-1 bg-sunken">
        <div
          className={`h-full ${color}`}
          style={{ width: `${Math.min(100, mount.ratio * 100)}%` }}
        />
      </div>
    </li>
  );
}
