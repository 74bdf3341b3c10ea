import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { fetchLines, nsOfMs } from '../api/loki.ts';
import { formatClock } from '../time/range.ts';
import { logsQuery, logsSearch, logsTime } from './links.ts';
import { nanosToMs } from './trace.ts';

interface SpanLogsProps {
  readonly traceId: string;
  readonly spanId: string;
  readonly startMs: number;
  readonly durationUs: number;
}

const maxLines = 50;

/** The lines that were logged within a span, and the way to all of the trace. */
export function SpanLogs({ traceId, spanId, startMs, durationUs }: SpanLogsProps) {
  const { data, isPending, error } = useQuery({
    queryKey: ['span-logs', traceId, spanId],
    queryFn: ({ signal }) => {
      const { fromMs, toMs } = logsTime(startMs, durationUs);
      const query = logsQuery(traceId, spanId);
      const time = { startNs: nsOfMs(fromMs), endNs: nsOfMs(toMs) };
      return fetchLines({ query, ...time, limit: maxLines, direction: 'forward' }, signal);
    },
    staleTime: 10_000,
  });
  return (
    <div className="text-xs">
      {isPending ? <div className="skeleton h-8" /> : null}
      {error !== null ? <p className="text-bad">{error.message}</p> : null}
      {data?.length === 0 ? (
        <p className="py-1 text-ink-3">No log line carries the id of this span.</p>
      ) : null}
      <ul>
        {data?.map((line, index) => (
          <li
            key={`${line.ns} ${index}`}
            className="flex gap-2 border-line border-b py-1 last:border-b-0"
          >
            <span className="shrink-0 text-ink-3">{formatClock(nanosToMs(line.ns))}</span>
            <span className={`shrink-0 ${levelLook(line.metadata.detected_level)}`}>
              {line.metadata.detected_level ?? ''}
            </span>
            <span className="min-w-0 whitespace-pre-wrap break-words font-mono">{line.line}</span>
          </li>
        ))}
      </ul>
      <p className="flex flex-wrap gap-x-4 pt-1">
        {data !== undefined && data.length > 0 ? (
          <Link
            to="/logs"
            search={logsSearch(traceId, spanId, startMs, durationUs)}
            className="text-accent underline"
          >
            These lines in Logs
          </Link>
        ) : null}
        <Link
          to="/logs"
          search={logsSearch(traceId, undefined, startMs, durationUs)}
          className="text-accent underline"
        >
          Logs of the whole trace
        </Link>
      </p>
    </div>
  );
}

function levelLook(level: string | undefined): string {
  if (level === 'error' || level === 'fatal' || level === 'critical') return 'text-bad';
  return level === 'warn' || level === 'warning' ? 'text-warn' : 'text-ink-3';
}
