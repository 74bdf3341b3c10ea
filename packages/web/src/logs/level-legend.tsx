import { formatCount } from '../format/units.ts';
import type { Histogram } from './histogram-data.ts';
import { levelColors } from './levels.ts';

interface LevelLegendProps {
  readonly data: Histogram;
  /** Levels that the query asks for; empty for all. */
  readonly chosen: readonly string[];
  readonly onLevel: (level: string) => void;
}

/** The levels of the bars with their counts. A click shows only that level, another click all again. */
export function LevelLegend({ data, chosen, onLevel }: LevelLegendProps) {
  return (
    <ul className="flex flex-wrap items-center gap-x-1 text-xs">
      {data.levels.toReversed().map(({ level, total }) => {
        const pressed = chosen.includes(level);
        return (
          <li key={level}>
            <button
              type="button"
              aria-pressed={pressed}
              title={pressed ? 'Show all levels' : `Only ${level}`}
              onClick={() => onLevel(level)}
              className="inline-flex h-6 items-center gap-1.5 rounded-sm px-1.5 text-ink-2 hover:bg-sunken hover:text-ink aria-pressed:bg-accent-soft aria-pressed:text-ink"
            >
              <span className="size-2 shrink-0" style={{ background: levelColors[level] }} />
              {level}
              <span className="text-ink-3">{formatCount(total)}</span>
            </button>
          </li>
        );
      })}
    </ul>
  );
}
