/** A source that measures into instruments, without waiting and without making objects. */
import type { Instrument } from './metrics.ts';
import type { Metric, MonitoringSource } from './source.ts';

export interface InstrumentSource extends MonitoringSource {
  readonly instruments: readonly Instrument[];
  /**
   * Sets the points of the instruments to what is the case now and returns those that are present. Array and points are used again
   * by the next collection. Must not block; may throw.
   */
  collect(): readonly Metric[];
  /** As `collect`, but leaves what is measured over the time between collections as it was. */
  refresh(): void;
  close(): void;
}
