import type { HistogramPoint, HistogramValue, Point } from '../api/prometheus.ts';
import { formatLocal } from '../time/range.ts';
import type { TableValue } from './table-rows.ts';

const shownPoints = 20;
const brackets = ['(]', '[)', '()', '[]'];

/** A value in full: a number, a histogram with its buckets, or the samples of a range. */
export function ValueCell({ value }: { readonly value: TableValue }) {
  if (value.kind === 'sample') return <span className="font-mono text-xs">{value.text}</span>;
  if (value.kind === 'histogram') return <HistogramView histogram={value.point[1]} />;
  return <RangeView points={value.points} histograms={value.histograms} />;
}

function HistogramView({ histogram }: { readonly histogram: HistogramValue }) {
  const buckets = histogram.buckets ?? [];
  const most = Math.max(0, ...buckets.map((bucket) => Number(bucket[3])));
  return (
    <details className="text-xs">
      <summary className="font-mono">
        count {histogram.count}, sum {histogram.sum}, {buckets.length} buckets
      </summary>
      <ul className="mt-1 inline-grid grid-cols-[auto_6rem_auto] items-center gap-x-3 font-mono">
        {buckets.map(([rule, lower, upper, count]) => (
          <li key={`${lower} ${upper}`} className="contents">
            <span title={`${lower}, ${upper}`}>
              {brackets[rule]?.[0]}
              {short(lower)}, {short(upper)}
              {brackets[rule]?.[1]}
            </span>
            <span
              className="h-1.5 bg-accent"
              style={{ width: `${most > 0 ? (Number(count) / most) * 100 : 0}%` }}
            />
            <span>{count}</span>
          </li>
        ))}
      </ul>
    </details>
  );
}

/** A boundary in five digits; the title has all of them. */
function short(boundary: string): string {
  return Number.isFinite(Number(boundary))
    ? String(Number(Number(boundary).toPrecision(5)))
    : boundary;
}

interface RangeViewProps {
  readonly points: readonly Point[];
  readonly histograms: readonly HistogramPoint[];
}

function RangeView({ points, histograms }: RangeViewProps) {
  const lines = [
    ...points.map(([timeS, text]) => ({ timeS, text })),
    ...histograms.map(([timeS, one]) => ({ timeS, text: `count ${one.count}, sum ${one.sum}` })),
  ];
  return (
    <details className="text-xs">
      <summary>
        {lines.length} samples, last{' '}
        <span className="font-mono">{lines.at(-1)?.text ?? 'none'}</span>
      </summary>
      <ul className="mt-1 font-mono">
        {lines.slice(-shownPoints).map((line) => (
          <li key={line.timeS}>
            <span className="text-ink-3">{formatLocal(line.timeS * 1000)}</span> {line.text}
          </li>
        ))}
      </ul>
      {lines.length > shownPoints ? (
        <p className="text-ink-3">The CSV has all {lines.length}.</p>
      ) : null}
    </details>
  );
}
