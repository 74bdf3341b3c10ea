export { type Clock, systemClock } from './clock.ts';
export { Coordinator, type SourceState } from './coordinator.ts';
export type { InstrumentSource } from './instrument-source.ts';
export {
  Instrument,
  InstrumentSet,
  type MetricDescriptor,
  Point,
} from './metrics.ts';
export type {
  AgentEvent,
  Attributes,
  CollectContext,
  Metric,
  MetricKind,
  MonitoringSource,
  Priority,
} from './source.ts';
export { ProcessSource } from './sources/process/source.ts';
export { SystemSource } from './sources/system/source.ts';
