/**
 * A source as the agent holds it.
 *
 * Invariant: what it is known by does not change and cannot throw, whatever the application's object does later; whether and how often it is collected is
 * asked anew each time (schedule.ts guards that).
 */
import type { CollectContext, Metric, MonitoringSource, Priority } from '../source.ts';
import { checkSource } from './check-source.ts';

export class HeldSource implements MonitoringSource {
  readonly id: string;
  readonly name: string;
  readonly priority: Priority;
  readonly #source: MonitoringSource;

  /** Throws a TypeError when the source cannot be used. */
  constructor(source: MonitoringSource) {
    checkSource(source);
    this.#source = source;
    this.id = source.id;
    this.name = source.name;
    this.priority = source.priority;
    // Getters may have told something else the second time.
    checkSource(this);
  }

  get enabled(): boolean {
    return this.#source.enabled;
  }

  get intervalMs(): number {
    return this.#source.intervalMs;
  }

  collect(context: CollectContext): readonly Metric[] | Promise<readonly Metric[]> {
    return this.#source.collect(context);
  }

  close(): void | Promise<void> {
    return this.#source.close?.();
  }
}
