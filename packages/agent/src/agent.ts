/** What `start` gives to the application. */
import type { SourceState } from './collect/coordinator.ts';
import type { HttpMonitor } from './http/monitor.ts';
import type { AgentEvents } from './listeners.ts';
import type { Optimizer } from './optimizer/optimizer.ts';
import type { OptimizationRule } from './optimizer/rule.ts';
import type { DatabaseProfiler } from './profiler/profiler.ts';
import type { MonitoringSource } from './source.ts';
import type { BusinessMetrics } from './sources/business/source.ts';
import type { ExportOptions } from './tracking/export-file.ts';
import type { OperationSummary } from './tracking/operation.ts';
import type { Tracker } from './tracking/tracker.ts';
import type { Vitals } from './vitals.ts';
import type { Zone } from './zones/zone.ts';

export interface AgentHealth {
  /** 0 to 100 (docs/agent.md). */
  readonly score: number;
  readonly zone: Zone;
  /** Of machine or container, scaled by the thresholds and smoothed, in percent. */
  readonly utilizationPct: number;
  readonly sources: readonly SourceHealth[];
}

export type SourceHealth = Pick<
  SourceState,
  | 'collections'
  | 'failures'
  | 'failuresInRow'
  | 'lastError'
  | 'lastSuccessMs'
  | 'lastDurationMs'
  | 'overlaps'
  | 'running'
> & { readonly id: string; readonly refused: number; readonly intervalMs: number };

export interface Agent extends Pick<Tracker, 'track' | 'trackStart' | 'trackEnd' | 'tracked'> {
  /** Collects from it from now on; the function returned ends that. Throws a TypeError when it cannot be used as it is. */
  registerSource(source: MonitoringSource): () => void;
  /** The function returned takes it back. Throws a TypeError when it cannot be used as it is. */
  addOptimizationRule(rule: OptimizationRule): () => void;
  /** What is known of every tracked operation, keyed by name; plain JSON. */
  summary(): Record<string, OperationSummary>;
  /** Writes the metrics to a file: Prometheus text to `.prom`, `.txt` and `.metrics`, else JSON. */
  exportMetrics(file: string, options?: ExportOptions): Promise<void>;
  /** Compares the vitals with the thresholds every `intervalMs`, and asks the optimization rules. On from the start. */
  startMonitoring(intervalMs?: number): void;
  stopMonitoring(): void;
  /** The Prometheus page. */
  exposition(format?: 'text' | 'openmetrics'): string;
  /** Port of the served page; undefined when it is not served. */
  readonly prometheusPort: number | undefined;
  vitals(): Vitals;
  health(): AgentHealth;
  readonly http: HttpMonitor;
  readonly business: BusinessMetrics;
  readonly database: DatabaseProfiler;
  readonly optimizer: Optimizer;
  /** The function returned takes the listener back. */
  on<Name extends keyof AgentEvents>(
    name: Name,
    listener: (event: AgentEvents[Name]) => void,
  ): () => void;
  /** Flushes what is still to be sent, within `flushTimeoutMs`, and ends everything. May be called again. */
  stop(): Promise<void>;
}
