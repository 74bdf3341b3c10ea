/** Looks at the machine at an interval and tells when the zone changes. */
import type { Timers } from '../clock.ts';
import type { Meter, Reading } from './meter.ts';
import type { Zone } from './zone.ts';
import { type ZoneChange, ZoneState, type ZoneStateOptions } from './zone-state.ts';

export interface ZoneWatchOptions extends ZoneStateOptions {
  meter: Meter;
  timers: Timers;
  /** Utilisation that counts as STANDARD_CPU and STANDARD_MEMORY. */
  cpuThreshold: number;
  memoryThreshold: number;
  onChange: (change: ZoneChange) => void;
  /** After each reading. */
  onReading?: () => void;
  intervalMs?: number;
}

const STANDARD_CPU = 70;
const STANDARD_MEMORY = 80;
const INTERVAL_MS = 5000;

export class ZoneWatch {
  /** What was read last. */
  reading: Reading = { cpuPct: undefined, memoryPct: undefined };
  readonly #options: ZoneWatchOptions;
  readonly #state: ZoneState;
  #cancelTimer: (() => void) | undefined;

  constructor(options: ZoneWatchOptions) {
    this.#options = options;
    this.#state = new ZoneState(options);
  }

  get zone(): Zone {
    return this.#state.zone;
  }

  /** Scaled and smoothed, in percent. */
  get utilizationPct(): number {
    return this.#state.utilizationPct;
  }

  start(): void {
    this.#cancelTimer?.();
    this.#look();
  }

  stop(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#options.meter.close();
  }

  #look(): void {
    const { meter, timers, cpuThreshold, memoryThreshold, intervalMs } = this.#options;
    this.#cancelTimer = timers.after(intervalMs ?? INTERVAL_MS, () => this.#look());
    this.reading = meter.read();
    const { cpuPct, memoryPct } = this.reading;
    if (cpuPct !== undefined || memoryPct !== undefined) {
      const utilization = Math.max(
        scaled(cpuPct ?? 0, cpuThreshold, STANDARD_CPU),
        scaled(memoryPct ?? 0, memoryThreshold, STANDARD_MEMORY),
      );
      const change = this.#state.update(utilization, timers.now());
      if (change !== undefined) this.#options.onChange(change);
    }
    this.#options.onReading?.();
  }
}

/**
 * Moves the threshold to the standard: 0 to threshold becomes 0 to standard, threshold to 100 becomes standard to 100, each linearly.
 * With the standard threshold nothing changes.
 */
export function scaled(percent: number, threshold: number, standard: number): number {
  if (percent <= threshold) return (percent / threshold) * standard;
  return standard + ((percent - threshold) / (100 - threshold)) * (100 - standard);
}
