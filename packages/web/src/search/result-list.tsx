import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { useLayoutEffect, useMemo, useRef, useState } from 'react';
import { msOfNs } from '../api/loki.ts';
import type { SearchItem } from '../api/search.ts';
import { formatLocal, type TimeRange } from '../time/range.ts';
import { ResultRow } from './result-row.tsx';
import type { SearchText } from './search-text.ts';
import { wordPattern } from './search-text.ts';
import { targetOf } from './targets.ts';

interface ResultListProps {
  readonly items: readonly SearchItem[];
  readonly search: SearchText;
  readonly range: TimeRange;
}

const rowHeight = 33;

const keys = new WeakMap<SearchItem, number>();
let lastKey = 0;

/** A key that stays with a result while others come in before it: the focus stays on what the reader chose. */
function keyOf(item: SearchItem): number {
  const known = keys.get(item);
  if (known !== undefined) return known;
  lastKey += 1;
  keys.set(item, lastKey);
  return lastKey;
}

/** What was found. Only the rows in view are in the document. */
export function ResultList({ items, search, range }: ResultListProps) {
  const list = useRef<HTMLUListElement>(null);
  const [offset, setOffset] = useState(0);
  // What stands above the list comes and goes.
  useLayoutEffect(() => setOffset(list.current?.offsetTop ?? 0));
  const virtualizer = useWindowVirtualizer({
    count: items.length,
    estimateSize: () => rowHeight,
    getItemKey: (index) => {
      const item = items[index];
      return item === undefined ? -index : keyOf(item);
    },
    overscan: 16,
    scrollMargin: offset,
  });
  const pattern = useMemo(() => wordPattern(search.words), [search.words]);
  const longestMs = items.reduce((most, one) => Math.max(most, one.duration_ms ?? 0), 0);
  const withDate = useMemo(() => isOfSeveralDays(items), [items]);
  return (
    <ul
      ref={list}
      aria-label="Results"
      className="relative border-line border-t"
      style={{ height: virtualizer.getTotalSize() }}
    >
      {virtualizer.getVirtualItems().map(({ index, key, start }) => {
        const item = items[index];
        return item === undefined ? null : (
          <li
            key={key}
            ref={virtualizer.measureElement}
            data-index={index}
            aria-setsize={items.length}
            aria-posinset={index + 1}
            className="absolute inset-x-0 top-0"
            style={{ transform: `translateY(${start - offset}px)` }}
          >
            <ResultRow
              item={item}
              index={index}
              target={targetOf(item, search.filters, range)}
              pattern={pattern}
              withDate={withDate}
              longestMs={longestMs}
            />
          </li>
        );
      })}
    </ul>
  );
}

/** Times of another day than today need their date. */
function isOfSeveralDays(items: readonly SearchItem[]): boolean {
  const today = formatLocal(Date.now()).slice(0, 10);
  const oldest = items.findLast(({ time_ns }) => time_ns !== null)?.time_ns;
  return typeof oldest === 'string' && formatLocal(msOfNs(oldest)).slice(0, 10) !== today;
}
