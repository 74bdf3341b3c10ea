import type { ScrapeTarget } from '../api/prometheus.ts';
import { formatAge } from '../format/age.ts';
import { formatValue } from '../format/units.ts';
import { useOverviewTime } from './use-overview-time.ts';
import { useTargets } from './use-status.ts';

const shown = 50;
const rank = new Map([
  ['down', 0],
  ['unknown', 1],
  ['up', 2],
]);

/** Every scrape target with its state; those that fail stand first with their error. */
export function Targets() {
  const { data, error, isPending } = useTargets();
  if (isPending) return <div className="skeleton h-16" />;
  if (error !== null && data === undefined)
    return <p className="py-1.5 text-bad">No answer from the server.</p>;
  if (data === undefined || data.length === 0) {
    return (
      <p className="py-1.5 text-ink-3">
        Nothing is scraped. List targets under <code className="text-ink-2">scrape_configs</code> in
        the configuration file, in Prometheus' form.
      </p>
    );
  }
  const sorted = [...data].sort((a, b) => (rank.get(a.health) ?? 1) - (rank.get(b.health) ?? 1));
  return (
    <>
      <ul>
        {sorted.slice(0, shown).map((target) => (
          <TargetRow key={`${target.scrapePool} ${target.scrapeUrl}`} target={target} />
        ))}
      </ul>
      {sorted.length > shown ? (
        <p className="py-1.5 text-ink-3">and {sorted.length - shown} more</p>
      ) : null}
    </>
  );
}

const states = new Map([
  ['up', { dot: 'bg-good', text: 'Up' }],
  ['down', { dot: 'bg-bad', text: 'Down' }],
]);

function TargetRow({ target }: { readonly target: ScrapeTarget }) {
  const { nowMs } = useOverviewTime();
  const state = states.get(target.health) ?? { dot: 'bg-line-strong', text: 'Waiting' };
  const scrapedMs = Date.parse(target.lastScrape);
  // Go's zero time stands for "never".
  const scraped = scrapedMs > 0;
  return (
    <li className="border-line border-b py-1.5 last:border-b-0">
      <div className="flex flex-wrap items-baseline gap-x-3">
        <span className="inline-flex w-16 items-center gap-1.5">
          <span aria-hidden="true" className={`size-2 rounded-full ${state.dot}`} />
          {state.text}
        </span>
        <span className="text-ink">{target.scrapePool}</span>
        <span className="min-w-0 break-all text-ink-2">{target.scrapeUrl}</span>
        <span className="ml-auto whitespace-nowrap text-ink-3 text-xs">
          {scraped
            ? `${formatAge(scrapedMs, nowMs)}, took ${formatValue(target.lastScrapeDuration, 'seconds')}`
            : 'not yet'}
        </span>
      </div>
      {target.lastError === '' ? null : (
        <p className="break-words font-mono text-bad text-xs">{target.lastError}</p>
      )}
    </li>
  );
}
