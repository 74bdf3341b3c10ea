/** From the places of a layout to pixels of the drawing. */
import type { MapLayout, Placed } from './map-layout.ts';

export interface Point {
  readonly x: number;
  readonly y: number;
}

const node = { width: 168, height: 44 };
const layerStep = 264;
const rowStep = 64;
const margin = 24;

/** The size of the whole drawing; a small one is not blown up to fill a wide page. */
export function mapSize(layout: MapLayout): { readonly width: number; readonly height: number } {
  const width = margin * 2 + node.width + (layout.layers - 1) * layerStep;
  return { width: Math.max(1100, width), height: margin * 2 + layout.rows * rowStep };
}

function centerOf({ layer, y }: { readonly layer: number; readonly y: number }): Point {
  return { x: margin + node.width / 2 + layer * layerStep, y: margin + y * rowStep };
}

/** The rectangle of a node. */
export function nodeBox(placed: Placed) {
  const { x, y } = centerOf(placed);
  return { x: x - node.width / 2, y: y - node.height / 2, ...node };
}

/** A smooth line through the points of a route, from the right edge of the caller to the left edge of what it calls. */
export function curveOf(route: readonly { readonly layer: number; readonly y: number }[]): {
  readonly path: string;
  readonly middle: Point;
  /** Direction in the middle, in degrees. */
  readonly degrees: number;
} {
  const centers = route.map(centerOf);
  const first = centers[0] ?? { x: 0, y: 0 };
  const last = centers.at(-1) ?? first;
  const isBack = last.x < first.x;
  const side = isBack ? -node.width / 2 : node.width / 2;
  const points = [
    { x: first.x + side, y: first.y },
    ...centers.slice(1, -1),
    { x: last.x - side, y: last.y },
  ];
  let path = '';
  for (const [index, point] of points.entries()) {
    const before = points[index - 1];
    if (before === undefined) path = `M${point.x} ${point.y}`;
    else {
      const bend = (point.x - before.x) / 2;
      path += `C${before.x + bend} ${before.y} ${point.x - bend} ${point.y} ${point.x} ${point.y}`;
    }
  }
  const at = Math.floor((points.length - 1) / 2);
  const [a = first, b = last] = [points[at], points[at + 1]];
  // The derivative of the curve at its middle, as its handles lie half the way across.
  const degrees = (Math.atan2(2 * (b.y - a.y), b.x - a.x) * 180) / Math.PI;
  return { path, middle: { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 }, degrees };
}
