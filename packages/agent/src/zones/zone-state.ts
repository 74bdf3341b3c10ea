/**
 * Which zone holds, from one utilisation after the other; knows no clock and no meter.
 *
 * Model: readings are smoothed exponentially. A higher zone is entered as soon as the smoothed utilisation reaches its bound. A lower
 * one is entered when the utilisation has been MARGIN below the bound of the present zone for `holdMs` without a break: the highest
 * that was wanted in that time.
 *
 * Invariants: a load that stays within MARGIN changes the zone at most once, however slowly it moves; one that stays within 6 points
 * as well unless it takes more than five minutes for an oscillation.
 */
import { rankOfZone, type Zone, zoneOf } from './zone.ts';

export interface ZoneChange {
  readonly from: Zone;
  readonly to: Zone;
  readonly utilizationPct: number;
}

export interface ZoneStateOptions {
  /** How long a lower zone must be wanted before it is entered. */
  readonly holdMs?: number;
  /** After this time a step of the load has come through to 63 %. */
  readonly smoothingMs?: number;
}

const MARGIN = 5;
const HOLD_MS = 60_000;
const SMOOTHING_MS = 10_000;

export class ZoneState {
  zone: Zone = 'green';
  /** Smoothed, in percent. */
  utilizationPct = 0;
  readonly #holdMs: number;
  readonly #smoothingMs: number;
  #lastMs: number | undefined;
  /** Since when a lower zone is wanted, and the highest that was. */
  #lowerSinceMs: number | undefined;
  #lower: Zone = 'green';

  constructor(options: ZoneStateOptions = {}) {
    this.#holdMs = options.holdMs ?? HOLD_MS;
    this.#smoothingMs = options.smoothingMs ?? SMOOTHING_MS;
  }

  /** A reading, 0 to 100, at a monotonic time. */
  update(utilizationPct: number, nowMs: number): ZoneChange | undefined {
    if (!Number.isFinite(utilizationPct)) return undefined;
    this.#smooth(Math.min(100, Math.max(0, utilizationPct)), nowMs);
    const reached = zoneOf(this.utilizationPct);
    if (rankOfZone(reached) > rankOfZone(this.zone)) return this.#enter(reached);
    const wanted = zoneOf(this.utilizationPct + MARGIN);
    if (rankOfZone(wanted) >= rankOfZone(this.zone)) {
      this.#lowerSinceMs = undefined;
      return undefined;
    }
    if (this.#lowerSinceMs === undefined) {
      this.#lowerSinceMs = nowMs;
      this.#lower = wanted;
    }
    if (rankOfZone(wanted) > rankOfZone(this.#lower)) this.#lower = wanted;
    return nowMs - this.#lowerSinceMs >= this.#holdMs ? this.#enter(this.#lower) : undefined;
  }

  #smooth(utilizationPct: number, nowMs: number): void {
    const elapsedMs = Math.max(0, nowMs - (this.#lastMs ?? Number.NEGATIVE_INFINITY));
    this.#lastMs = nowMs;
    const weight = 1 - Math.exp(-elapsedMs / this.#smoothingMs);
    this.utilizationPct += (utilizationPct - this.utilizationPct) * weight;
  }

  #enter(zone: Zone): ZoneChange {
    const change = { from: this.zone, to: zone, utilizationPct: this.utilizationPct };
    this.zone = zone;
    this.#lowerSinceMs = undefined;
    return change;
  }
}
