/**
 * Gives back the memory of series that nobody writes any more.
 *
 * Model: after a flush, series that were written get the present time; those whose time is older than an hour, and which no live
 * segment has rows of, are forgotten. They come back under a fresh sid when they are written again.
 */
import type { Segments } from './segments.ts';
import type { SeriesTable } from './series.ts';
import type { Tenants } from './tenants.ts';

const IDLE_MS = 3_600_000;
const SWEEP_MS = 600_000;

export class SeriesSweep {
  readonly #table: SeriesTable;
  readonly #tenants: Tenants;
  readonly #segments: Segments;
  /** Seconds (monotonic) at which a sid was last seen with rows in the head. */
  readonly #seen: Uint32Array;
  readonly listeners: ((sids: ReadonlySet<number>) => void)[] = [];
  #nextMs = SWEEP_MS;

  constructor(table: SeriesTable, tenants: Tenants, segments: Segments) {
    this.#table = table;
    this.#tenants = tenants;
    this.#segments = segments;
    this.#seen = new Uint32Array(table.capacity);
  }

  run(nowMs = performance.now()): void {
    if (nowMs < this.#nextMs) return;
    this.#nextMs = nowMs + SWEEP_MS;
    const nowS = Math.ceil(nowMs / 1000);
    const idle = new Set<number>();
    for (let sid = 1; sid <= this.#table.highest; sid++) {
      if (!this.#table.isLive(sid)) {
        this.#seen[sid] = 0;
        continue;
      }
      // A series seen for the first time counts as new, whatever it did before.
      if (this.#segments.hasRows(sid) || this.#seen[sid] === 0) this.#seen[sid] = nowS;
      else if (nowS - (this.#seen[sid] ?? 0) > IDLE_MS / 1000) idle.add(sid);
    }
    if (idle.size === 0) return;
    for (const listener of this.listeners) listener(idle);
    this.#tenants.forget(idle);
  }
}
