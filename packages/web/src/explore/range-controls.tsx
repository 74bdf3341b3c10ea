import {
  absoluteRange,
  type Interval,
  shiftInterval,
  type TimeRange,
  widenInterval,
} from '../time/range.ts';
import { Button } from '../ui/button.tsx';
import { Icon } from '../ui/icon.tsx';
import { RangePicker } from './range-picker.tsx';

interface RangeControlsProps {
  readonly range: TimeRange;
  /** The range in instants; undefined while it cannot be read. */
  readonly interval: Interval | undefined;
  readonly onRange: (range: TimeRange) => void;
}

/** Chooses the time, and moves it by half of itself. */
export function RangeControls({ range, interval, onRange }: RangeControlsProps) {
  const move = (change: (interval: Interval) => Interval) => {
    if (interval === undefined) return;
    const moved = change(interval);
    onRange(absoluteRange(moved.fromMs, moved.toMs));
  };
  return (
    <div className="flex min-w-0 items-center gap-0.5">
      <RangePicker range={range} onRange={onRange} />
      <IconButton
        icon="left"
        label="Earlier"
        onClick={() => move((one) => shiftInterval(one, -1))}
      />
      <IconButton icon="zoomOut" label="Zoom out" onClick={() => move(widenInterval)} />
      <IconButton icon="right" label="Later" onClick={() => move((one) => shiftInterval(one, 1))} />
    </div>
  );
}

function IconButton(props: {
  readonly icon: 'left' | 'right' | 'zoomOut';
  readonly label: string;
  readonly onClick: () => void;
}) {
  return (
    <Button look="quiet" icon aria-label={props.label} title={props.label} onClick={props.onClick}>
      <Icon name={props.icon} />
    </Button>
  );
}
