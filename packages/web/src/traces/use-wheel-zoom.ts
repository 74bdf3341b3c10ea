import { type RefObject, useEffect, useEffectEvent } from 'react';
import { moveWindow, zoomWindow } from './time-text.ts';
import type { TimeWindow } from './trace-state.ts';

interface WheelZoom {
  readonly box: RefObject<HTMLElement | null>;
  readonly window: TimeWindow;
  readonly wholeUs: number;
  /** The time at a place across the element, in pixels. */
  readonly usAt: (x: number) => number;
  readonly onWindow: (window: TimeWindow) => void;
}

/** Ctrl or Cmd with the wheel (and so pinching) zooms about the pointer, Shift with it or a sideways one moves; a plain wheel scrolls. */
export function useWheelZoom({ box, window, wholeUs, usAt, onWindow }: WheelZoom): void {
  const onWheel = useEffectEvent((event: WheelEvent) => {
    const isZoom = event.ctrlKey || event.metaKey;
    const sideways = event.shiftKey ? event.deltaY || event.deltaX : event.deltaX;
    if (!isZoom && Math.abs(sideways) <= Math.abs(event.shiftKey ? 0 : event.deltaY)) return;
    event.preventDefault();
    const left = box.current?.getBoundingClientRect().left ?? 0;
    onWindow(
      isZoom
        ? zoomWindow(window, 2 ** (event.deltaY / 200), wholeUs, usAt(event.clientX - left))
        : moveWindow(window, sideways / 1000, wholeUs),
    );
  });
  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const listen = (event: WheelEvent) => onWheel(event);
    // React's own wheel listeners are passive: they cannot keep the page from zooming.
    element.addEventListener('wheel', listen, { passive: false });
    return () => element.removeEventListener('wheel', listen);
  }, [box]);
}
