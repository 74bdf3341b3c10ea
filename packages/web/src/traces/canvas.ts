import { type RefObject, useLayoutEffect, useRef, useState } from 'react';

/** The font of canvases: small, and the page's own. */
export function canvasFont(): string {
  return `11px ${getComputedStyle(document.body).fontFamily}`;
}

/** A canvas that fills its parent's width: sharp on dense displays, drawn in CSS pixels. It is empty after every change of size. */
export function useCanvas(height: number): {
  readonly canvas: RefObject<HTMLCanvasElement | null>;
  readonly width: number;
} {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const parent = canvas.current?.parentElement;
    if (!parent) return;
    const measure = () => setWidth(parent.clientWidth);
    const watcher = new ResizeObserver(measure);
    watcher.observe(parent);
    measure();
    return () => watcher.disconnect();
  }, []);
  useLayoutEffect(() => {
    const element = canvas.current;
    if (element === null || width === 0) return;
    const ratio = window.devicePixelRatio;
    element.width = Math.round(width * ratio);
    element.height = Math.round(height * ratio);
    element.getContext('2d')?.scale(ratio, ratio);
  }, [width, height]);
  return { canvas, width };
}
