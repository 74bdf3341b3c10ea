import {
  elementScroll,
  observeElementOffset,
  useVirtualizer,
  type Virtualizer,
} from '@tanstack/react-virtual';
import { type RefObject, useLayoutEffect, useRef } from 'react';

/** Firefox gives no element more than 17.8 million pixels of height, Chromium 33.5 million. */
const maxHeightPx = 15_000_000;

interface TallList {
  readonly virtualizer: Virtualizer<HTMLDivElement, Element>;
  /** Height of the element that holds the rows. */
  readonly height: number;
  /** What is taken from a row's place in the list to get its place in that element. */
  readonly shift: number;
  readonly scrollToRow: (index: number) => void;
}

/**
 * A virtual list that may be higher than an element can be. Past that height the element scrolls `ratio` times slower than the list, and
 * the rows are drawn where the element is: one pixel of the scroll bar is more than one of the list, which nobody can tell
 * at such lengths.
 */
export function useTallList(
  box: RefObject<HTMLDivElement | null>,
  count: number,
  rowHeight: number,
): TallList {
  const ratio = useRef(1);
  const virtualizer = useVirtualizer<HTMLDivElement, Element>({
    count,
    getScrollElement: () => box.current,
    estimateSize: () => rowHeight,
    overscan: 12,
    observeElementOffset: (instance, notify) =>
      observeElementOffset(instance, (offset, isScrolling) =>
        notify(offset * ratio.current, isScrolling),
      ),
    scrollToFn: (offset, { adjustments = 0, ...options }, instance) =>
      elementScroll((offset + adjustments) / ratio.current, options, instance),
  });
  const total = virtualizer.getTotalSize();
  const view = virtualizer.scrollRect?.height ?? 0;
  const wanted = total > maxHeightPx ? (total - view) / (maxHeightPx - view) : 1;
  const top = wanted === 1 ? 0 : (box.current?.scrollTop ?? 0);
  const at = wanted === ratio.current ? top * wanted : (virtualizer.scrollOffset ?? 0);
  useLayoutEffect(() => {
    if (ratio.current === wanted) return;
    // The rows in view stay where they are when the list grows.
    ratio.current = wanted;
    if (box.current !== null) box.current.scrollTop = (virtualizer.scrollOffset ?? 0) / wanted;
  }, [wanted, virtualizer, box]);
  const scrollToRow = (index: number) => {
    const element = box.current;
    const start = virtualizer.measurementsCache[index]?.start;
    if (element === null || start === undefined) return;
    const from = element.scrollTop * ratio.current;
    const room = element.clientHeight - 3 * rowHeight;
    if (start >= from && start < from + room) return;
    element.scrollTop = (start < from ? start : start - room) / ratio.current;
  };
  return {
    virtualizer,
    height: Math.min(total, maxHeightPx),
    shift: wanted === 1 ? 0 : at - at / wanted,
    scrollToRow,
  };
}
