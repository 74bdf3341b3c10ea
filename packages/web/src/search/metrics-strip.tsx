import { Link } from '@tanstack/react-router';
import type { SearchItem } from '../api/search.ts';
import { formatCount } from '../format/units.ts';
import { Marked } from '../logs/marked.tsx';
import type { TimeRange } from '../time/range.ts';
import { Button } from '../ui/button.tsx';
import { type SearchText, wordPattern } from './search-text.ts';
import { targetOf } from './targets.ts';

interface MetricsStripProps {
  readonly metrics: readonly SearchItem[];
  readonly search: SearchText;
  readonly range: TimeRange;
  readonly onAll: () => void;
}

const shown = 6;

/** Metrics have no place in a list by time: the first of them stand above it. */
export function MetricsStrip({ metrics, search, range, onAll }: MetricsStripProps) {
  const pattern = wordPattern(search.words);
  return (
    <div className="flex flex-wrap items-baseline gap-x-4 gap-y-1 pb-2 text-xs">
      <span className="text-ink-3">Metrics</span>
      {metrics.slice(0, shown).map((item) => {
        const target = targetOf(item, search.filters, range);
        const name = <Marked text={item.text} pattern={pattern} />;
        return target?.to === '/explore' ? (
          <Link
            key={item.text}
            to={target.to}
            search={target.search}
            preload={false}
            title={item.labels.help}
            className="wrap-anywhere font-mono text-ink underline decoration-line-strong underline-offset-2 hover:decoration-ink"
          >
            {name}
          </Link>
        ) : (
          <span
            key={`${item.source} ${item.text}`}
            title={`Found on ${item.source}`}
            className="font-mono"
          >
            {name}
          </span>
        );
      })}
      {metrics.length > shown ? (
        <Button look="quiet" onClick={onAll} className="text-xs">
          {formatCount(metrics.length - shown)} more
        </Button>
      ) : null}
    </div>
  );
}
