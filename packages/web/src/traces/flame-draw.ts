/** Drawing the flame view. Only lanes and spans in view are touched; spans below half a pixel are drawn as one sliver a pixel. */
import { resolveColor } from '../chart/colors.ts';
import { serviceColor } from '../chart/service-colors.ts';
import { canvasFont } from './canvas.ts';
import { type FlameView, firstAfter, laneHeight } from './flame-geometry.ts';
import { ERROR_STATUS, endOf, nameOf, serviceOf } from './trace.ts';
import type { TraceModel } from './use-trace.ts';

/** Narrower spans have no room for a name. */
const leastText = 30;
/** Below this width in pixels nothing of a span can be told but its colour. */
const sliver = 3;

/** Draws what is in view. */
export function drawFlame(
  context: CanvasRenderingContext2D,
  model: TraceModel,
  view: FlameView,
): void {
  const { lanes, trace } = model;
  const { width, height, scrollTop } = view;
  context.clearRect(0, 0, width, height);
  context.font = canvasFont();
  context.textBaseline = 'middle';
  const looks = trace.services.map((name) => plainColor(resolveColor(serviceColor(name))));
  const inks: Inks = {
    ink: resolveColor('var(--ink)'),
    ground: resolveColor('var(--surface)'),
    bad: resolveColor('var(--bad)'),
    accent: resolveColor('var(--sight)'),
  };
  const first = Math.max(0, Math.floor(scrollTop / laneHeight));
  const last = Math.min(lanes.count, Math.ceil((scrollTop + height) / laneHeight));
  for (let lane = first; lane < last; lane += 1) drawLane(context, model, view, lane, looks, inks);
}

const plain = new Map<string, string>();

/** A mixed colour as `rgb()`: a canvas reads that much faster than `oklab()`, and it is set for every span. */
function plainColor(color: string): string {
  let found = plain.get(color);
  if (found === undefined) {
    const context = new OffscreenCanvas(1, 1).getContext('2d');
    if (context === null) return color;
    context.fillStyle = color;
    context.fillRect(0, 0, 1, 1);
    const [red = 0, green = 0, blue = 0] = context.getImageData(0, 0, 1, 1).data;
    found = `rgb(${red}, ${green}, ${blue})`;
    plain.set(color, found);
  }
  return found;
}

interface Inks {
  readonly ink: string;
  readonly ground: string;
  readonly bad: string;
  readonly accent: string;
}

function drawLane(
  context: CanvasRenderingContext2D,
  model: TraceModel,
  view: FlameView,
  lane: number,
  looks: readonly string[],
  inks: Inks,
): void {
  const { trace, lanes } = model;
  const { fromUs, toUs } = view.window;
  const scale = view.width / (toUs - fromUs);
  const top = lane * laneHeight - view.scrollTop;
  const end = lanes.first[lane + 1] ?? 0;
  let drawnTo = -1;
  for (let at = firstAfter(model, lane, fromUs); at < end; at += 1) {
    const row = lanes.rows[at] ?? 0;
    const x = ((trace.startUs[row] ?? 0) - fromUs) * scale;
    if (x > view.width) break;
    const right = (endOf(trace, row) - fromUs) * scale;
    const isMarked = row === view.selected || row === view.cursor;
    if (right < drawnTo && !isMarked) {
      // The pixel is taken: go on with the first span that reaches beyond it.
      at = Math.max(at, firstAfter(model, lane, fromUs + drawnTo / scale) - 1);
      continue;
    }
    const left = Math.max(0, x);
    const wide = Math.max(1, Math.min(view.width, right) - left - 0.5);
    if (wide < sliver && !isMarked) {
      drawSliver(context, model, view, row, { left, top, wide }, looks, inks);
      drawnTo = Math.max(right, left + sliver / 2);
      continue;
    }
    drawSpan(context, model, view, row, { left, top, wide }, looks, inks);
    drawnTo = right;
  }
}

/** Of a span of a few pixels only the colour can be seen: tens of thousands of them may be in view. */
function drawSliver(
  context: CanvasRenderingContext2D,
  { trace }: TraceModel,
  view: FlameView,
  row: number,
  { left, top, wide }: Box,
  looks: readonly string[],
  inks: Inks,
): void {
  const isFaint = view.found !== undefined && view.found[row] !== 1;
  const color =
    trace.status[row] === ERROR_STATUS ? inks.bad : (looks[trace.service[row] ?? 0] ?? inks.ink);
  context.globalAlpha = isFaint ? 0.15 : 0.75;
  context.fillStyle = color;
  context.fillRect(left, top, wide, laneHeight - 2);
  context.globalAlpha = 1;
}

interface Box {
  readonly left: number;
  readonly top: number;
  readonly wide: number;
}

function drawSpan(
  context: CanvasRenderingContext2D,
  model: TraceModel,
  view: FlameView,
  row: number,
  { left, top, wide }: Box,
  looks: readonly string[],
  inks: Inks,
): void {
  const { trace } = model;
  const isFaint = view.found !== undefined && view.found[row] !== 1;
  const isError = trace.status[row] === ERROR_STATUS;
  const tall = laneHeight - 2;
  const color = looks[trace.service[row] ?? 0] ?? inks.ink;
  context.globalAlpha = isFaint ? 0.12 : wide < leastText ? 0.75 : 0.3;
  context.fillStyle = color;
  context.fillRect(left, top, wide, tall);
  context.globalAlpha = isFaint ? 0.3 : 1;
  if (wide >= leastText) context.fillRect(left, top, 2, tall);
  if (isError) {
    context.fillStyle = inks.bad;
    context.fillRect(left, top, wide, 3);
  }
  if (view.showCritical && (model.path.ownUs[row] ?? 0) > 0)
    drawCritical(context, model, view, row, top + tall - 2, inks.ink);
  if (wide >= leastText)
    drawName(context, model, row, { left, top, wide }, isError ? inks.bad : inks.ink);
  context.globalAlpha = 1;
  if (row === view.selected || row === view.cursor) {
    context.strokeStyle = row === view.selected ? inks.accent : inks.ink;
    context.lineWidth = 2;
    context.strokeRect(left + 1, top + 1, Math.max(1, wide - 2), tall - 2);
  }
}

function drawName(
  context: CanvasRenderingContext2D,
  { trace }: TraceModel,
  row: number,
  { left, top, wide }: Box,
  color: string,
): void {
  const text = `${serviceOf(trace, row)}: ${nameOf(trace, row)}`;
  context.fillStyle = color;
  const room = wide - 12;
  // An estimate first: measuring every text would cost more than drawing it.
  const most = Math.max(1, Math.floor(room / 5.2));
  const shown = text.length > most ? `${text.slice(0, Math.max(1, most - 1))}…` : text;
  context.save();
  context.beginPath();
  context.rect(left, top, wide - 2, laneHeight);
  context.clip();
  context.fillText(shown, left + 6, top + laneHeight / 2 - 0.5);
  context.restore();
}

function drawCritical(
  context: CanvasRenderingContext2D,
  { path }: TraceModel,
  view: FlameView,
  row: number,
  top: number,
  color: string,
): void {
  const { fromUs, toUs } = view.window;
  const scale = view.width / (toUs - fromUs);
  context.fillStyle = color;
  for (let at = path.first[row] ?? 0; at < (path.first[row + 1] ?? 0); at += 1) {
    const piece = path.pieces[at] ?? 0;
    const from = Math.max(0, ((path.fromUs[piece] ?? 0) - fromUs) * scale);
    const to = Math.min(view.width, ((path.toUs[piece] ?? 0) - fromUs) * scale);
    if (to > from) context.fillRect(from, top, Math.max(0.5, to - from), 2);
  }
}
