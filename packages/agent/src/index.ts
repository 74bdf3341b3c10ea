export type { Agent, AgentHealth } from './agent.ts';
export { type Clock, systemClock } from './clock.ts';
export { Coordinator, type SourceState } from './collect/coordinator.ts';
export type { AgentOptions } from './config/options.ts';
export { HttpMonitor, type HttpMonitorOptions } from './http/monitor.ts';
export type { InstrumentSource } from './instrument-source.ts';
export type { AgentEvents, SourceChange } from './listeners.ts';
export {
  Instrument,
  InstrumentSet,
  type MetricDescriptor,
  Point,
} from './metrics.ts';
export type { Application } from './optimizer/history.ts';
export { Optimizer, type OptimizerOptions } from './optimizer/optimizer.ts';
export type {
  RegisteredCache,
  RegisteredDial,
  RegisteredPool,
} from './optimizer/registry.ts';
export type { Changes, OptimizationRule, RuleMetrics } from './optimizer/rule.ts';
export { DatabaseProfiler, type DatabaseProfilerOptions } from './profiler/profiler.ts';
export type {
  AgentEvent,
  Attributes,
  CollectContext,
  Metric,
  MetricKind,
  MonitoringSource,
  Priority,
} from './source.ts';
export {
  BusinessMetrics,
  type BusinessNames,
  type BusinessOptions,
} from './sources/business/source.ts';
export {
  HealthSource,
  type HealthSourceOptions,
  type HealthTarget,
} from './sources/health/source.ts';
export { PostgresSource, type PostgresSourceOptions } from './sources/postgres/source.ts';
export { ProcessSource } from './sources/process/source.ts';
export type { RedisClient } from './sources/redis/client.ts';
export { RedisSource, type RedisSourceOptions } from './sources/redis/source.ts';
export { SystemSource } from './sources/system/source.ts';
export { start } from './start.ts';
export { tracked } from './tracking/tracked.ts';
export { Tracker, type TrackerOptions } from './tracking/tracker.ts';
export type { Vitals } from './vitals.ts';
export type { Zone } from './zones/zone.ts';
export type { ZoneChange } from './zones/zone-state.ts';
