import { type RefObject, useEffect, useRef, useState } from 'react';

/** The width of an element in pixels; 0 until it is known. */
export function useWidth(): {
  readonly box: RefObject<HTMLDivElement | null>;
  readonly width: number;
} {
  const box = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useEffect(() => {
    if (box.current === null) return;
    const watcher = new ResizeObserver(([entry]) => {
      if (entry) setWidth(Math.floor(entry.contentRect.width));
    });
    watcher.observe(box.current);
    return () => watcher.disconnect();
  }, []);
  return { box, width };
}
