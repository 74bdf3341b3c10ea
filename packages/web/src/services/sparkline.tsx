import type { Interval } from '../time/range.ts';

interface SparklineProps {
  readonly points: readonly (readonly [timeS: number, value: number])[] | undefined;
  readonly interval: Interval;
}

const width = 96;
const height = 20;

/** The course of a number over the range, without axes. */
export function Sparkline({ points, interval }: SparklineProps) {
  const { fromMs, toMs } = interval;
  const top = (points ?? []).reduce((most, [, value]) => Math.max(most, value), 0);
  const place = ([timeS, value]: readonly [number, number]) => {
    const x = ((timeS * 1000 - fromMs) / (toMs - fromMs)) * width;
    const y = height - 1.5 - (top > 0 ? value / top : 0) * (height - 3);
    return `${x.toFixed(1)} ${y.toFixed(1)}`;
  };
  const path = (points ?? [])
    .filter(([, value]) => Number.isFinite(value))
    .map(place)
    .join('L');
  return (
    <svg width={width} height={height} viewBox={`0 0 ${width} ${height}`} aria-hidden="true">
      {path === '' ? null : (
        <path d={`M${path}`} fill="none" stroke="var(--accent)" strokeWidth="1.3" />
      )}
    </svg>
  );
}
