import type { Interval, TimeRange } from '../time/range.ts';
import { Button } from '../ui/button.tsx';
import { Notice } from '../ui/notice.tsx';
import { SendTraces } from './send-traces.tsx';

interface EmptyTracesProps {
  readonly query: string;
  readonly interval: Interval;
  readonly onWiden: (range: TimeRange) => void;
}

/** Nothing was found: because of the query or the time, or because nothing has been sent yet. */
export function EmptyTraces({ query, onWiden }: EmptyTracesProps) {
  const all = query === '{}';
  return (
    <div className="flex flex-col gap-5 py-4">
      <Notice
        tone="empty"
        title={all ? 'No traces in this time' : 'No trace matches'}
        action={
          <Button onClick={() => onWiden({ from: 'now-24h', to: 'now' })}>Last 24 hours</Button>
        }
      >
        {all
          ? 'Nothing was recorded in this time. Widen the range, or send traces as below.'
          : 'Widen the range, or take a condition away.'}
      </Notice>
      {all ? <SendTraces /> : null}
    </div>
  );
}
