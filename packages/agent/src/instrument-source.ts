/** Something that can be measured again and again at little cost. */
import type { Instrument } from './metrics.ts';

export interface InstrumentSource {
  /** Stable, e.g. `system`. */
  readonly id: string;
  /** For people. */
  readonly name: string;
  /** Sources that are due together are collected in descending order of priority. */
  readonly priority: number;
  enabled: boolean;
  readonly intervalMs: number;
  readonly instruments: readonly Instrument[];
  /** Sets the points of the instruments to what is the case now. Must not block; may throw. */
  collect(): void;
  /** As `collect`, but leaves what is measured over the time between collections as it was. */
  refresh(): void;
  /** Gives back what the source holds (descriptors, observers). */
  close(): void;
}
