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
  /** Lines are shown as they arrive, not those of the range. */
  readonly live?: boolean;
  readonly onRange: (range: TimeRange) => void;
}

/** Chooses the time, and moves it by half of itself. */
export function RangeControls({ range, interval, live = false, onRange }: RangeControlsProps) {
  const move = (change: (interval: Interval) => Interval) => {
    if (interval === undefined) return;
    const moved = change(interval);
    onRange(absoluteRange(moved.fromMs, moved.toMs));
  };
  return (
    <div className="flex min-w-0 items-center gap-0.5">
      <RangePicker range={range} live={live} onRange={onRange} />
      <IconButton
        icon="left"
        label="Earlier"
        disabled={live}
        onClick={() => move((one) => shiftInterval(one, -1))}
      />
      <IconButton
        icon="zoomOut"
        label="Zoom out"
        disabled={live}
        onClick={() => move(widenInterval)}
      />
      <IconButton
        icon="right"
        label="Later"
        disabled={live}
        onClick={() => move((one) => shiftInterval(one, 1))}
      />
    </div>
  );
}

function IconButton(props: {
  readonly icon: 'left' | 'right' | 'zoomOut';
  readonly label: string;
  readonly disabled: boolean;
  readonly onClick: () => void;
}) {
  const { icon, label, disabled, onClick } = props;
  return (
    <Button
      look="quiet"
      icon
      aria-label={label}
      title={label}
      disabled={disabled}
      onClick={onClick}
    >
      <Icon name={icon} />
    </Button>
  );
}
