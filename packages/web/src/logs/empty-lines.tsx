import { useQuery } from '@tanstack/react-query';
import { useEffect, useEffectEvent, useRef } from 'react';
import { fetchLabelValues, nsOfMs } from '../api/loki.ts';
import type { TimeRange } from '../time/range.ts';
import { Button } from '../ui/button.tsx';
import { Notice } from '../ui/notice.tsx';
import { SendLogs } from './send-logs-panel.tsx';
import { everything, type LogsState } from './state.ts';

interface EmptyLinesProps {
  readonly state: LogsState;
  readonly onRange: (range: TimeRange) => void;
  readonly onClear: () => void;
  readonly onAgain: () => void;
}

const pollMs = 3000;
/** Lines older than this make no difference to somebody who sees none. */
const everMs = 30 * 86_400_000;

/** In place of the list: how to send logs when there are none at all, otherwise what to try. */
export function EmptyLines({ state, onRange, onClear, onAgain }: EmptyLinesProps) {
  const { data: services, isFetched } = useQuery({
    queryKey: ['logs-ever'],
    queryFn: ({ signal }) => {
      const nowMs = Date.now();
      const span = { startNs: nsOfMs(nowMs - everMs), endNs: nsOfMs(nowMs + pollMs) };
      return fetchLabelValues('service_name', span, signal);
    },
    refetchInterval: (query) => (query.state.data?.length === 0 ? pollMs : false),
    staleTime: 0,
  });
  const any = services !== undefined && services.length > 0;
  const waited = useRef(false);
  const again = useEffectEvent(() => onAgain());
  // Dependencies on purpose: the first line has come while the reader was waiting for it.
  useEffect(() => {
    if (any && waited.current) again();
    waited.current = services?.length === 0;
  }, [any, services]);
  if (!isFetched) return <div className="skeleton h-40" />;
  if (services !== undefined && services.length === 0) return <SendLogs />;
  const filtered = state.query !== everything;
  const day = state.range.from !== 'now-24h' || state.range.to !== 'now';
  return (
    <Notice
      tone="empty"
      title={filtered ? 'No lines match' : 'No lines in this time'}
      action={
        <span className="flex flex-wrap justify-end gap-2">
          {day ? (
            <Button onClick={() => onRange({ from: 'now-24h', to: 'now' })}>Last 24 hours</Button>
          ) : null}
          {filtered ? <Button onClick={onClear}>Without filters</Button> : null}
          <Button onClick={onAgain}>Look again</Button>
        </span>
      }
    >
      {filtered
        ? 'Nothing in this time fits the query. A wider time or fewer filters may show more.'
        : 'There are logs of other times. Choose a wider range, or the days that you look for.'}
    </Notice>
  );
}
