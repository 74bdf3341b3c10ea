import { formatCount } from '../format/units.ts';
import { Button } from '../ui/button.tsx';
import { Icon } from '../ui/icon.tsx';
import { TailBuffer } from './tail-buffer.ts';
import type { TailState } from './use-tail.ts';

interface LiveBarProps {
  readonly buffer: TailBuffer;
  readonly state: TailState;
  readonly onPause: () => void;
}

const stateText: Readonly<Record<TailState['kind'], string>> = {
  connecting: 'Connecting',
  open: 'Live',
  lost: 'Connection lost, trying again',
  refused: 'Not followed',
};

/** How the live tail stands, and pause. */
export function LiveBar({ buffer, state, onPause }: LiveBarProps) {
  const { paused, waiting, dropped, received } = buffer;
  return (
    <div className="flex min-h-9 flex-wrap items-center gap-x-3 gap-y-1 border-accent border-l-2 bg-accent-soft px-3 py-1">
      <span
        aria-hidden="true"
        className={`size-2 rounded-full ${state.kind === 'lost' || state.kind === 'refused' ? 'bg-bad' : paused ? 'bg-warn' : 'animate-pulse bg-good'}`}
      />
      <span className="font-medium" role="status">
        {paused ? 'Paused' : stateText[state.kind]}
      </span>
      {state.kind === 'refused' ? null : (
        <Button onClick={onPause} title={paused ? 'Follow the newest line' : 'Hold the list still'}>
          <Icon name={paused ? 'play' : 'pause'} />
          {paused ? 'Resume' : 'Pause'}
        </Button>
      )}
      <span className="text-ink-2 text-xs">
        {formatCount(received)} lines received
        {paused && waiting > 0 ? `, ${formatCount(waiting)} waiting` : ''}
        {buffer.lines.length >= TailBuffer.maxLines
          ? `; the newest ${formatCount(TailBuffer.maxLines)} are kept`
          : ''}
      </span>
      {dropped > 0 ? (
        <span className="text-warn text-xs">
          {formatCount(dropped)} dropped: more came than could be shown. Narrow the query.
        </span>
      ) : null}
    </div>
  );
}
