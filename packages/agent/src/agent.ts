/** What `start` gives to the application. */
import type { MonitoringSource } from './source.ts';

export interface Agent {
  /** Collects from it from now on; the function returned ends that. Throws a TypeError when it cannot be used as it is. */
  registerSource(source: MonitoringSource): () => void;
  /** Flushes what is still to be sent, within `flushTimeoutMs`, and ends everything. May be called again. */
  stop(): Promise<void>;
}
