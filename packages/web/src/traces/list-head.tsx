import { Link } from '@tanstack/react-router';
import { formatCount } from '../format/units.ts';
import { formatLocal } from '../time/range.ts';
import { Button } from '../ui/button.tsx';
import { Segmented } from '../ui/segmented.tsx';
import type { TraceOrder } from './found-traces.ts';

interface ListHeadProps {
  readonly count: number;
  /** Where as many were found as were asked for, the oldest of them: there may be more before. */
  readonly sinceMs: number | undefined;
  readonly picked: readonly string[];
  readonly order: TraceOrder;
  readonly onOrder: (order: TraceOrder) => void;
  readonly onClear: () => void;
}

const orders: readonly { readonly value: TraceOrder; readonly label: string }[] = [
  { value: 'newest', label: 'Newest' },
  { value: 'longest', label: 'Longest' },
  { value: 'spans', label: 'Most spans' },
  { value: 'errors', label: 'Most errors' },
];

/** How many were found, in which order they stand, and what is chosen for comparison. */
export function ListHead({ count, sinceMs, picked, order, onOrder, onClear }: ListHeadProps) {
  const [a = '', b = ''] = picked;
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-2 py-2">
      <p role="status" className="text-ink-2">
        {sinceMs === undefined
          ? tracesText(count)
          : `The newest ${formatCount(count)} traces, back to ${formatLocal(sinceMs)}`}
      </p>
      {picked.length > 0 ? (
        <div className="flex items-center gap-2">
          {picked.length === 2 ? (
            <Link
              to="/traces/compare"
              search={{ a, b }}
              className="inline-flex h-7 items-center rounded-md border border-accent bg-accent px-2.5 text-on-accent hover:opacity-90"
            >
              Compare the two
            </Link>
          ) : (
            <span className="text-ink-2">Choose one more to compare.</span>
          )}
          <Button look="quiet" onClick={onClear}>
            Clear
          </Button>
        </div>
      ) : null}
      <div className="ml-auto max-w-full overflow-x-auto">
        <Segmented label="Order" name="order" options={orders} value={order} onChange={onOrder} />
      </div>
    </div>
  );
}

function tracesText(count: number): string {
  return count === 1 ? '1 trace' : `${formatCount(count)} traces`;
}
