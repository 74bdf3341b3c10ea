/**
 * Exemplars on a graph: small diamonds that lead to their traces. One layer belongs to one graph and outlives its plots, which
 * are made anew when the lines change.
 */
import uPlot from 'uplot';
import { resolveColor } from '../chart/colors.ts';
import type { Exemplar } from './exemplars.ts';

interface ExemplarHost {
  /** The one under the pointer, and where it is in pixels from the chart's corner; null for none. */
  onHover(exemplar: Exemplar | null, left: number, top: number): void;
  onOpen(exemplar: Exemplar): void;
}

export interface PlacedExemplar {
  readonly exemplar: Exemplar;
  /** At its value on the axis; otherwise along the bottom. */
  readonly isOnAxis: boolean;
}

const size = 4;
const reach = 9;

export class ExemplarLayer {
  readonly plugin: uPlot.Plugin;
  readonly #host: ExemplarHost;
  #placed: readonly PlacedExemplar[] = [];
  #plot: uPlot | undefined;
  #hovered: PlacedExemplar | undefined;

  constructor(host: ExemplarHost) {
    this.#host = host;
    this.plugin = {
      hooks: {
        init: (plot) => this.#attach(plot),
        draw: (plot) => this.#draw(plot),
        destroy: () => {
          this.#plot = undefined;
        },
      },
    };
  }

  /** Shows these and no others. */
  show(placed: readonly PlacedExemplar[]): void {
    this.#placed = placed;
    this.#hover(undefined);
    this.#plot?.redraw(false, false);
  }

  #attach(plot: uPlot): void {
    this.#plot = plot;
    plot.over.addEventListener('mousemove', (event) =>
      this.#hover(this.#at(plot, event.offsetX, event.offsetY)),
    );
    plot.over.addEventListener('mouseleave', () => this.#hover(undefined));
    let pressedX = 0;
    plot.over.addEventListener('mousedown', (event) => {
      pressedX = event.clientX;
    });
    plot.over.addEventListener('click', (event) => {
      const found = this.#at(plot, event.offsetX, event.offsetY);
      // A drag ends with a click as well: that one zooms.
      if (found !== undefined && Math.abs(event.clientX - pressedX) < 4)
        this.#host.onOpen(found.exemplar);
    });
  }

  /** Pixels of CSS within the plotting area. */
  #place(plot: uPlot, { exemplar, isOnAxis }: PlacedExemplar): { x: number; y: number } {
    const bottom = plot.over.clientHeight - size - 2;
    const y = isOnAxis ? plot.valToPos(exemplar.value, 'y') : bottom;
    return {
      x: plot.valToPos(exemplar.timeS, 'x'),
      // Beyond the axis it stands at the edge: it is worth seeing all the more.
      y: Math.min(bottom, Math.max(size + 2, y)),
    };
  }

  #at(plot: uPlot, x: number, y: number): PlacedExemplar | undefined {
    let best: PlacedExemplar | undefined;
    let nearest = reach;
    for (const one of this.#placed) {
      const place = this.#place(plot, one);
      const distance = Math.hypot(place.x - x, place.y - y);
      if (distance <= nearest) {
        nearest = distance;
        best = one;
      }
    }
    return best;
  }

  #hover(found: PlacedExemplar | undefined): void {
    if (found === this.#hovered) return;
    this.#hovered = found;
    const plot = this.#plot;
    if (plot === undefined) return;
    plot.over.style.cursor = found === undefined ? '' : 'pointer';
    if (found === undefined) this.#host.onHover(null, 0, 0);
    else {
      const { x, y } = this.#place(plot, found);
      this.#host.onHover(found.exemplar, x + plot.over.offsetLeft, y + plot.over.offsetTop);
    }
    plot.redraw(false, false);
  }

  #draw(plot: uPlot): void {
    const { ctx: context } = plot;
    const ratio = uPlot.pxRatio;
    context.save();
    context.fillStyle = resolveColor('var(--surface)');
    context.lineWidth = 1.5 * ratio;
    for (const one of this.#placed) {
      const { x, y } = this.#place(plot, one);
      const radius = (one === this.#hovered ? size + 2 : size) * ratio;
      const left = (x + plot.over.offsetLeft) * ratio;
      const top = (y + plot.over.offsetTop) * ratio;
      context.strokeStyle = resolveColor(one === this.#hovered ? 'var(--sight)' : 'var(--accent)');
      context.beginPath();
      context.moveTo(left, top - radius);
      context.lineTo(left + radius, top);
      context.lineTo(left, top + radius);
      context.lineTo(left - radius, top);
      context.closePath();
      context.fill();
      context.stroke();
    }
    context.restore();
  }
}
