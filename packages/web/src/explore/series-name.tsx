import type { Labels } from '../api/prometheus.ts';

/** A series' name, the metric strong and the labels quiet. */
export function SeriesName({ metric }: { readonly metric: Labels }) {
  const labels = Object.entries(metric)
    .filter(([name]) => name !== '__name__')
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const name = metric.__name__ ?? '';
  if (name === '' && labels.length === 0) return <span className="text-ink-3">no labels</span>;
  return (
    <span className="break-words font-mono text-xs">
      {name}
      {labels.map(([label, value], index) => (
        <span key={label}>
          <span className="text-ink-3">{index === 0 ? '{' : ', '}</span>
          <span className="text-ink-2">{label}</span>
          <span className="text-ink-3">=</span>
          <span>{JSON.stringify(value)}</span>
        </span>
      ))}
      {labels.length > 0 ? <span className="text-ink-3">{'}'}</span> : null}
    </span>
  );
}
